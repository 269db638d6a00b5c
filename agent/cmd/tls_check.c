/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/tls_check.h"

#include <errno.h>

#include "base/log.h"
#include "core/tls/tls_observe.h"
#include "io/dns.h"
#include "io/nameservers.h"
#include "io/own_tls.h"

static void on_done(void *ctx)
{
	qb_loop_stop(ctx);
}

/* Let it all be looked at; `ret` holds the observations. */
static int look(const struct verify_request *request, struct verdict *ret,
		struct why *why)
{
	struct endpoint nameservers[NAMESERVERS_MAX];
	struct inquire_progress progress = { 0 };
	struct inquire_request inquire = {
		.nameservers = nameservers,
		.timeout_ms = request->timeout_ms,
		.progress = &progress,
	};
	qb_loop_t *loop;
	int r = nameservers_read(nameservers, &inquire.nameserver_count, why);

	if (r < 0)
		return r;
	loop = qb_loop_create();
	if (!loop) {
		why_set(why, "cannot make an event loop");
		return -EMFILE;
	}
	inquire.dns = dns_new(loop);
	*ret = (struct verdict){ .identity = request->params->identity };
	(void)own_tls_start(loop, request, &inquire, ret, on_done, loop);
	qb_loop_run(loop);
	dns_free(inquire.dns);
	qb_loop_destroy(loop);
	return 0;
}

static int priority_of(const struct observation *obs)
{
	return obs->outcome == OUTCOME_MATCH ||
	       obs->outcome == OUTCOME_NODATA ? LOG_INFO : LOG_WARNING;
}

static enum ocf tell(const struct verdict *verdict, struct why *why)
{
	enum ocf code = OCF_SUCCESS;

	for (size_t i = 0; i < verdict->observation_count; i++) {
		const struct observation *obs = &verdict->observations[i];

		log_line(priority_of(obs), "%s on this node: %s (%s)",
			 check_text(obs->check), outcome_text(obs->outcome),
			 obs->evidence);
		if (code != OCF_SUCCESS || !tls_breaks_dane(obs))
			continue;
		why_set(why, "the certificate of this node is not what the "
			"TLSA records of _25._tcp.%s promise: %s",
			verdict->identity.name, obs->evidence);
		code = OCF_ERR_ARGS;
	}
	return code;
}

enum ocf tls_check(const struct ocf_call *call, const struct bind *bind,
		   struct why *why)
{
	const struct driver_input in = settings_input(&bind->settings);
	struct tls_setup setup;
	struct verify_request request = {
		.params = &bind->params,
		.timeout_ms = ocf_at_most(call,
					  bind->params.verify_timeout_ms),
		.tls_setup = &setup,
	};
	struct verdict verdict = { 0 };
	struct why unseen = { "" };
	enum ocf code = OCF_SUCCESS;

	if (driver_find(bind->params.mta)->tls(&in, &setup, &unseen) < 0) {
		log_line(LOG_WARNING, "tls on this node: not looked at: %s",
			 unseen.text);
		return OCF_SUCCESS;
	}
	if (look(&request, &verdict, &unseen) < 0)
		log_line(LOG_WARNING, "tls on this node: not looked at: %s",
			 unseen.text);
	else
		code = tell(&verdict, why);
	verdict_done(&verdict);
	tls_setup_done(&setup);
	return code;
}
