/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stop and demote: see local.h. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/attribute.h"
#include "cmd/guard.h"
#include "cmd/local.h"
#include "cmd/past.h"
#include "io/mtaproc.h"
#include "io/sockdiag.h"

#define LOCK_PART 6	/* of the call's time, for a turn under way */

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
		local_place_of_params(call, &place);
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

/* What a hold or release that is under way writes would be left behind. One
 * that hangs must not keep us. */
static void wait_for_others(const struct ocf_call *call, int *ret_fd)
{
	struct why why = { "" };
	int r = instance_lock(&call->instance,
			      clock_ms() + call->timeout_ms / LOCK_PART,
			      ret_fd, &why);

	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARNING, "%s", why.text);
}

/* A mail system, its record, and what is noted of its end. */
struct ending {
	struct state state;
	struct past past;
	bool was_bound;
	int lock_fd;
};

static void ending_begin(const struct ocf_call *call, struct ending *ret)
{
	struct ending ending = { .lock_fd = -1 };
	struct why why = { "" };
	int r;

	wait_for_others(call, &ending.lock_fd);
	r = instance_load(&call->instance, &ending.state, &why);
	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARNING, "%s goes by the parameters alone: %s",
			 call->action, why.text);
	ending.was_bound = !r;
	past_begin(HISTORY_STOP, &ending.state.identity, &ending.past);
	*ret = ending;
}

static enum ocf ending_done(const struct ocf_call *call,
			    struct ending *ending, int r,
			    const struct why *why)
{
	file_close(&ending->lock_fd);
	if (ending->was_bound)
		past_end(&ending->past, call, r < 0 ? why->text : NULL);
	state_done(&ending->state);
	return r < 0 ? ocf_reason(OCF_ERR_GENERIC, why) : OCF_SUCCESS;
}

static int end_bound(const struct ocf_call *call, struct ending *ending,
		     struct why *why)
{
	int r = end_all(call, &ending->state, why);

	past_step(&ending->past, STEP_END);
	return r;
}

enum ocf local_stop(const struct ocf_call *call)
{
	const bool published = guard_publishes(call);
	/* A stop before this one may have been killed half-way. */
	const bool scored = call->promotable;
	struct why why = { "" };
	struct ending ending;
	enum ocf code;
	int r;

	ending_begin(call, &ending);
	r = end_bound(call, &ending, &why);
	if (!r)
		r = guard_end(call, &why);
	/* From now on nobody publishes them again. */
	if (!r && published)
		attribute_delete(call);
	if (!r && scored)
		attribute_delete_score(call);
	if (!r)
		r = forget(call, &why);
	past_step(&ending.past, STEP_CLEAR);
	code = ending_done(call, &ending, r, &why);
	if (code == OCF_SUCCESS)
		log_line(LOG_INFO, "%s: stopped", call->instance.id);
	return code;
}

enum ocf local_demote(const struct ocf_call *call)
{
	struct why why = { "" };
	struct ending ending;
	enum ocf code;
	int r;

	if (local_judge(call, &why) == OCF_NOT_RUNNING)
		return OCF_NOT_RUNNING;
	ending_begin(call, &ending);
	r = end_bound(call, &ending, &why);
	if (!r)
		r = forget(call, &why);
	if (!r)
		r = guard_give_back(call, &why);
	past_step(&ending.past, STEP_CLEAR);
	code = ending_done(call, &ending, r, &why);
	if (code == OCF_SUCCESS)
		log_line(LOG_INFO, "%s: demoted", call->instance.id);
	return code;
}
