/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection: who shares a key with us sends a bind, and gets a result. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/witness.h"
#include "core/witness/hosts.h"

#define TIMEOUT_LEAST_MS 500
#define TIMEOUT_MOST_MS 30000
#define ANSWER_MS 3000		/* to take what we say */
#define CALL_MOST_MS 4000	/* time for two SYNs that are sent again: what
				 * is silent then is filtered */
/* Of the time that the agent gives us: for the lookups, and for all but the
 * way home. */
#define LOOKUP_PART 2
#define WHOLE_PART(ms) ((ms) / 8 * 7)

struct witness_peer {
	struct witness *witness;
	struct witness_peer *next;
	struct endpoint from;
	struct psk_server *server;
	char key_name[KEY_NAME_MAX + 1];	/* "": a stranger yet */
	bool counted;		/* as a bind */
	struct witness_bind bind;
	int64_t until_ms;
	struct binding *binding;
	struct inquire *inquire;
	struct call *call;
};

static void peer_unlink(struct witness_peer *peer)
{
	struct witness_peer **at = &peer->witness->peers;

	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
}

/* Its server is gone, or is to go with it. */
static void peer_free(struct witness_peer *peer)
{
	struct witness *w = peer->witness;

	peer_unlink(peer);
	inquire_cancel(peer->inquire);
	call_cancel(peer->call);
	binding_free(peer->binding);
	psk_server_cancel(peer->server);
	if (peer->counted)
		limits_bind_over(w->limits, peer->key_name);
	limits_leave(w->limits, &peer->from.addr);
	explicit_bzero(&peer->bind, sizeof(peer->bind));
	free(peer);
	witness_end_if_idle(w);
}

static void on_gone(void *ctx)
{
	struct witness_peer *peer = ctx;

	peer->server = NULL;
	peer_free(peer);
}

static void answer(struct witness_peer *peer, const struct witness_msg *msg)
{
	uint8_t frame[WITNESS_MAX];
	size_t len = witness_encode(msg, frame);

	psk_server_answer(peer->server, frame, len, ANSWER_MS, on_gone, peer);
}

static void answer_refusal(struct witness_peer *peer,
			   const struct witness_refusal *refusal)
{
	const struct witness_msg msg = { .type = WITNESS_REFUSAL,
					 .refusal = *refusal };

	log_line(LOG_NOTICE, "key %s at %s: refused: %s", peer->key_name,
		 addr_text(&peer->from.addr).s, refusal->said);
	answer(peer, &msg);
}

static void refuse(struct witness_peer *peer, enum refusal_code code,
		   const char *said)
{
	struct witness_refusal refusal = { .code = code };

	(void)snprintf(refusal.said, sizeof(refusal.said), "%s", said);
	answer_refusal(peer, &refusal);
}

static const struct rule *rule_of(const struct witness_peer *peer)
{
	return rules_of(&peer->witness->settings.rules, peer->key_name);
}

static void tell(const struct witness_peer *peer,
		 const struct witness_callback *callback)
{
	BUF_CLEAN text;

	buf_init(&text);
	if (callback->called.addr.family)
		buf_printf(&text, "called %s: ",
			   endpoint_text(&callback->called, 0).s);
	buf_puts(&text, call_end_text(callback->end));
	if (callback->said[0])
		buf_printf(&text, " (%s)", callback->said);
	log_line(LOG_INFO, "key %s at %s announces %s: %s", peer->key_name,
		 addr_text(&peer->from.addr).s, peer->bind.name, text.data);
}

static void finish(struct witness_peer *peer)
{
	struct witness_msg msg = {
		.type = WITNESS_RESULT,
		.result = *binding_result(peer->binding),
	};

	msg.result.kept = witness_keep(peer->witness, peer->key_name,
				       peer->bind.name, peer->binding);
	tell(peer, &msg.result.callback);
	answer(peer, &msg);
}

static void on_called(void *ctx, const struct witness_callback *callback)
{
	struct witness_peer *peer = ctx;

	peer->call = NULL;
	binding_called(peer->binding, callback);
	finish(peer);
}

static void on_inquired(void *ctx)
{
	struct witness_peer *peer = ctx;
	int64_t left_ms = peer->until_ms - clock_ms();
	struct call_request request = {
		.proto = peer->bind.proto,
		.name = peer->bind.name,
		.nonce = peer->bind.nonce,
		.timeout_ms = left_ms < CALL_MOST_MS ? left_ms : CALL_MOST_MS,
	};

	peer->inquire = NULL;
	if (request.timeout_ms < 1)
		request.timeout_ms = 1;
	if (binding_call(peer->binding, &request.to))
		peer->call = call_start(peer->witness->loop, &request,
					on_called, peer);
	else
		finish(peer);
}

static void begin(struct witness_peer *peer, const struct rule *rule)
{
	struct witness *w = peer->witness;
	struct hosts_found found = { 0 };
	struct binding_host host = {
		.own = w->sight.own.addrs,
		.own_count = w->sight.own.count,
		.networks = w->sight.own.networks,
		.network_count = w->sight.own.count,
	};
	const struct binding_request request = {
		.bind = &peer->bind,
		.source = peer->from,
		.rule = rule,
		.host = &host,
	};
	const int64_t whole_ms = WHOLE_PART(peer->bind.timeout_ms);
	struct inquire_request inquire = {
		.nameservers = w->sight.nameservers,
		.nameserver_count = w->sight.nameserver_count,
		.timeout_ms = whole_ms / LOOKUP_PART,
		.dns = w->dns,
		.progress = &w->progress,
	};

	hosts_find((struct span){ w->sight.hosts.data, w->sight.hosts.len },
		   peer->bind.name, true, &found);
	for (int i = 0; i < WITNESS_FAMILIES; i++) {
		host.hosts[i] = found.addrs[i];
		host.host_counts[i] = found.counts[i];
	}
	peer->until_ms = clock_ms() + whole_ms;
	peer->binding = binding_new(&request);
	inquire.inquiry = binding_inquiry(peer->binding);
	peer->inquire = inquire_start(w->loop, &inquire, on_inquired, peer);
}

static void take_bind(struct witness_peer *peer,
		      const struct witness_bind *bind)
{
	struct witness *w = peer->witness;
	const struct rule *rule = rule_of(peer);
	struct witness_refusal refusal;
	struct why why = { "" };

	peer->bind = *bind;
	if (bind->timeout_ms < TIMEOUT_LEAST_MS)
		peer->bind.timeout_ms = TIMEOUT_LEAST_MS;
	if (bind->timeout_ms > TIMEOUT_MOST_MS)
		peer->bind.timeout_ms = TIMEOUT_MOST_MS;
	if (!rule_allows_name(rule, bind->name)) {
		refuse(peer, REFUSAL_NAME,
		       "this key may not announce that name here");
		return;
	}
	if (limits_bind(w->limits, rule, peer->key_name, bind->nonce,
			clock_ms(), &refusal) < 0) {
		answer_refusal(peer, &refusal);
		return;
	}
	peer->counted = true;
	if (witness_look(&w->sight, w->settings.rules.hosts_file, &why) < 0) {
		log_line(LOG_ERR, "%s", why.text);
		refuse(peer, REFUSAL_BUSY, "the witness cannot look about");
		return;
	}
	begin(peer, rule);
}

/* Who holds a key and sends nothing that is known here has another version, or
 * plays tricks. */
static void on_frame(void *ctx, enum bind_end end, const char *key_name,
		     const void *frame, size_t len, const char *said)
{
	struct witness_peer *peer = ctx;
	struct witness_msg msg;
	struct why why = { "" };

	if (end != BIND_DONE) {
		log_line(LOG_DEBUG, "%s: %s: %s",
			 addr_text(&peer->from.addr).s, bind_end_text(end),
			 said);
		peer->witness->strangers++;
		on_gone(peer);
		return;
	}
	(void)snprintf(peer->key_name, sizeof(peer->key_name), "%s", key_name);
	if (witness_decode(frame, len, &msg, &why) < 0)
		refuse(peer, REFUSAL_UNREADABLE, why.text);
	else if (msg.type != WITNESS_BIND)
		refuse(peer, REFUSAL_UNREADABLE, "a bind is wanted");
	else
		take_bind(peer, &msg.bind);
	explicit_bzero(&msg, sizeof(msg));
}

static const struct key *find_key(void *ctx, const char *name, uint32_t serial)
{
	const struct witness *w = ctx;

	return keyring_find(&w->settings.keys, name, serial);
}

/*
 * Where no place is left, who is here for longest makes way, of the strangers
 * and of those who were refused and have not gone: who has a key shows it
 * within milliseconds.
 */
static int make_way(struct witness *w, const struct addr *from)
{
	struct witness_peer *oldest = NULL;

	for (struct witness_peer *peer = w->peers; peer; peer = peer->next)
		if (!peer->counted)
			oldest = peer;
	if (!oldest)
		return -ENOBUFS;
	w->strangers += !oldest->key_name[0];
	peer_free(oldest);
	return limits_enter(w->limits, from, clock_ms());
}

void witness_accept(void *ctx, int fd, const struct endpoint *from)
{
	struct witness *w = ctx;
	struct psk_server_request request = {
		.context = w->psk,
		.fd = fd,
		.handshake_ms = w->settings.rules.handshake_ms,
		.lookup = find_key,
		.lookup_ctx = w,
	};
	struct witness_peer *peer;
	int r = limits_enter(w->limits, &from->addr, clock_ms());

	if (r == -ENOBUFS)
		r = make_way(w, &from->addr);
	if (r < 0) {
		w->strangers++;
		(void)close(fd);
		return;
	}
	peer = xcalloc(1, sizeof(*peer));
	peer->witness = w;
	peer->from = *from;
	peer->next = w->peers;
	w->peers = peer;
	peer->server = psk_server_start(w->loop, &request, on_frame, peer);
}

void witness_peers_done(struct witness *w)
{
	struct witness_peer *next;

	w->ending = false;
	for (struct witness_peer *peer = w->peers; peer; peer = next) {
		next = peer->next;
		peer_free(peer);
	}
}

void witness_end_if_idle(struct witness *w)
{
	if (w->ending && !w->peers)
		qb_loop_stop(w->loop);
}
