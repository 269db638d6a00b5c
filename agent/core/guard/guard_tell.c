/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/guard/guard_parts.h"
#include "core/guard/guard_view.h"

static void tell_node(const struct guard *guard,
		      const struct guard_peer *peer,
		      struct guard_view_node *ret)
{
	ret->node = peer->node;
	strcpy(ret->name, peer->name);
	ret->member = guard_is_member(guard, peer->node) ||
		      peer->node == guard->settings.self;
	ret->clock_ahead_s = peer->clock_ahead_s;
	if (!peer->preflight)
		return;
	ret->score = peer->node == guard->settings.self ?
			     guard->score.published : peer->preflight->score;
	ret->preflight = peer->preflight->preflight;
}

static int by_node(const void *a, const void *b)
{
	const struct guard_view_node *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

void guard_tell(const struct guard *guard, struct guard_time now,
		struct guard_view *ret)
{
	const struct claims *claims = &guard->claims;
	const struct standing *standing = &guard->standing;

	*ret = (struct guard_view){
		.self = guard->settings.self,
		.time_s = now.wall_s,
		.identity = guard->settings.identity,
		.verify_interval_ms = guard->settings.verify_interval_ms,
		.observe = guard->settings.observe,
		.connected = claims->connected,
		.quorum = claims->quorum,
		.view = claims->view,
		.synced = claims->synced,
		.own = claims->own,
		.may_send = claims_may_send(claims),
		.owner = claims->holder,
		.bound = standing->bound,
		.held = standing->held,
		.held_since_s = standing->held_since_s,
		.due_s = standing->bound ? standing->due_s : 0,
		.better = guard_is_bettered(guard),
		.current = guard_is_current(guard),
		.event_s = guard->event_s,
		.node_count = guard->peer_count,
	};
	strcpy(ret->event, guard->event);
	if (guard->verdict)
		ret->verdict = *guard->verdict;
	for (size_t i = 0; i < guard->peer_count; i++)
		tell_node(guard, &guard->peers[i], &ret->nodes[i]);
	qsort(ret->nodes, ret->node_count, sizeof(ret->nodes[0]), by_node);
}
