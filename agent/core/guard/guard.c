/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/guard/guard_parts.h"

struct guard_action *guard_act(struct guard_actions *actions,
			       enum guard_action_type type)
{
	struct guard_action *action;

	actions->items = xgrow(actions->items, actions->count,
			       sizeof(*actions->items));
	action = &actions->items[actions->count++];
	*action = (struct guard_action){ .type = type };
	return action;
}

void guard_actions_done(struct guard_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++)
		if (actions->items[i].type == GUARD_DO_SEND)
			msg_done(&actions->items[i].msg);
	free(actions->items);
	*actions = (struct guard_actions){ 0 };
}

void guard_note(struct guard *guard, struct guard_time now, const char *fmt,
		...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(guard->event, sizeof(guard->event), fmt, args);
	va_end(args);
	guard->event_s = now.wall_s;
	guard->tell_due_ms = now.ms;
}

void guard_tell_in(struct guard *guard, int64_t ms)
{
	if (guard->tell_due_ms > guard->now.ms + ms)
		guard->tell_due_ms = guard->now.ms + ms;
}

struct node_text guard_node_text(const struct guard *guard, uint32_t node)
{
	const struct guard_peer *peer = guard_peer_of(guard, node);
	struct node_text text;

	if (peer && *peer->name)
		(void)snprintf(text.s, sizeof(text.s), "%s", peer->name);
	else
		(void)snprintf(text.s, sizeof(text.s), "node %u", node);
	return text;
}

struct guard *guard_new(const struct guard_settings *settings,
			struct guard_time now)
{
	struct guard *guard = xcalloc(1, sizeof(*guard));
	struct guard_peer *own;

	guard->settings = *settings;
	claims_init(&guard->claims, settings->self, settings->require_quorum);
	own = guard_peer(guard, settings->self);
	strcpy(own->name, settings->name);
	guard->check_due_ms = guard->tell_due_ms = now.ms;
	guard->now = now;
	return guard;
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	for (size_t i = 0; i < guard->peer_count; i++)
		free(guard->peers[i].preflight);
	free(guard->verdict);
	free(guard);
}

const struct claims *guard_claims(const struct guard *guard)
{
	return &guard->claims;
}

/* May mail leave, and why not? */
static enum leave leave_of(const struct guard *guard,
			   enum turn_reason *ret_denied)
{
	const struct claims *claims = &guard->claims;
	const bool quorum = guard->settings.require_quorum;
	bool settled;

	if (claims->own == OWN_LOST) {
		*ret_denied = TURN_LOST;
		return LEAVE_DENIED;
	}
	if (claims->own == OWN_NONE) {
		*ret_denied = TURN_UNCLAIMED;
		return LEAVE_DENIED;
	}
	if (quorum && claims->gone) {
		*ret_denied = TURN_NO_CLUSTER;
		return LEAVE_DENIED;
	}
	if (quorum && claims->quorum == QUORUM_STATE_NO) {
		*ret_denied = TURN_NO_QUORUM;
		return LEAVE_DENIED;
	}
	/* Without corosync nobody is left to confirm it. */
	settled = claims->own == OWN_OWNER ||
		  (claims->own == OWN_HOLDING && claims->gone);
	return settled && claims_may_send(claims) ? LEAVE_GIVEN : LEAVE_OPEN;
}

/* An observer has nothing to hold. */
static struct standing_hold hold_of(const struct guard *guard)
{
	struct standing_hold hold = { .leave = LEAVE_GIVEN };

	if (guard->settings.observe)
		return hold;
	hold.hold = guard->settings.hold;
	hold.hold_max_ms = guard->settings.hold_max_ms;
	hold.leave = leave_of(guard, &hold.denied);
	return hold;
}

/* What has changed of the claims, in one sentence. */
static void note_claims(struct guard *guard, enum ownership was,
			struct guard_time now)
{
	const struct claims *claims = &guard->claims;

	guard->tell_due_ms = now.ms;
	if (claims->own == was)
		return;
	switch (claims->own) {
	case OWN_OWNER:
		guard_note(guard, now, "this node owns the identity%s",
			   was == OWN_HOLDING ? ", confirmed" : "");
		break;
	case OWN_HOLDING:
		guard_note(guard, now, "the membership has changed: the "
			   "claim is not confirmed yet");
		break;
	case OWN_LOST:
		guard_note(guard, now, "the identity was lost to %s, which has "
			   "a newer claim",
			   guard_node_text(guard, claims->claimant.node ?
					   claims->claimant.node :
					   claims->holder.node).s);
		break;
	case OWN_NONE:
		guard_note(guard, now, "this node claims the identity no "
			   "more");
		break;
	case OWN_CLAIMING:
	case OWN_WAITING:
		break;
	}
}

static void take(struct guard *guard, struct claims_output *out,
		 enum ownership was, struct guard_time now,
		 struct guard_actions *actions)
{
	for (size_t i = 0; i < out->send_count; i++) {
		struct msg *msg = &out->send[i];

		if (msg->type == MSG_HELLO) {
			strcpy(msg->hello.name, guard->settings.name);
			msg->hello.time_s = now.wall_s;
		}
		guard_act(actions, GUARD_DO_SEND)->msg = *msg;
	}
	if (out->joined)
		guard_share_preflight(guard, actions);
	if (out->answer != CLAIMS_NO_ANSWER)
		guard_act(actions, GUARD_DO_ANSWER)->answer = out->answer;
	if (out->changed)
		note_claims(guard, was, now);
}

/* What was seen before the claim says nothing under it; of one that is
 * confirmed all are told, whatever they took for the owner's before. */
static void on_owner(struct guard *guard, enum ownership was,
		     const struct claim *had, struct guard_actions *actions)
{
	const bool had_it = was == OWN_OWNER || was == OWN_HOLDING;

	if (!had_it || !claim_equal(&guard->claims.own_claim, had))
		standing_nudge(&guard->standing, guard->now.ms);
	else if (was == OWN_HOLDING)
		guard_share_verdict(guard, NULL, actions);
}

static void on_bound(struct guard *guard, const struct guard_event *event,
		     struct guard_time now, struct guard_actions *actions)
{
	struct msg_verdict verdict = event->bound.verdict;

	standing_bind(&guard->standing, event->bound.held,
		      event->bound.held_since_s, now);
	if (event->bound.has_verdict) {
		standing_judged(&guard->standing, verdict.status,
				verdict.blame, &event->bound.due, now);
		/* One that is read again was made before the claim. */
		if (!guard->claims.resume)
			verdict.claim = guard->claims.own_claim;
		else
			standing_nudge(&guard->standing, now.ms);
		guard_share_verdict(guard, &verdict, actions);
	}
	guard->tell_due_ms = now.ms;
	guard->check_due_ms = now.ms;
}

static void on_verified(struct guard *guard, const struct verdict *verdict,
			struct guard_time now, struct guard_actions *actions)
{
	struct standing *standing = &guard->standing;
	struct decide_due due;
	struct msg_verdict shared;

	if (standing->bound && verdict) {
		if (!standing->judged || standing->status != verdict->status)
			guard_note(guard, now, "the verdict is %s",
				   verdict_status_text(verdict->status));
		due = decide_due(verdict, guard->settings.verify_interval_ms);
		standing_judged(standing, verdict->status, verdict->blame,
				&due, now);
		msg_verdict_of(verdict, &shared);
		shared.claim = standing->verify_claim;
		guard_share_verdict(guard, &shared, actions);
	}
	standing_end(standing, verdict != NULL, now.ms);
	guard_score(guard, now, actions);
	guard->tell_due_ms = now.ms;
}

static void on_turned(struct guard *guard, bool held, bool done,
		      struct guard_time now, struct guard_actions *actions)
{
	standing_turned(&guard->standing, held, done, now);
	if (!guard->standing.bound)
		return;
	guard_note(guard, now, "remote delivery %s %s",
		   done ? "is" : "could not be", held ? "held" : "released");
	if (done)
		guard_share_verdict(guard, NULL, actions);
}

static void on_settings(struct guard *guard,
			const struct guard_settings *settings,
			struct guard_time now)
{
	uint32_t self = guard->settings.self;

	guard->settings = *settings;
	guard->settings.self = self;
	guard->check_due_ms = now.ms;
	standing_nudge(&guard->standing, now.ms);
}

static void step_claims(struct guard *guard, const struct guard_event *event,
			struct guard_time now, struct claims_output *out)
{
	struct claims *claims = &guard->claims;

	switch (event->type) {
	case GUARD_VIEW:
		claims_view(claims, &event->view.id, event->view.members,
			    event->view.count, out);
		break;
	case GUARD_DISCONNECTED:
		claims_disconnected(claims, out);
		break;
	case GUARD_QUORUM:
		claims_quorum(claims, event->quorum.state,
			      &event->quorum.ring, out);
		break;
	case GUARD_MESSAGE:
		claims_message(claims, event->message.node,
			       event->message.msg, out);
		break;
	case GUARD_ASK:
		claims_ask(claims, event->ask.resume, event->ask.deadline_ms,
			   out);
		break;
	case GUARD_GIVE_UP:
		claims_release(claims, out);
		break;
	case GUARD_TICK:
		claims_tick(claims, now.ms, out);
		break;
	case GUARD_SETTINGS:
		claims_require_quorum(claims, event->settings->require_quorum,
				      out);
		break;
	case GUARD_BOUND:
		/* Granted by a guard before us, which has died since. */
		if (claims->own == OWN_NONE && !guard->settings.observe)
			claims_ask(claims, true, INT64_MAX, out);
		break;
	case GUARD_UNBOUND:
	case GUARD_VERIFY_NOW:
	case GUARD_VERIFIED:
	case GUARD_CHECKED:
	case GUARD_TURNED:
		break;
	}
}

static void step_rest(struct guard *guard, const struct guard_event *event,
		      struct guard_time now, struct guard_actions *actions)
{
	switch (event->type) {
	case GUARD_VIEW:
		standing_nudge(&guard->standing, now.ms);
		break;
	case GUARD_DISCONNECTED:
		guard_note(guard, now, "corosync cannot be reached");
		break;
	case GUARD_MESSAGE:
		guard_hear(guard, event->message.node, event->message.msg);
		if (event->message.node == guard->claims.holder.node)
			guard_compare(guard, actions);
		break;
	case GUARD_BOUND:
		on_bound(guard, event, now, actions);
		break;
	case GUARD_UNBOUND:
		standing_unbind(&guard->standing);
		guard->tell_due_ms = now.ms;
		break;
	case GUARD_VERIFY_NOW:
		standing_nudge(&guard->standing, now.ms);
		break;
	case GUARD_VERIFIED:
		on_verified(guard, event->verdict, now, actions);
		break;
	case GUARD_CHECKED:
		guard->checking = false;
		guard_checked(guard, event->preflight, now, actions);
		guard->tell_due_ms = now.ms;
		break;
	case GUARD_TURNED:
		on_turned(guard, event->turned.held, event->turned.done, now,
			  actions);
		break;
	case GUARD_SETTINGS:
		on_settings(guard, event->settings, now);
		break;
	case GUARD_QUORUM:
	case GUARD_ASK:
	case GUARD_GIVE_UP:
	case GUARD_TICK:
		break;
	}
}

/* What is due now, whatever happened. */
static void act(struct guard *guard, struct guard_time now,
		struct guard_actions *actions)
{
	const struct standing_hold hold = hold_of(guard);
	struct guard_action *action;
	enum turn_reason reason;
	bool held;

	if (standing_turn(&guard->standing, &hold, now, &held, &reason)) {
		action = guard_act(actions, GUARD_DO_TURN);
		action->turn.held = held;
		action->turn.reason = reason;
	}
	if (standing_begin(&guard->standing, &hold, &guard->claims.own_claim,
			   now.ms))
		guard_act(actions, GUARD_DO_VERIFY);
	if (!guard->checking && now.ms >= guard->check_due_ms) {
		guard->checking = true;
		/* What is bound or set meanwhile may want it sooner. */
		guard->check_due_ms = now.ms + GUARD_PREFLIGHT_MS;
		guard_act(actions, GUARD_DO_PREFLIGHT);
	}
	if (now.ms >= score_next_ms(&guard->score))
		guard_score(guard, now, actions);
	if (now.ms >= guard->tell_due_ms) {
		guard->tell_due_ms = now.ms + GUARD_TELL_MS;
		guard_act(actions, GUARD_DO_TELL);
	}
}

void guard_step(struct guard *guard, const struct guard_event *event,
		struct guard_time now, struct guard_actions *actions)
{
	const enum ownership was = guard->claims.own;
	const struct claim had = guard->claims.own_claim;
	const uint32_t holder = guard->claims.holder.node;
	struct claims_output out = { 0 };

	standing_follow_clock(&guard->standing, guard->now, now);
	guard->now = now;
	step_claims(guard, event, now, &out);
	step_rest(guard, event, now, actions);
	take(guard, &out, was, now, actions);
	if (guard->claims.own == OWN_OWNER)
		on_owner(guard, was, &had, actions);
	if (guard->claims.holder.node != holder)
		guard_compare(guard, actions);
	act(guard, now, actions);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t guard_next_ms(const struct guard *guard)
{
	const struct standing_hold hold = hold_of(guard);
	int64_t next_ms = guard->tell_due_ms;

	next_ms = least(next_ms, standing_next_ms(&guard->standing, &hold,
						  guard->now));
	if (!guard->checking)
		next_ms = least(next_ms, guard->check_due_ms);
	if (guard->claims.deadline_ms)
		next_ms = least(next_ms, guard->claims.deadline_ms);
	return least(next_ms, score_next_ms(&guard->score));
}
