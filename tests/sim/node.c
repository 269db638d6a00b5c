/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node.h"

#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "group.h"
#include "invariants.h"
#include "results.h"

static int64_t soon(struct sim *sim, int64_t least_ms, int64_t most_ms)
{
	return sim->now_ms + rng_range(&sim->rng, least_ms, most_ms);
}

static void begin_verify(struct sim *sim, struct node *node)
{
	const bool slow = !sim->calm && rng_percent(&sim->rng, 5);

	sim_count(sim, TALLY_VERIFICATIONS);
	node->verifying = true;
	node->verify_began_ms = sim->now_ms;
	node->verify_claim = guard_claims(node->guard)->own_claim;
	node->at[AT_VERIFIED] = soon(sim, 20, slow ? 60000 : 3000);
}

static void begin_turn(struct sim *sim, struct node *node, bool held,
		       enum turn_reason reason)
{
	sim_count(sim, TALLY_TURNS);
	sim_tell(sim, node, "asks the keeper to %s: %s",
		 held ? "hold" : "release", turn_reason_text(reason));
	node->turning = true;
	node->turn_held = held;
	node->at[AT_TURNED] = soon(sim, 5, 600);
}

static void carry_out(struct sim *sim, struct node *node,
		      const struct guard_action *action)
{
	invariant_action(sim, node, action);
	switch (action->type) {
	case GUARD_DO_SEND:
		group_send(sim, node, &action->msg);
		break;
	case GUARD_DO_ANSWER:
		agent_answered(sim, node, action->answer);
		break;
	case GUARD_DO_VERIFY:
		begin_verify(sim, node);
		break;
	case GUARD_DO_PREFLIGHT:
		node->checking = true;
		node->at[AT_CHECKED] = soon(sim, 20, 4000);
		break;
	case GUARD_DO_TURN:
		begin_turn(sim, node, action->turn.held, action->turn.reason);
		break;
	case GUARD_DO_TELL:
		invariant_told(sim, node);
		break;
	case GUARD_DO_SCORE:
		break;
	}
}

void node_step(struct sim *sim, struct node *node,
	       const struct guard_event *event)
{
	struct guard_actions actions = { 0 };
	int64_t next_ms;

	if (!node->guard || sim->failed)
		return;
	sim_count(sim, TALLY_STEPS);
	guard_step(node->guard, event, node_time(sim, node), &actions);
	for (size_t i = 0; i < actions.count; i++)
		carry_out(sim, node, &actions.items[i]);
	guard_actions_done(&actions);
	next_ms = guard_next_ms(node->guard);
	invariant_next(sim, node, event, next_ms);
	if (next_ms < sim->now_ms)
		next_ms = sim->now_ms;
	node->at[AT_TICK] = next_ms + rng_below(&sim->rng, 4);
	invariant_stepped(sim, node);
}

void node_view(struct sim *sim, struct node *node)
{
	struct claims_member members[SIM_NODES_MAX];
	struct guard_event event = { .type = GUARD_VIEW };

	event.view.id.ring = node->view_ring;
	event.view.id.digest = 0xcbf29ce484222325;
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		event.view.id.digest = (event.view.id.digest ^
					node->pids[id]) * 0x100000001b3;
		if (node->pids[id])
			members[event.view.count++] = (struct claims_member){
				.node = id, .pid = node->pids[id] };
	}
	event.view.members = members;
	node_step(sim, node, &event);
}

void node_message(struct sim *sim, struct node *node, const struct item *item)
{
	struct msg msg;
	struct why why;
	struct guard_event event = { .type = GUARD_MESSAGE };

	if (msg_decode(item->frame, item->len, &msg, &why) < 0) {
		sim_fail(sim, INV_NO_SPIN, node, "a frame of node %u cannot "
			 "be read: %s", item->node, why.text);
		return;
	}
	event.message.node = item->node;
	event.message.msg = &msg;
	node_step(sim, node, &event);
	msg_done(&msg);
}

static void on_notice(struct sim *sim, struct node *node)
{
	struct guard_event event = { .type = GUARD_QUORUM };

	node->told = node->notices[0];
	node->was_told = node->guard;
	node->notice_count--;
	memmove(node->notices, node->notices + 1,
		node->notice_count * sizeof(*node->notices));
	node->at[AT_NOTICE] = node->notice_count ? node->notices[0].at_ms :
						   SIM_NEVER;
	event.quorum.state = node->told.state;
	event.quorum.ring = node->told.ring;
	node_step(sim, node, &event);
}

static void on_verified(struct sim *sim, struct node *node)
{
	struct guard_event event = { .type = GUARD_VERIFIED };
	struct verdict verdict;
	struct reason reason;

	node->verifying = false;
	if (sim->calm || !rng_percent(&sim->rng, 10)) {
		result_verdict(sim, node, &verdict, &reason);
		event.verdict = &verdict;
	}
	sim_tell(sim, node, "is verified: %s", event.verdict ?
		 verdict_status_text(verdict.status) : "not at all");
	node_step(sim, node, &event);
}

static void on_checked(struct sim *sim, struct node *node)
{
	struct guard_event event = { .type = GUARD_CHECKED };
	struct preflight preflight;

	node->checking = false;
	result_preflight(sim, node, &preflight);
	event.preflight = &preflight;
	node_step(sim, node, &event);
}

static bool turn_fails(struct sim *sim, const struct node *node)
{
	return sim->now_ms < node->no_turns_until_ms ||
	       rng_percent(&sim->rng, 15);
}

static void on_turned(struct sim *sim, struct node *node)
{
	struct guard_event event = { .type = GUARD_TURNED };

	node->turning = false;
	event.turned.held = node->turn_held;
	event.turned.done = node->bound &&
			    (sim->calm || !turn_fails(sim, node));
	node->turn_failures = event.turned.done ? 0 : node->turn_failures + 1;
	if (event.turned.done) {
		node->held = node->turn_held;
		node->held_since_s = node_time(sim, node).wall_s;
	} else {
		sim_count(sim, TALLY_TURNS_FAILED);
	}
	sim_tell(sim, node, "%s %s", node->turn_held ? "hold" : "release",
		 event.turned.done ? "done" : "failed");
	node_step(sim, node, &event);
}

static void on_corosync(struct sim *sim, struct node *node)
{
	sim_tell(sim, node, "corosync runs again");
	node->corosync = true;
	group_topology(sim);
	if (!node->guard)
		return;
	if (rng_percent(&sim->rng, 50)) {
		node_kill_guard(sim, node);
		return;
	}
	node->joining = true;
	group_process(sim, node, ITEM_JOIN, node->pid);
}

void node_alarm(struct sim *sim, struct node *node, enum alarm alarm)
{
	if (node->stalled_until_ms > sim->now_ms && alarm < AT_GUARD) {
		node->at[alarm] = node->stalled_until_ms;
		return;
	}
	node->at[alarm] = SIM_NEVER;
	switch (alarm) {
	case AT_TICK:
		node_step(sim, node,
			  &(struct guard_event){ .type = GUARD_TICK });
		break;
	case AT_DELIVER:
		group_deliver(sim, node);
		break;
	case AT_NOTICE:
		on_notice(sim, node);
		break;
	case AT_AGENT:
		agent_act(sim, node);
		break;
	case AT_VERIFIED:
		on_verified(sim, node);
		break;
	case AT_CHECKED:
		on_checked(sim, node);
		break;
	case AT_TURNED:
		on_turned(sim, node);
		break;
	case AT_GUARD:
		node_start_guard(sim, node);
		break;
	case AT_COROSYNC:
		on_corosync(sim, node);
		break;
	case ALARMS:
		break;
	}
}

/* The process ends, and all that it had under way. */
static void end_guard(struct sim *sim, struct node *node)
{
	agent_hung_up(sim, node);
	guard_free(node->guard);
	node->guard = NULL;
	node->joining = node->was_told = false;
	node->verifying = node->checking = node->turning = false;
	node->at[AT_TICK] = node->at[AT_VERIFIED] = node->at[AT_CHECKED] =
		node->at[AT_TURNED] = SIM_NEVER;
	node->notice_count = 0;
	node->at[AT_NOTICE] = SIM_NEVER;
	node->own = OWN_NONE;
	node->turn_failures = 0;
	node->resuming = false;
	node->stalled_until_ms = 0;
	node->unsafe_since_ms = SIM_NEVER;
}

void node_kill_guard(struct sim *sim, struct node *node)
{
	if (!node->guard)
		return;
	sim_tell(sim, node, "the guard is killed");
	sim_count(sim, TALLY_GUARDS_KILLED);
	if (node->corosync && node->joining)
		group_process(sim, node, ITEM_LEAVE, node->pid);
	end_guard(sim, node);
	node->at[AT_GUARD] = soon(sim, 50, 2000);
}

void node_crash(struct sim *sim, struct node *node)
{
	sim_tell(sim, node, "crashes");
	sim_count(sim, TALLY_NODES_CRASHED);
	if (node->guard)
		end_guard(sim, node);
	node->agent = AGENT_IDLE;
	node->bound = node->held = false;
	group_crash(sim, node);
	node->at[AT_COROSYNC] = soon(sim, 100, 8000);
	node->at[AT_GUARD] = soon(sim, 100, 9000);
}

void node_kill_corosync(struct sim *sim, struct node *node)
{
	if (!node->corosync)
		return;
	sim_tell(sim, node, "corosync is killed");
	sim_count(sim, TALLY_COROSYNC_CRASHED);
	group_crash(sim, node);
	node->was_told = false;
	node->at[AT_COROSYNC] = soon(sim, 50, 6000);
	node_step(sim, node,
		  &(struct guard_event){ .type = GUARD_DISCONNECTED });
}

void node_stall(struct sim *sim, struct node *node, int64_t ms)
{
	if (node->stalled_until_ms > sim->now_ms + ms)
		return;
	sim_tell(sim, node, "the guard is stopped for %lld ms", (long long)ms);
	sim_count(sim, TALLY_STALLS);
	node->stalled_until_ms = sim->now_ms + ms;
	if (node->unsafe_since_ms != SIM_NEVER)
		node->unsafe_since_ms = node->stalled_until_ms;
}

void node_tell_bound(struct sim *sim, struct node *node)
{
	struct guard_event bound = {
		.type = GUARD_BOUND,
		.bound = { .held = node->held,
			   .held_since_s = node->held_since_s },
	};

	if (node->guard && !sim->observe &&
	    guard_claims(node->guard)->own == OWN_NONE) {
		node->resuming = true;
		sim_count(sim, TALLY_RESUMES);
		sim_tell(sim, node, "the guard resumes");
	}
	result_recall(node, &bound);
	node_step(sim, node, &bound);
}

void node_start_guard(struct sim *sim, struct node *node)
{
	sim_tell(sim, node, "a guard starts, pid %u", sim->next_pid);
	node->pid = sim->next_pid++;
	node->guard = guard_new(&node->settings, node_time(sim, node));
	node->at[AT_TICK] = guard_next_ms(node->guard);
	if (!node->corosync)
		node_step(sim, node,
			  &(struct guard_event){ .type = GUARD_DISCONNECTED });
	/* It finds the record of a service that runs bound. */
	if (node->bound)
		node_tell_bound(sim, node);
	if (!node->corosync)
		return;
	node->joining = true;
	group_process(sim, node, ITEM_JOIN, node->pid);
	group_notice(sim, node);
}

void node_settings(struct sim *sim, struct node *node)
{
	struct guard_event event = { .type = GUARD_SETTINGS };

	if (rng_percent(&sim->rng, 10))
		node->settings.require_quorum ^= true;
	node->settings.hold = rng_percent(&sim->rng, 80);
	node->settings.hold_max_ms = rng_percent(&sim->rng, 30) ? 20000 : 0;
	node->settings.verify_interval_ms =
		rng_percent(&sim->rng, 50) ? 10000 : 300000;
	event.settings = &node->settings;
	node_step(sim, node, &event);
}
