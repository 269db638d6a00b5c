/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/start.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/banner.h"
#include "cmd/events.h"
#include "cmd/judge.h"
#include "cmd/past.h"
#include "cmd/record.h"
#include "cmd/turn.h"
#include "core/decide.h"
#include "io/apply.h"
#include "io/health.h"
#include "io/links.h"
#include "io/netlink.h"

#define DAD_WAIT_MS 5000	/* duplicate address detection takes 1 to 3 s */
#define DAD_POLL_MS 50
#define COROSYNC_MS 3000	/* for each question; on this node it is 1 ms */
#define UNDO_MS 5000		/* to take a start back, kept free for it */
#define HEAD_START_MS 250	/* of the verdict before the mail system */

static enum ocf check_ring(const struct ocf_call *call,
			   const struct identity *id, struct why *why)
{
	for (unsigned int i = 0; i < id->count; i++) {
		bool ring;

		/* Where corosync cannot be asked there is no ring to keep
		 * off; whether that may be, the guard judges. */
		if (links_use_addr(&id->addrs[i],
				   ocf_at_most(call, COROSYNC_MS), &ring,
				   NULL) < 0)
			return OCF_SUCCESS;
		if (!ring)
			continue;
		why_set(why, "ip: %s is an address of corosync's own links; "
			"wanted is a virtual address",
			addr_text(&id->addrs[i]).s);
		return OCF_ERR_CONFIGURED;
	}
	return OCF_SUCCESS;
}

/* 0: there and usable; -EAGAIN: not yet; else why it cannot be used. */
static int check_addr(const struct addr *addr, const struct local_addr *here,
		      struct why *why)
{
	struct addr_text text = addr_text(addr);

	if (!here->ifindex) {
		why_set(why, "ip: %s is not on this node; is its IPaddr2 "
			"resource started before this one?",
			text.s);
		return -EADDRNOTAVAIL;
	}
	if (here->duplicate) {
		why_set(why, "ip: %s on %s is also on another host (duplicate "
			"address detection failed)",
			text.s, here->ifname);
		return -EADDRINUSE;
	}
	if (here->tentative) {
		why_set(why, "ip: %s on %s is still tentative (duplicate "
			"address detection has not finished)",
			text.s, here->ifname);
		return -EAGAIN;
	}
	log_line(LOG_DEBUG, "%s is on %s", text.s, here->ifname);
	return 0;
}

/* NULL: what went wrong says nothing of the address. */
static const char *class_of(int r)
{
	return r == -EADDRINUSE ? event_class_duplicate :
	       r == -EADDRNOTAVAIL || r == -EAGAIN ? event_class_address : NULL;
}

static enum ocf check_addrs(const struct ocf_call *call,
			    const struct identity *id, struct why *why)
{
	int64_t until = clock_ms() + DAD_WAIT_MS;
	struct local_addr here[IDENTITY_ADDRS];
	unsigned int i = 0;
	int r = -EAGAIN;

	if (until > call->deadline_ms)
		until = call->deadline_ms;
	while (r == -EAGAIN) {
		r = netlink_find_addrs(id->addrs, id->count, here, why);
		for (i = 0; !r && i < id->count; i++)
			r = check_addr(&id->addrs[i], &here[i], why);
		if (r == -EAGAIN && clock_ms() >= until)
			break;
		if (r == -EAGAIN)
			(void)poll(NULL, 0, DAD_POLL_MS);
	}
	if (i && class_of(r))
		events_of_start(call, id, class_of(r), &id->addrs[i - 1], why);
	return r < 0 ? OCF_ERR_GENERIC : OCF_SUCCESS;
}

enum ocf start_check_host(const struct ocf_call *call,
			  const struct params *params, struct why *why)
{
	enum ocf code = check_addrs(call, &params->identity, why);

	if (code == OCF_SUCCESS)
		code = check_ring(call, &params->identity, why);
	return code;
}

/* The master that reads our overlay: there must be one, and one alone. */
static int note_master(struct state *state, struct why *why)
{
	struct mta_processes found = { 0 };
	struct process process = { 0 };
	struct mta_place place;
	int r;

	mta_place_of_state(state, &place);
	r = mta_find(&place, &found, why);
	if (!r && found.master_count != 1) {
		why_set(why, "%zu master processes work in %s after start; one "
			"is wanted",
			found.master_count, place.spool_dir);
		r = -ECHILD;
	}
	if (!r) {
		r = proc_stat(found.masters[0], &process);
		if (r < 0)
			why_set(why, "the master process (pid %d) has ended "
				"again", found.masters[0]);
	}
	mta_processes_done(&found);
	if (r < 0)
		return r;
	state->master_pid = process.pid;
	state->master_start_ticks = process.start_ticks;
	return 0;
}

/* Mostly it is a port in use that keeps the mail system from coming up. */
static int start_master(const struct ocf_call *call,
			const struct binding *binding,
			const struct state *state, struct why *why)
{
	int r = apply(&binding->launch, NULL, call->deadline_ms, why);

	if (r < 0)
		events_of_start(call, &state->identity, event_class_listener,
				NULL, why);
	return r;
}

/* From "nothing runs" to "runs, bound, held as wanted, and says our name". */
static int launch(const struct ocf_call *call, const struct bind *bind,
		  struct past *past, struct state *state, struct why *why)
{
	const struct binding *binding = &bind->binding;
	int r;

	r = apply(&binding->write, NULL, call->deadline_ms, why);
	if (!r)
		r = record_binding(&call->instance, bind, state, why);
	past_step(past, STEP_WRITE);
	if (!r)
		r = start_master(call, binding, state, why);
	if (!r)
		r = note_master(state, why);
	past_step(past, STEP_LAUNCH);
	if (!r)
		r = events_of_listeners(call, state, why);
	past_step(past, STEP_LISTEN);
	state->bound_since_s = clock_wall_s();
	if (state->held && !state->held_since_s)
		state->held_since_s = state->bound_since_s;
	if (!r)
		r = instance_save(&call->instance, state, why);
	if (!r && health_of_state(state, why) != HEALTH_BOUND)
		r = -EIO;
	if (!r)
		r = banner_ask(call, state, why);
	past_step(past, STEP_GREETING);
	return r;
}

/* on_unverified=fail: a failure of ours fails the start, if another node is
 * better off. */
static int check_verdict(const struct ocf_call *call,
			 const struct params *params,
			 const struct state *state, struct why *why)
{
	if (judge_service(call, params, state) != SERVICE_FAILED)
		return 0;
	why_set(why, "on_unverified=fail: %s is failed, laid to us: %s",
		state->identity.name, state->verdict.summary);
	return -EPERM;
}

/*
 * Remote delivery is held until the first verdict. Mostly that comes sooner
 * than the mail system is up; then it starts as the verdict asks, as having
 * to read its settings again stalls Postfix for up to a second.
 */
static int start_judged(const struct ocf_call *call, struct bind *bind,
			struct judge *judge, struct past *past,
			struct state *state, struct why *why)
{
	const struct params *params = &bind->params;
	bool early = judge_wait(judge, params->hold ? HEAD_START_MS : 0);
	int r = 0;

	state->identity = params->identity;
	state->held = params->hold;
	if (early) {
		judge_take(call, judge, state);
		r = check_verdict(call, params, state, why);
		state->held = judge_decide(params, false, state);
		if (!r && state->held != params->hold &&
		    bind_vary(&call->instance, state->held, bind, why) !=
			    OCF_SUCCESS)
			r = -EINVAL;
	}
	past_step(past, STEP_HEAD_START);
	past->entry.held_at_launch = state->held;
	if (!r)
		r = launch(call, bind, past, state, why);
	if (!r && early)
		turn_log(state);
	if (!r && !early) {
		judge_take(call, judge, state);
		r = check_verdict(call, params, state, why);
		if (!r)
			r = judge_hold(call, params, judge_barred(call, state),
				       state, why);
		past_step(past, STEP_VERDICT);
	}
	if (!r)
		r = instance_save(&call->instance, state, why);
	if (!r)
		judge_publish(call, judge);
	return r;
}

static int64_t undo_ms(const struct ocf_call *call)
{
	return call->timeout_ms < 4 * UNDO_MS ? call->timeout_ms / 4 : UNDO_MS;
}

struct ocf_call start_without_undo(const struct ocf_call *call)
{
	struct ocf_call work = *call;

	work.deadline_ms -= undo_ms(call);
	return work;
}

/* What was bound, or half of it, is gone again. */
static void undo(const struct ocf_call *call, const struct state *state)
{
	struct mta_place place;
	struct why why = { "" };
	int r;

	mta_place_of_state(state, &place);
	r = mta_end(&place, undo_ms(call) / 2, clock_ms() + undo_ms(call),
		    &why);
	if (!r)
		r = file_remove_tree(call->instance.dir, &why);
	if (r < 0)
		log_line(LOG_ERR, "start could not be undone: %s", why.text);
}

/* Nobody reads a record that is half done. */
static int lock_new(const struct ocf_call *call, int *ret_fd, struct why *why)
{
	int r = file_mkdirs(call->instance.dir, 0755, why);

	return r < 0 ? r : instance_lock(&call->instance, call->deadline_ms,
					 ret_fd, why);
}

enum ocf start_bound(const struct ocf_call *call, struct bind *bind,
		     struct judge *judge, struct past *past, struct why *why)
{
	const struct ocf_call work = start_without_undo(call);
	FD_CLEAN int lock_fd = -1;
	struct state state = { 0 };
	int r;

	bind_log_findings(&bind->binding);
	r = lock_new(&work, &lock_fd, why);
	if (!r)
		r = start_judged(&work, bind, judge, past, &state, why);
	if (!r) {
		log_line(LOG_INFO, "%s: bound to %s", call->instance.id,
			 state.identity.name);
		past_hold(past, &state);
	} else {
		undo(call, &state);
		past_step(past, STEP_UNDO);
	}
	state_done(&state);
	return r < 0 ? OCF_ERR_GENERIC : OCF_SUCCESS;
}
