/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/local.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/attribute.h"
#include "io/health.h"
#include "io/sockdiag.h"

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
		mta_place_of_config(ocf_param("config_dir"), &place);
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

static int check_sockets(const struct state *state, struct why *why)
{
	struct leftover left = { .state = state };
	int r = sockdiag_each(1U << TCP_LISTEN, still_listens, &left, why);

	if (r < 0 || !left.found.port)
		return r;
	why_set(why, "something still listens on %s",
		endpoint_text(&left.found, 0).s);
	return -EBUSY;
}

static int end_place(const struct ocf_call *call,
		     const struct mta_place *place, struct why *why)
{
	return mta_end(place, call->timeout_ms / 3, call->deadline_ms, why);
}

/* Both where it was started and where the parameters say it would be. */
static int end_all(const struct ocf_call *call, const struct state *state,
		   struct why *why)
{
	struct mta_place recorded, configured;
	int r = 0;

	if (state->spool_dir) {
		mta_place_of_state(state, &recorded);
		r = end_place(call, &recorded, why);
	}
	mta_place_of_config(ocf_param("config_dir"), &configured);
	(void)snprintf(configured.overlay_dir, sizeof(configured.overlay_dir),
		       "%s/postfix", call->instance.dir);
	if (!r)
		r = end_place(call, &configured, why);
	return r < 0 ? r : check_sockets(state, why);
}

enum ocf local_stop(const struct ocf_call *call)
{
	struct state state = { 0 };
	struct why why = { "" };
	int r;

	r = instance_load(&call->instance, &state, &why);
	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARNING, "stop goes by processes alone: %s",
			 why.text);
	r = end_all(call, &state, &why);
	if (!r && state.on_unverified == ON_UNVERIFIED_ATTRIBUTE)
		attribute_set(call, NULL);
	state_done(&state);
	if (!r)
		r = file_remove_tree(call->instance.dir, &why);
	if (r < 0)
		return ocf_reason(OCF_ERR_GENERIC, &why);
	log_line(LOG_INFO, "%s: stopped", call->instance.id);
	return OCF_SUCCESS;
}
