/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "invariants.h"

#include "results.h"

#define SLACK_MS 50		/* ticks come a little late */

static bool owns(const struct node *node)
{
	return node->guard && guard_claims(node->guard)->own == OWN_OWNER;
}

static bool may_send(const struct node *node)
{
	return claims_may_send(guard_claims(node->guard));
}

/* Never two owners in one and the same quorate view. */
static void one_owner(struct sim *sim, const struct node *node)
{
	const struct claims *claims = guard_claims(node->guard);

	if (!owns(node) || !claims->connected || !may_send(node))
		return;
	sim->judged[INV_ONE_OWNER]++;
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		const struct node *other = &sim->nodes[id];

		if (other == node || !owns(other) || !may_send(other) ||
		    !guard_claims(other->guard)->connected)
			continue;
		if (view_equal(&guard_claims(other->guard)->view,
			       &claims->view))
			sim_fail(sim, INV_ONE_OWNER, node,
				 "owns, and so does node %u in the same view",
				 id);
	}
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xbf58476d1ce4e5b9;
	return hash ^ (hash >> 29);
}

/* The place of the total order that a member has come to, or a free one. */
static struct place *find_place(struct sim *sim, uint64_t key)
{
	for (uint64_t i = key;; i++) {
		struct place *place = &sim->places[i % SIM_PLACES];

		if (place->generation != sim->generation ||
		    place->key == key)
			return place;
	}
}

/* At one place of the order, all members have come to the same. */
static void holder_agreed(struct sim *sim, const struct node *node)
{
	const struct claims *claims = guard_claims(node->guard);
	struct place now = {
		.generation = sim->generation,
		.key = mix(mix(mix(claims->view.digest, claims->view.ring.seq),
			       claims->view.ring.node), node->order),
		.node = node->id,
		.synced = claims->synced,
	};
	struct place *place;

	if (!claims->connected)
		return;
	if (claims->synced) {
		now.index = claims->index;
		now.holder = claims->holder;
		now.claimant = claims->claimant;
	}
	place = find_place(sim, now.key);
	if (place->generation != sim->generation) {
		*place = now;
		return;
	}
	sim->judged[INV_HOLDER_AGREED] += place->node != node->id;
	if (place->synced != now.synced || place->index != now.index ||
	    !claim_equal(&place->holder, &now.holder) ||
	    !claim_equal(&place->claimant, &now.claimant))
		sim_fail(sim, INV_HOLDER_AGREED, node,
			 "sees %s, holder %u, claimant %u, index %u; node %u "
			 "has seen at the same place %s, %u, %u, %u",
			 now.synced ? "synced" : "not synced",
			 now.holder.node, now.claimant.node, now.index,
			 place->node, place->synced ? "synced" : "not synced",
			 place->holder.node, place->claimant.node,
			 place->index);
}

/* A guard may send only by what it was told of quorum last. */
static void quorum_told(struct sim *sim, const struct node *node)
{
	const struct notice *told = &node->told;

	if (!node->settings.require_quorum || !may_send(node))
		return;
	sim->judged[INV_QUORUM_TOLD]++;
	if (!node->was_told || (told->state != QUORUM_STATE_YES &&
				told->state != QUORUM_STATE_UNUSED))
		sim_fail(sim, INV_QUORUM_TOLD, node,
			 "may send, and was told of no quorum");
}

/* Does the group, as the node was told of it, forbid sending? While it is
 * not known yet who owns, mail that is not held goes on. */
static bool is_forbidden(const struct node *node)
{
	const enum ownership own = guard_claims(node->guard)->own;

	if (own == OWN_LOST || own == OWN_NONE)
		return true;
	return node->settings.require_quorum &&
	       (!node->corosync ||
		(node->was_told && node->told.state == QUORUM_STATE_NO));
}

/* Bound, letting mail go, and not entitled to. */
static bool is_unsafe(const struct node *node)
{
	return node->guard && !node->settings.observe && node->bound &&
	       !node->held && is_forbidden(node) &&
	       !(node->turning && node->turn_held);
}

static void note_unsafe(struct sim *sim, struct node *node)
{
	const bool unsafe = is_unsafe(node);

	if (!unsafe && node->unsafe_since_ms != SIM_NEVER)
		sim->judged[INV_LOST_HOLDS]++;
	if (!unsafe)
		node->unsafe_since_ms = SIM_NEVER;
	else if (node->unsafe_since_ms == SIM_NEVER)
		node->unsafe_since_ms = sim->now_ms;
}

/* A guard that resumes takes nothing from an owner. */
static void resume_yields(struct sim *sim, const struct node *node)
{
	const uint32_t by = guard_claims(node->guard)->claimant.node;

	if (!by)
		return;
	sim->judged[INV_RESUME_YIELDS]++;
	/* Not a process before that, whose claim was on its way. */
	if (sim->nodes[by].resuming && sim->nodes[by].pid == node->pids[by])
		sim_fail(sim, INV_RESUME_YIELDS, node,
			 "owned, and lost to node %u, which only resumes", by);
}

void invariant_stepped(struct sim *sim, struct node *node)
{
	const enum ownership own = guard_claims(node->guard)->own;

	if (own != node->own) {
		sim_tell(sim, node, "%s -> %s", ownership_text(node->own),
			 ownership_text(own));
		if (own == OWN_LOST)
			sim_count(sim, TALLY_LOST);
		if (own == OWN_LOST && node->own == OWN_OWNER)
			resume_yields(sim, node);
	}
	node->own = own;
	one_owner(sim, node);
	holder_agreed(sim, node);
	quorum_told(sim, node);
	note_unsafe(sim, node);
}

/* A claim is granted only to the owner. */
static void grant_owns(struct sim *sim, const struct node *node)
{
	const struct claims *claims = guard_claims(node->guard);

	sim->judged[INV_GRANT_OWNS]++;
	if (claims->own != OWN_OWNER &&
	    (claims->own != OWN_HOLDING || claims->require_quorum))
		sim_fail(sim, INV_GRANT_OWNS, node,
			 "grants the claim, and is %s",
			 ownership_text(claims->own));
}

/* Each thing is begun again only when it has ended. */
static void one_at_a_time(struct sim *sim, const struct node *node,
			  const char *what, bool already)
{
	sim->judged[INV_ONE_AT_A_TIME]++;
	if (already)
		sim_fail(sim, INV_ONE_AT_A_TIME, node,
			 "%s while that goes on already", what);
}

/* Nothing is released that may not be sent. */
static void release_allowed(struct sim *sim, const struct node *node)
{
	sim->judged[INV_RELEASE_ALLOWED]++;
	if (!may_send(node))
		sim_fail(sim, INV_RELEASE_ALLOWED, node,
			 "releases, and may not send");
}

/* Who only looks on claims nothing and turns nothing. */
static void observer_quiet(struct sim *sim, const struct node *node,
			   const struct guard_action *action)
{
	const bool claims = action->type == GUARD_DO_SEND &&
			    action->msg.type == MSG_CLAIM;

	if (!node->settings.observe)
		return;
	sim->judged[INV_OBSERVER_QUIET]++;
	if (claims || action->type == GUARD_DO_TURN)
		sim_fail(sim, INV_OBSERVER_QUIET, node, "only looks on, and "
			 "%s", claims ? "claims" : "turns mail");
}

/* A claim goes by quorum as it was told of this very ring, and says so. */
static void claim_by_quorum(struct sim *sim, const struct node *node,
			    const struct msg *msg)
{
	const struct notice *told = &node->told;
	const bool quorate = node->was_told &&
			     ring_equal(&told->ring, &msg->view.ring) &&
			     told->state != QUORUM_STATE_NO;

	if (msg->type != MSG_CLAIM)
		return;
	sim->judged[INV_QUORUM_TOLD]++;
	if (msg->claim.quorate != quorate ||
	    (node->settings.require_quorum && !quorate))
		sim_fail(sim, INV_QUORUM_TOLD, node,
			 "claims with%s quorum, and was told otherwise of "
			 "this ring", msg->claim.quorate ? "" : "out");
}

void invariant_action(struct sim *sim, const struct node *node,
		      const struct guard_action *action)
{
	observer_quiet(sim, node, action);
	switch (action->type) {
	case GUARD_DO_ANSWER:
		sim->judged[INV_ASK_ANSWERED] += node->ask_open;
		if (action->answer == CLAIMS_GRANTED)
			grant_owns(sim, node);
		break;
	case GUARD_DO_VERIFY:
		one_at_a_time(sim, node, "verifies", node->verifying);
		if (!node->bound)
			sim_fail(sim, INV_ONE_AT_A_TIME, node,
				 "verifies what is not bound");
		if (!node->settings.observe && is_forbidden(node))
			sim_fail(sim, INV_LOST_HOLDS, node,
				 "verifies addresses that may be elsewhere");
		break;
	case GUARD_DO_PREFLIGHT:
		one_at_a_time(sim, node, "looks ahead", node->checking);
		break;
	case GUARD_DO_TURN:
		one_at_a_time(sim, node, "turns", node->turning);
		if (!action->turn.held)
			release_allowed(sim, node);
		break;
	case GUARD_DO_SEND:
		claim_by_quorum(sim, node, &action->msg);
		break;
	case GUARD_DO_TELL:
	case GUARD_DO_SCORE:
		break;
	}
}

void invariant_next(struct sim *sim, const struct node *node,
		    const struct guard_event *event, int64_t next_ms)
{
	sim->judged[INV_NO_SPIN]++;
	if (event->type == GUARD_TICK && next_ms <= sim->now_ms)
		sim_fail(sim, INV_NO_SPIN, node,
			 "after a tick wants the next at once");
	if (next_ms > sim->now_ms + GUARD_TELL_MS)
		sim_fail(sim, INV_NO_SPIN, node, "wants no tick for %lld ms",
			 (long long)(next_ms - sim->now_ms));
}

/* A verdict shown as current was begun under the claim that is in force. */
static void current(struct sim *sim, const struct node *node)
{
	const struct guard_view *told = &sim->told;
	const struct claim *holder = &guard_claims(node->guard)->holder;
	const struct result *result;

	if (!told->current)
		return;
	sim->judged[INV_CURRENT]++;
	result = result_of_verdict(sim, told->verdict.duration_ms);
	if (!result || !claim_equal(&result->claim, holder))
		sim_fail(sim, INV_CURRENT, node,
			 "shows a verdict as current of before node %u's "
			 "claim", holder->node);
}

static void item_observed(struct sim *sim, const struct node *node,
			  uint32_t of, const struct preflight_item *item)
{
	const struct result *result = result_of_item(sim, item);

	if (item->status != VERDICT_FAILED)
		return;
	sim->judged[INV_FAILED_OBSERVED]++;
	if (!result || result->status != VERDICT_FAILED || result->node != of)
		sim_fail(sim, INV_FAILED_OBSERVED, node,
			 "shows a failed %s of node %u that nobody saw: %s",
			 preflight_check_text(item->check), of, item->text);
}

/* What is shown as failed was seen to fail. */
static void failed_observed(struct sim *sim, const struct node *node)
{
	const struct guard_view *told = &sim->told;
	const struct result *result;

	if (told->verdict.time_s && told->verdict.status == VERDICT_FAILED) {
		sim->judged[INV_FAILED_OBSERVED]++;
		result = result_of_verdict(sim, told->verdict.duration_ms);
		if (!result || result->status != VERDICT_FAILED)
			sim_fail(sim, INV_FAILED_OBSERVED, node,
				 "shows a failed verdict that nobody made");
	}
	for (size_t i = 0; i < told->node_count; i++) {
		const struct preflight *its = &told->nodes[i].preflight;

		for (size_t j = 0; j < its->count; j++)
			item_observed(sim, node, told->nodes[i].node,
				      &its->items[j]);
	}
}

void invariant_told(struct sim *sim, const struct node *node)
{
	guard_tell(node->guard, node_time(sim, node), &sim->told);
	current(sim, node);
	failed_observed(sim, node);
}

/* A keeper that fails again and again is asked less often. */
static int64_t hold_within_ms(const struct node *node)
{
	return SLACK_MS + (node->turn_failures < STANDING_TURN_TRIES ?
				   STANDING_TURN_AGAIN_MS :
				   STANDING_TURN_SLOW_MS);
}

static void passed_at(struct sim *sim, const struct node *node)
{
	if (!node->guard || node->stalled_until_ms > sim->now_ms - SLACK_MS)
		return;
	if (node->ask_open &&
	    sim->now_ms > node->ask_deadline_ms + SLACK_MS)
		sim_fail(sim, INV_ASK_ANSWERED, node,
			 "has not answered its agent in time");
	if (node->unsafe_since_ms != SIM_NEVER &&
	    sim->now_ms > node->unsafe_since_ms + hold_within_ms(node))
		sim_fail(sim, INV_LOST_HOLDS, node,
			 "may not send for %lld ms (%s), and mail is not held",
			 (long long)(sim->now_ms - node->unsafe_since_ms),
			 ownership_text(node->own));
}

void invariant_passed(struct sim *sim)
{
	for (uint32_t id = 1; id <= sim->node_count; id++)
		passed_at(sim, &sim->nodes[id]);
}

/* Mail is as the guard thinks it is, and as its claim and verdict want it;
 * all verdicts were good lately. */
static void hold_converges(struct sim *sim, const struct node *node)
{
	const bool want = !may_send(node);

	if (!node->bound || node->settings.observe)
		return;
	sim->judged[INV_HOLD_CONVERGES]++;
	if (node->own == OWN_NONE)
		sim_fail(sim, INV_HOLD_CONVERGES, node,
			 "is bound, and claims nothing");
	guard_tell(node->guard, node_time(sim, node), &sim->told);
	if (node->held != want || sim->told.held != node->held)
		sim_fail(sim, INV_HOLD_CONVERGES, node,
			 "is %s: mail is %s, and its guard thinks it is %s",
			 ownership_text(node->own),
			 node->held ? "held" : "not held",
			 sim->told.held ? "held" : "not held");
}

/* Of those that owned when the cluster healed exactly one is left, and the
 * others have lost. */
static void one_after_heal(struct sim *sim)
{
	unsigned int before = 0;
	unsigned int after = 0;

	for (uint32_t id = 1; id <= sim->node_count; id++) {
		before += sim->nodes[id].healed.node != 0;
		after += owns(&sim->nodes[id]);
	}
	sim->judged[INV_ONE_AFTER_HEAL] += before > 0;
	if (after > 1 || (before && !after))
		sim_fail(sim, INV_ONE_AFTER_HEAL, NULL,
			 "%u owned before it healed, %u after", before, after);
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		const struct node *node = &sim->nodes[id];

		if (!node->healed.node || owns(node))
			continue;
		sim->judged[INV_LOST_AFTER_HEAL]++;
		if (node->own != OWN_LOST)
			sim_fail(sim, INV_LOST_AFTER_HEAL, node,
				 "owned, does not any more, and is %s",
				 ownership_text(node->own));
	}
}

/* The order of claims that were made apart, as claim.h has it in words. */
static bool is_newer(const struct claim *a, const struct claim *b)
{
	if (a->quorate != b->quorate)
		return a->quorate;
	if (a->ring.seq != b->ring.seq)
		return a->ring.seq > b->ring.seq;
	if (a->ring.node != b->ring.node)
		return a->ring.node > b->ring.node;
	return a->index > b->index;
}

/* It is the newest of them that is kept. */
static void newest_kept(struct sim *sim, const struct node *owner)
{
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		const struct node *node = &sim->nodes[id];

		if (node == owner || !node->healed.node ||
		    !owner->healed.node || !owns(owner))
			continue;
		sim->judged[INV_NEWEST_KEPT]++;
		if (is_newer(&node->healed, &owner->healed))
			sim_fail(sim, INV_NEWEST_KEPT, owner,
				 "kept it, and node %u's claim was newer", id);
	}
}

/* Each guard shows the verdict of the owner that is bound, a current one. */
static void verdict_shared(struct sim *sim, const struct node *owner)
{
	if (!owner->bound || !owns(owner))
		return;
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		const struct node *node = &sim->nodes[id];
		const struct result *result;

		sim->judged[INV_VERDICT_SHARED]++;
		guard_tell(node->guard, node_time(sim, node), &sim->told);
		result = result_of_verdict(sim,
					   sim->told.verdict.duration_ms);
		if (!sim->told.current || !result ||
		    result->node != owner->id ||
		    sim->told.verdict.held != owner->held)
			sim_fail(sim, INV_VERDICT_SHARED, node,
				 "does not show the current verdict of node "
				 "%u, which is bound", owner->id);
	}
}

void invariant_healed(struct sim *sim)
{
	one_after_heal(sim);
	for (uint32_t id = 1; id <= sim->node_count; id++)
		newest_kept(sim, &sim->nodes[id]);
}

void invariant_settled(struct sim *sim)
{
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		hold_converges(sim, &sim->nodes[id]);
		verdict_shared(sim, &sim->nodes[id]);
	}
}

void invariant_granted(struct sim *sim, const struct node *node)
{
	sim->judged[INV_GRANTED_WHEN_CALM]++;
	if (!owns(node) || node->ask_open)
		sim_fail(sim, INV_GRANTED_WHEN_CALM, node,
			 "asked in a whole and calm cluster, and is %s",
			 ownership_text(node->own));
}

const char *invariant_name(enum invariant invariant)
{
	static const char *const names[] = {
		[INV_ONE_OWNER] = "one_owner",
		[INV_HOLDER_AGREED] = "holder_agreed",
		[INV_ASK_ANSWERED] = "ask_answered",
		[INV_GRANT_OWNS] = "grant_owns",
		[INV_GRANTED_WHEN_CALM] = "granted_when_calm",
		[INV_ONE_AFTER_HEAL] = "one_after_heal",
		[INV_LOST_AFTER_HEAL] = "lost_after_heal",
		[INV_NEWEST_KEPT] = "newest_kept",
		[INV_RESUME_YIELDS] = "resume_yields",
		[INV_CURRENT] = "current",
		[INV_VERDICT_SHARED] = "verdict_shared",
		[INV_FAILED_OBSERVED] = "failed_observed",
		[INV_LOST_HOLDS] = "lost_holds",
		[INV_RELEASE_ALLOWED] = "release_allowed",
		[INV_HOLD_CONVERGES] = "hold_converges",
		[INV_QUORUM_TOLD] = "quorum_told",
		[INV_OBSERVER_QUIET] = "observer_quiet",
		[INV_ONE_AT_A_TIME] = "one_at_a_time",
		[INV_NO_SPIN] = "no_spin",
	};

	return names[invariant];
}
