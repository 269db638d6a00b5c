/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/local.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/attribute.h"
#include "cmd/past.h"
#include "io/health.h"
#include "io/sockdiag.h"

/* Where it would run, going by the parameters alone. */
static void place_of_params(const struct ocf_call *call,
			    struct mta_place *ret)
{
	char overlay_dir[sizeof(call->instance.dir) + sizeof("/postfix")];

	(void)snprintf(overlay_dir, sizeof(overlay_dir), "%s/postfix",
		       call->instance.dir);
	mta_place_of_config(ocf_param("config_dir"), overlay_dir, ret);
}

enum ocf local_look(const struct ocf_call *call, struct why *why)
{
	struct state state = { 0 };
	struct mta_place place;
	enum health health;
	int r;

	r = instance_load(&call->instance, &state, why);
	if (!r) {
		health = health_of_state(&state, why);
	} else if (r == -ENOENT) {
		place_of_params(call, &place);
		health = health_of_place(&place, why);
	} else {
		/* It was bound, nobody knows where: not surely stopped. */
		health = HEALTH_BROKEN;
	}
	state_done(&state);
	switch (health) {
	case HEALTH_BOUND:
		return OCF_SUCCESS;
	case HEALTH_STOPPED:
		return OCF_NOT_RUNNING;
	case HEALTH_BROKEN:
		return OCF_ERR_GENERIC;
	}
	return OCF_ERR_GENERIC;
}

enum ocf local_monitor(const struct ocf_call *call)
{
	struct why why = { "" };
	enum ocf code = local_look(call, &why);

	return code == OCF_ERR_GENERIC ? ocf_reason(code, &why) : code;
}

struct leftover {
	const struct state *state;
	struct endpoint found;
};

static bool still_listens(void *ctx, const struct tcp_socket *socket)
{
	struct leftover *left = ctx;

	for (unsigned int i = 0; i < left->state->listener_count; i++) {
		const struct endpoint *ep = &left->state->listeners[i];

		if (ep->port != socket->local.port ||
		    !addr_equal(&ep->addr, &socket->local.addr))
			continue;
		left->found = *ep;
		return false;
	}
	return true;
}

/*
 * That nothing holds what was listened on any more. Where the kernel cannot
 * be asked for its sockets, the processes have told already.
 */
static int check_sockets(const struct state *state, struct why *why)
{
	struct leftover left = { .state = state };
	int r = sockdiag_each(1U << TCP_LISTEN, still_listens, &left, why);

	if (r < 0)
		log_line(LOG_WARNING, "%s", why->text);
	if (!left.found.port)
		return 0;
	why_set(why, "something still listens on %s",
		endpoint_text(&left.found, 0).s);
	return -EBUSY;
}

/*
 * With a record we end what it names and no more: at the place that the
 * parameters name now there may be another mail system.
 */
static int end_all(const struct ocf_call *call, const struct state *state,
		   struct why *why)
{
	struct mta_place place;
	int r;

	if (state->spool_dir)
		mta_place_of_state(state, &place);
	else
		place_of_params(call, &place);
	r = mta_end(&place, call->timeout_ms / 3, call->deadline_ms, why);
	return r < 0 ? r : check_sockets(state, why);
}

/* The record goes first: without it nothing is taken for running. What cannot
 * be removed then is no reason to say that it has not stopped. */
static int forget(const struct ocf_call *call, struct why *why)
{
	struct why left = { "" };

	if (unlink(call->instance.state_path) < 0 && errno != ENOENT &&
	    errno != ENOTDIR) {
		int r = -errno;

		why_set(why, "cannot remove %s: %s", call->instance.state_path,
			strerror(-r));
		return r;
	}
	if (file_remove_tree(call->instance.dir, &left) < 0)
		log_line(LOG_WARNING, "%s", left.text);
	return 0;
}

static int stop(const struct ocf_call *call, const struct state *state,
		struct past *past, struct why *why)
{
	int r = end_all(call, state, why);

	past_step(past, STEP_END);
	if (!r && state->on_unverified == ON_UNVERIFIED_ATTRIBUTE)
		attribute_set(call, NULL);
	if (!r)
		r = forget(call, why);
	past_step(past, STEP_CLEAR);
	return r;
}

enum ocf local_stop(const struct ocf_call *call)
{
	struct state state = { 0 };
	struct why why = { "" };
	struct past past;
	bool was_bound;
	int r;

	r = instance_load(&call->instance, &state, &why);
	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARNING, "stop goes by the parameters alone: %s",
			 why.text);
	was_bound = !r;
	past_begin(HISTORY_STOP, &state.identity, &past);
	r = stop(call, &state, &past, &why);
	state_done(&state);
	if (was_bound)
		past_end(&past, call, r < 0 ? why.text : NULL);
	if (r < 0)
		return ocf_reason(OCF_ERR_GENERIC, &why);
	log_line(LOG_INFO, "%s: stopped", call->instance.id);
	return OCF_SUCCESS;
}
