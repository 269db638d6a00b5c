/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/guard/guard_parts.h"
#include "core/guard/preflight_compare.h"

#define PREFLIGHT_OLD_MS (3 * (int64_t)GUARD_PREFLIGHT_MS)

const struct guard_peer *guard_peer_of(const struct guard *guard,
				       uint32_t node)
{
	for (size_t i = 0; i < guard->peer_count; i++)
		if (guard->peers[i].node == node)
			return &guard->peers[i];
	return NULL;
}

bool guard_is_member(const struct guard *guard, uint32_t node)
{
	const struct claims *claims = &guard->claims;

	for (size_t i = 0; i < claims->member_count; i++)
		if (claims->members[i].node == node)
			return true;
	return false;
}

/* Nodes that were taken out of the cluster for good make room. */
static struct guard_peer *room(struct guard *guard)
{
	if (guard->peer_count < GUARD_NODES_MAX)
		return &guard->peers[guard->peer_count++];
	for (size_t i = 0; i < guard->peer_count; i++)
		if (!guard_is_member(guard, guard->peers[i].node))
			return &guard->peers[i];
	abort();	/* no more than GUARD_NODES_MAX are members */
}

struct guard_peer *guard_peer(struct guard *guard, uint32_t node)
{
	struct guard_peer *peer;

	for (size_t i = 0; i < guard->peer_count; i++)
		if (guard->peers[i].node == node)
			return &guard->peers[i];
	peer = room(guard);
	free(peer->preflight);
	*peer = (struct guard_peer){ .node = node };
	return peer;
}

bool guard_is_current(const struct guard *guard)
{
	/* Observers judge without a claim; elsewhere nobody's is none. */
	return guard->verdict &&
	       (guard->claims.holder.node || guard->settings.observe) &&
	       claim_equal(&guard->verdict->claim, &guard->claims.holder);
}

static void keep_verdict(struct guard *guard,
			 const struct msg_verdict *verdict)
{
	const bool is_ours = verdict->status == VERDICT_FAILED &&
			     verdict->blame == BLAME_OURS;

	if (verdict->claim.node == guard->settings.self)
		guard->failed_here = is_ours && !verdict->of_records;
	else if (!is_ours)
		guard->failed_here = false;
	if (!guard->verdict)
		guard->verdict = xmalloc(sizeof(*guard->verdict));
	*guard->verdict = *verdict;
}

/* A former owner's word that was on its way says nothing any more. */
static void hear_verdict(struct guard *guard, uint32_t node,
			 const struct msg_verdict *verdict)
{
	if (verdict->claim.node && verdict->claim.node != node)
		return;
	if (guard_is_current(guard) &&
	    !claim_equal(&verdict->claim, &guard->claims.holder))
		return;
	keep_verdict(guard, verdict);
	guard_tell_in(guard, 0);
}

static void hear_hello(struct guard *guard, struct guard_peer *peer,
		       const struct msg_hello *hello)
{
	const int64_t ahead_s = peer->node == guard->settings.self ? 0 :
				hello->time_s - guard->now.wall_s;

	if (ahead_s != peer->clock_ahead_s || strcmp(peer->name, hello->name))
		guard_tell_in(guard, GUARD_TELL_SOON_MS);
	strcpy(peer->name, hello->name);
	peer->clock_ahead_s = ahead_s;
}

/* Mostly each minute's is as the last was: then only its age is another, and
 * that is told soon enough. */
static void hear_preflight(struct guard *guard, struct guard_peer *peer,
			   const struct msg_preflight *heard)
{
	struct msg_preflight *kept = peer->preflight;

	if (!kept || kept->score != heard->score ||
	    !preflight_equal(&kept->preflight, &heard->preflight))
		guard_tell_in(guard, GUARD_TELL_SOON_MS);
	if (!kept)
		kept = peer->preflight = xmalloc(sizeof(*kept));
	*kept = *heard;
	peer->checked_ms = guard->now.ms;
}

void guard_hear(struct guard *guard, uint32_t node, const struct msg *msg)
{
	struct guard_peer *peer;

	if (!guard_is_member(guard, node))
		return;
	peer = guard_peer(guard, node);
	switch (msg->type) {
	case MSG_HELLO:
		hear_hello(guard, peer, &msg->hello);
		break;
	case MSG_VERDICT:
		if (node != guard->settings.self)
			hear_verdict(guard, node, msg->verdict);
		break;
	case MSG_PREFLIGHT:
		if (node != guard->settings.self)
			hear_preflight(guard, peer, msg->preflight);
		break;
	case MSG_CLAIM:
	case MSG_YIELD:
	case MSG_RELEASE:
		break;
	}
}

void guard_share_verdict(struct guard *guard,
			 const struct msg_verdict *verdict,
			 struct guard_actions *actions)
{
	const enum ownership own = guard->claims.own;
	struct guard_action *action;

	if (own != OWN_OWNER && own != OWN_HOLDING &&
	    !guard->settings.observe)
		return;
	if (verdict)
		keep_verdict(guard, verdict);
	if (!guard->verdict)
		return;
	guard->verdict->held = guard->standing.held;
	if (!guard->claims.connected)
		return;
	action = guard_act(actions, GUARD_DO_SEND);
	action->msg.type = MSG_VERDICT;
	action->msg.view = guard->claims.view;
	action->msg.verdict = xmalloc(sizeof(*action->msg.verdict));
	*action->msg.verdict = *guard->verdict;
}

void guard_share_preflight(const struct guard *guard,
			   struct guard_actions *actions)
{
	const struct guard_peer *own =
		guard_peer_of(guard, guard->settings.self);
	struct guard_action *action;

	if (!own || !own->preflight || !guard->claims.connected)
		return;
	action = guard_act(actions, GUARD_DO_SEND);
	action->msg.type = MSG_PREFLIGHT;
	action->msg.view = guard->claims.view;
	action->msg.preflight = xmalloc(sizeof(*action->msg.preflight));
	*action->msg.preflight = *own->preflight;
	action->msg.preflight->score = guard->score.published;
}

/* The owner's node is the one to be like. */
static void compare_with_owner(const struct guard *guard,
			       struct preflight *preflight)
{
	const struct guard_peer *owner =
		guard_peer_of(guard, guard->claims.holder.node);
	struct node_text name;

	if (!owner || owner->node == guard->settings.self) {
		preflight_alone(preflight);
		return;
	}
	name = guard_node_text(guard, owner->node);
	preflight_compare(preflight, &(struct preflight_pair){
		.node = guard->settings.name,
		.owner = name.s,
		.owned = owner->preflight ? &owner->preflight->preflight :
					    NULL,
		.has_clock = *owner->name != '\0',
		.ahead_s = -owner->clock_ahead_s,
	});
}

void guard_checked(struct guard *guard, const struct preflight *preflight,
		   struct guard_time now, struct guard_actions *actions)
{
	struct guard_peer *own = guard_peer(guard, guard->settings.self);

	if (!own->preflight)
		own->preflight = xmalloc(sizeof(*own->preflight));
	own->preflight->preflight = *preflight;
	own->checked_ms = now.ms;
	compare_with_owner(guard, &own->preflight->preflight);
	guard_score(guard, now, actions);
	guard_share_preflight(guard, actions);
}

void guard_compare(struct guard *guard, struct guard_actions *actions)
{
	struct guard_peer *own = guard_peer(guard, guard->settings.self);
	struct preflight was;

	if (!own->preflight)
		return;
	was = own->preflight->preflight;
	compare_with_owner(guard, &own->preflight->preflight);
	if (preflight_equal(&was, &own->preflight->preflight))
		return;
	guard_score(guard, guard->now, actions);
	guard_tell_in(guard, 0);
	/* Mostly there is a next one at once, and then all is said anew. */
	if (guard->claims.holder.node)
		guard_share_preflight(guard, actions);
}

static bool known(const struct guard *guard, const struct guard_peer *peer)
{
	return peer && peer->preflight &&
	       guard->now.ms - peer->checked_ms < PREFLIGHT_OLD_MS;
}

static int rank(const struct guard_peer *peer)
{
	static const int ranks[] = {
		[VERDICT_VERIFIED] = 0,
		[VERDICT_DEGRADED] = 1,
		[VERDICT_UNKNOWN] = 2,
		[VERDICT_FAILED] = 3,
	};

	return ranks[preflight_judge(&peer->preflight->preflight)];
}

bool guard_is_bettered(const struct guard *guard)
{
	const struct guard_peer *own =
		guard_peer_of(guard, guard->settings.self);
	const int good = 1;

	if (!known(guard, own))
		return false;
	for (size_t i = 0; i < guard->peer_count; i++) {
		const struct guard_peer *peer = &guard->peers[i];

		if (peer != own && known(guard, peer) &&
		    guard_is_member(guard, peer->node) &&
		    rank(peer) <= good && rank(peer) < rank(own))
			return true;
	}
	return false;
}

/* Our records are what they are on every node. */
static bool fails_everywhere(const struct guard *guard)
{
	return guard_is_current(guard) && guard->verdict->of_records;
}

void guard_score(struct guard *guard, struct guard_time now,
		 struct guard_actions *actions)
{
	const struct guard_peer *own =
		guard_peer_of(guard, guard->settings.self);
	const struct standing *standing = &guard->standing;
	const int32_t max = guard->settings.score_max;
	int32_t value;

	if (!own || !own->preflight)
		return;
	if (standing->bound)
		value = score_of(&own->preflight->preflight,
				 standing->judged && !fails_everywhere(guard),
				 standing->status, standing->blame, max);
	else
		value = score_of(&own->preflight->preflight,
				 guard->failed_here, VERDICT_FAILED,
				 BLAME_OURS, max);
	if (score_take(&guard->score, value, max, now.ms))
		guard_act(actions, GUARD_DO_SCORE)->score =
			guard->score.published;
}
