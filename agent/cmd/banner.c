/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/banner.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/log.h"
#include "base/span.h"
#include "io/smtp.h"

/* Where DNS is silent, Postfix greets after its own wait for our name, and
 * those who call before us wait as long. */
#define BANNER_TIMEOUT_MS 18000

struct banner {
	struct banners *all;
	struct endpoint at;
	struct dialogue_result result;
};

struct banners {
	qb_loop_t *loop;
	struct banner list[IDENTITY_ADDRS];
	unsigned int count;
	unsigned int open;
};

static void on_banner(void *ctx, const struct dialogue_result *result, int fd)
{
	struct banner *banner = ctx;

	(void)fd;
	banner->result = *result;
	if (!--banner->all->open)
		qb_loop_stop(banner->all->loop);
}

static bool is_host_name(struct span word)
{
	bool dot = false, letter = false;

	for (size_t i = 0; i < word.len; i++) {
		if (word.p[i] == '.')
			dot = true;
		else if (isalpha((unsigned char)word.p[i]))
			letter = true;
		else if (!isdigit((unsigned char)word.p[i]) &&
			 word.p[i] != '-')
			return false;
	}
	return dot && letter;
}

/* The name in the greeting, be it "220 name ...", "421 name ..." (RFC 5321,
 * 4.2) or "421 4.7.0 name ..." (RFC 2034), or what stands there instead. */
static struct span rejecting_name(const struct dialogue_result *result)
{
	struct span rest = span_of(result->said);
	struct span word = span_of(result->greeting);

	for (int i = 0; i < 3 && !is_host_name(word); i++)
		if (!span_word(&rest, " \t-", &word))
			break;
	return word;
}

/*
 * Who turns us away is alive: overloaded, or strict with clients whose name
 * it cannot find, which is for the verdict to judge. That may come before it
 * has said its own name.
 */
static int rejection_check(const struct dialogue_result *result,
			   struct addr_text at, const char *name,
			   struct why *why)
{
	struct span by = rejecting_name(result);

	if (!strcasecmp(result->greeting, name) ||
	    span_has_word(span_of(result->said), span_of(name)))
		return 0;
	if (!is_host_name(by)) {
		log_line(LOG_NOTICE, "%s turns us away before it says its "
			 "name, which is not proved so: %s", at.s,
			 result->said);
		return 0;
	}
	why_set(why, "the mail server on %s turns us away as %.*s, not as %s: "
		"%s", at.s, SPAN_ARG(by), name, result->said);
	return -EPROTO;
}

static int banner_check(const struct banner *banner, const char *name,
			struct why *why)
{
	const struct dialogue_result *result = &banner->result;
	struct addr_text at = endpoint_text(&banner->at, 0);

	if (result->end == DIALOGUE_ANSWERED && result->code >= 400)
		return rejection_check(result, at, name, why);
	if (result->end != DIALOGUE_ANSWERED) {
		why_set(why, "no SMTP greeting from %s within the time: %s%s%s",
			at.s, dialogue_end_text(result->end),
			*result->said ? ": " : "", result->said);
		return -ENOTCONN;
	}
	if (strcasecmp(result->greeting, name) != 0 ||
	    strcasecmp(result->ehlo, name) != 0) {
		why_set(why, "the mail server on %s announces itself as \"%s\" "
			"(greeting) and \"%s\" (EHLO), not as %s",
			at.s, result->greeting, result->ehlo, name);
		return -EPROTO;
	}
	return 0;
}

static int banners_start(struct banners *all, const struct ocf_call *call,
			 const struct state *state, struct why *why)
{
	for (unsigned int i = 0; i < state->listener_count; i++) {
		struct banner *banner = &all->list[all->count];
		const struct smtp_request request = {
			.local = state->listeners[i].addr,
			.remote = state->listeners[i],
			.helo = state->identity.name,
			.timeout_ms = ocf_at_most(call, BANNER_TIMEOUT_MS),
		};
		struct smtp_probe *probe;
		int r;

		if (request.remote.port != SMTP_PORT ||
		    all->count == IDENTITY_ADDRS)
			continue;
		*banner = (struct banner){ .all = all, .at = request.remote };
		r = smtp_probe_start(all->loop, &request, on_banner, banner,
				     &probe, why);
		if (r < 0)
			return r;
		all->count++;
		all->open++;
	}
	return 0;
}

int banner_ask(const struct ocf_call *call, const struct state *state,
		 struct why *why)
{
	struct banners all = { .loop = qb_loop_create() };
	int r;

	if (!all.loop) {
		why_set(why, "cannot make an event loop");
		return -EMFILE;
	}
	r = banners_start(&all, call, state, why);
	if (all.open)
		qb_loop_run(all.loop);
	qb_loop_destroy(all.loop);
	for (unsigned int i = 0; !r && i < all.count; i++)
		r = banner_check(&all.list[i], state->identity.name, why);
	return r;
}
