/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/preflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/guard/preflight_seen.h"
#include "io/authkey.h"
#include "io/child.h"
#include "io/dns.h"
#include "io/nameservers.h"
#include "io/netlink.h"
#include "io/networks.h"
#include "io/preflight_files.h"
#include "io/remotes.h"

struct preflight_memory {
	/* Those that took connections. */
	struct verdict remotes;
	struct verdict witnesses;
};

/* Hosts that are connected to, and no more. */
struct reach {
	struct preflight_run *run;
	void (*take)(struct preflight *preflight, const struct verdict *seen);
	struct verdict seen;
	struct verdict *kept;		/* in the memory; NULL: there is none */
	struct remotes *under_way;	/* NULL: over */
};

/* One of the nameservers, asked by itself. */
struct ask {
	struct preflight_run *run;
	struct endpoint server;
	struct dns_query *query;	/* NULL: answered */
};

struct preflight_run {
	qb_loop_t *loop;
	preflight_done_fn *done;
	void *ctx;
	int64_t until_ms;
	struct params params;
	struct preflight_memory *memory;
	struct dns *dns;
	struct inquire_progress progress;
	struct ask asks[NAMESERVERS_MAX];
	struct reach remotes;
	struct reach witnesses;
	struct tls_search *search;
	struct inquire *inquire;	/* NULL: over */
	struct child *child;		/* looks at files */
	unsigned int running;		/* of all these */
	struct preflight preflight;
};

struct preflight_memory *preflight_memory_new(void)
{
	return xcalloc(1, sizeof(struct preflight_memory));
}

void preflight_memory_free(struct preflight_memory *memory)
{
	if (!memory)
		return;
	verdict_done(&memory->remotes);
	verdict_done(&memory->witnesses);
	free(memory);
}

static int64_t left_ms(const struct preflight_run *run)
{
	int64_t left = run->until_ms - clock_ms();

	return left > 0 ? left : 0;
}

static void release(struct preflight_run *run)
{
	for (unsigned int i = 0; i < NAMESERVERS_MAX; i++)
		dns_query_cancel(run->asks[i].query);
	remotes_cancel(run->remotes.under_way);
	remotes_cancel(run->witnesses.under_way);
	inquire_cancel(run->inquire);
	child_cancel(run->child);
	tls_search_free(run->search);
	verdict_done(&run->remotes.seen);
	verdict_done(&run->witnesses.seen);
	dns_free(run->dns);
	params_done(&run->params);
}

static void one_less(struct preflight_run *run)
{
	preflight_done_fn *done = run->done;
	struct preflight preflight;
	void *ctx = run->ctx;

	if (--run->running)
		return;
	preflight = run->preflight;
	release(run);
	free(run);
	preflight.time_s = clock_wall_s();
	preflight_sort(&preflight);
	done(ctx, &preflight);
}

static void on_answer(void *ctx, const struct reply *reply)
{
	struct ask *ask = ctx;

	ask->query = NULL;
	preflight_take_nameserver(&ask->run->preflight, &ask->server, reply);
	one_less(ask->run);
}

static void ask_nameserver(struct preflight_run *run, struct ask *ask,
			   const struct endpoint *server)
{
	const struct identity *id = &run->params.identity;
	struct question question = {
		.kind = VANTAGE_NAMESERVER,
		.server = *server,
		.recurse = true,
		.type = identity_addr(id, AF_INET) ? DNS_A : DNS_AAAA,
	};
	struct reply refused = { .outcome = OUTCOME_NOT_ASKED };
	struct why why = { "" };

	memcpy(question.name, id->name, sizeof(question.name));
	ask->run = run;
	ask->server = *server;
	if (dns_query_start(run->dns, &question, NULL, left_ms(run), on_answer,
			    ask, &ask->query, &why) == 0) {
		run->running++;
		return;
	}
	memcpy(refused.detail, why.text, sizeof(refused.detail) - 1);
	preflight_take_nameserver(&run->preflight, server, &refused);
}

/* Of those that did not answer nothing is kept: nobody was bothered. */
static void remember(const struct verdict *seen, struct verdict *kept)
{

	verdict_done(kept);
	kept->identity = seen->identity;
	kept->time_s = clock_wall_s();
	for (size_t i = 0; i < seen->observation_count; i++)
		if (seen->observations[i].check == CHECK_HELO &&
		    seen->observations[i].outcome == OUTCOME_MATCH)
			verdict_add(kept, &seen->observations[i]);
}

static void on_reached(void *ctx)
{
	struct reach *reach = ctx;

	reach->under_way = NULL;
	verdict_sort(&reach->seen);
	reach->take(&reach->run->preflight, &reach->seen);
	if (reach->kept)
		remember(&reach->seen, reach->kept);
	one_less(reach->run);
}

/* In doubt they are not. */
static bool is_here(const struct identity *id)
{
	struct local_addr places[IDENTITY_ADDRS];

	if (netlink_find_addrs(id->addrs, id->count, places, NULL) < 0)
		return false;
	for (unsigned int i = 0; i < id->count; i++)
		if (!places[i].ifindex || places[i].tentative)
			return false;
	return true;
}

/* The remotes of `params`. */
static void begin_reach(struct reach *reach, const struct params *params,
			const struct inquire_request *inquire)
{
	struct preflight_run *run = reach->run;
	const struct verify_request request = {
		.params = params,
		.earlier = reach->kept,
	};

	if (!params->remote_count)
		return;
	reach->seen.identity = params->identity;
	reach->under_way = remotes_reach(run->loop, &request, inquire,
					 &reach->seen, on_reached, reach);
	run->running++;
}

static void reach_others(struct preflight_run *run,
			 const struct inquire_request *inquire)
{
	struct preflight_memory *memory = run->memory;
	struct params witnesses = run->params;

	/* The verification asks them then, from where it counts. */
	if (is_here(&run->params.identity))
		return;
	run->remotes = (struct reach){
		.run = run,
		.take = preflight_take_remotes,
		.kept = memory ? &memory->remotes : NULL,
	};
	begin_reach(&run->remotes, &run->params, inquire);
	run->witnesses = (struct reach){
		.run = run,
		.take = preflight_take_witnesses,
		.kept = memory ? &memory->witnesses : NULL,
	};
	/* To be connected to, they are hosts as others. */
	memcpy(witnesses.remotes, witnesses.witnesses,
	       sizeof(witnesses.witnesses));
	witnesses.remote_count = witnesses.witness_count;
	begin_reach(&run->witnesses, &witnesses, inquire);
}

static void look_at_networks(struct preflight_run *run)
{
	const struct identity *id = &run->params.identity;

	for (unsigned int i = 0; i < id->count; i++) {
		struct preflight_network network;
		struct why why = { "" };

		if (network_find(&id->addrs[i], &network, &why) == 0)
			preflight_take_network(&run->preflight, &id->addrs[i],
					       &network);
		else
			preflight_add(&run->preflight, PREFLIGHT_INTERFACE,
				      VERDICT_UNKNOWN,
				      addr_text(&id->addrs[i]).s, "%s",
				      why.text);
	}
}

/* A line or two, that /run or a disk's cache has. */
static void look_at_authkey(struct preflight_run *run,
			    const struct preflight_request *request)
{
	struct key keys[KEYS_EACH];
	struct why why = { "" };
	size_t count;
	int r;

	if (!run->params.witness_count)
		return;
	r = authkey_load(request->authkey, request->authkey_copied, keys,
			 &count, &why);
	explicit_bzero(keys, sizeof(keys));
	preflight_take_authkey(&run->preflight, r, why.text);
}

/* In the child. */
static int look_at_files(void *arg, int fd)
{
	const struct preflight_run *run = arg;
	const struct preflight_files files = {
		.params = &run->params,
		.policy = tls_search_policy(run->search),
	};
	struct preflight found = { 0 };

	preflight_files_look(&files, &found);
	return child_answer(fd, &found, sizeof(found));
}

static void take_files(struct preflight_run *run,
		       const struct preflight *found)
{
	run->preflight.settings_digest = found->settings_digest;
	for (size_t i = 0; i < found->count; i++)
		preflight_add(&run->preflight, found->items[i].check,
			      found->items[i].status, found->items[i].subject,
			      "%s", found->items[i].text);
}

static void files_unknown(struct preflight_run *run, const char *why)
{
	preflight_add(&run->preflight, PREFLIGHT_MTA, VERDICT_UNKNOWN, "",
		      "the mail server's settings on this node could not be "
		      "looked at: %s", why);
}

static void on_files(void *ctx, const void *bytes, size_t len, int error)
{
	struct preflight_run *run = ctx;

	run->child = NULL;
	if (!error && len == sizeof(struct preflight))
		take_files(run, bytes);
	else
		files_unknown(run, strerror(error ? -error : EIO));
	one_less(run);
}

/* Only now is known what the certificate must fit. */
static void on_searched(void *ctx)
{
	struct preflight_run *run = ctx;
	const struct child_spec spec = {
		.fn = look_at_files,
		.arg = run,
		.timeout_ms = left_ms(run),
		.limit = sizeof(struct preflight),
	};
	struct why why = { "" };

	run->inquire = NULL;
	if (child_start(run->loop, &spec, on_files, run, &run->child,
			&why) == 0)
		return;
	files_unknown(run, why.text);
	one_less(run);
}

static void search_promises(struct preflight_run *run,
			    const struct inquire_request *inquire)
{
	struct inquire_request own = *inquire;

	run->search = tls_search_new(run->params.identity.name,
				     run->params.sender_domains);
	own.inquiry = tls_search_inquiry(run->search);
	/* The files want some of the time. */
	own.timeout_ms /= 2;
	run->inquire = inquire_start(run->loop, &own, on_searched, run);
	run->running++;
}

int preflight_start(qb_loop_t *loop, const struct preflight_request *request,
		    preflight_done_fn *done, void *ctx,
		    struct preflight_run **ret, struct why *why)
{
	struct endpoint nameservers[NAMESERVERS_MAX];
	struct inquire_request inquire = {
		.nameservers = nameservers,
		.timeout_ms = request->timeout_ms,
	};
	struct preflight_run *run;
	int r = nameservers_read(nameservers, &inquire.nameserver_count, why);

	if (r < 0)
		return r;
	run = xcalloc(1, sizeof(*run));
	run->loop = loop;
	run->done = done;
	run->ctx = ctx;
	run->until_ms = clock_ms() + request->timeout_ms;
	run->params = params_copy(request->params);
	run->memory = request->memory;
	run->dns = dns_new(loop);
	inquire.dns = run->dns;
	inquire.progress = &run->progress;
	for (unsigned int i = 0; i < inquire.nameserver_count; i++)
		ask_nameserver(run, &run->asks[i], &nameservers[i]);
	reach_others(run, &inquire);
	look_at_networks(run);
	look_at_authkey(run, request);
	search_promises(run, &inquire);
	*ret = run;
	return 0;
}

void preflight_cancel(struct preflight_run *run)
{
	if (!run)
		return;
	release(run);
	free(run);
}
