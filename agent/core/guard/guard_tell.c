/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/guard/guard_parts.h"
#include "core/guard/guard_view.h"

/* Its items are many, and mostly not there. */
static void copy_preflight(const struct preflight *from, struct preflight *to)
{
	to->time_s = from->time_s;
	to->settings_digest = from->settings_digest;
	to->count = from->count;
	memcpy(to->items, from->items, from->count * sizeof(*from->items));
}

static void tell_node(const struct guard *guard,
		      const struct guard_peer *peer,
		      struct guard_view_node *ret)
{
	static const struct preflight none;
	const bool self = peer->node == guard->settings.self;

	ret->node = peer->node;
	strcpy(ret->name, peer->name);
	ret->member = self || guard_is_member(guard, peer->node);
	ret->clock_ahead_s = peer->clock_ahead_s;
	ret->score = self ? guard->score.published :
		     peer->preflight ? peer->preflight->score : 0;
	copy_preflight(peer->preflight ? &peer->preflight->preflight : &none,
		       &ret->preflight);
}

/* Nodes are told in the order of their ids. */
static void tell_nodes(const struct guard *guard, struct guard_view *ret)
{
	ret->node_count = guard->peer_count;
	for (size_t i = 0; i < guard->peer_count; i++) {
		size_t place = 0;

		for (size_t j = 0; j < guard->peer_count; j++)
			place += guard->peers[j].node < guard->peers[i].node;
		tell_node(guard, &guard->peers[i], &ret->nodes[place]);
	}
}

static void tell_claims(const struct claims *claims, struct guard_view *ret)
{
	ret->connected = claims->connected;
	ret->quorum = claims->quorum;
	ret->view = claims->view;
	ret->synced = claims->synced;
	ret->own = claims->own;
	ret->may_send = claims_may_send(claims);
	ret->owner = claims->holder;
}

struct guard_answer guard_answer_text(const struct guard *guard,
				      enum claims_answer answer)
{
	const struct claims *claims = &guard->claims;
	struct guard_answer text;
	const char *before = ": ";

	(void)snprintf(text.s, sizeof(text.s), "%s",
		       claims_answer_text(answer));
	for (size_t i = 0; answer == CLAIMS_LATE && i < claims->member_count;
	     i++) {
		const struct claims_member *member = &claims->members[i];
		size_t len = strlen(text.s);

		if (!claims_awaits(claims, member))
			continue;
		(void)snprintf(text.s + len, sizeof(text.s) - len, "%s%s",
			       before, guard_node_text(guard, member->node).s);
		before = ", ";
	}
	return text;
}

void guard_tell(const struct guard *guard, struct guard_time now,
		struct guard_view *ret)
{
	const struct standing *standing = &guard->standing;

	/* Of the nodes, a megabyte, only those that there are. */
	memset(ret, 0, offsetof(struct guard_view, nodes));
	ret->self = guard->settings.self;
	ret->time_s = now.wall_s;
	ret->identity = guard->settings.identity;
	ret->verify_interval_ms = guard->settings.verify_interval_ms;
	ret->observe = guard->settings.observe;
	tell_claims(&guard->claims, ret);
	ret->bound = standing->bound;
	ret->held = standing->held;
	ret->held_since_s = standing->held_since_s;
	ret->due_s = standing->bound ? standing->due_s : 0;
	ret->better = guard_is_bettered(guard);
	ret->current = guard_is_current(guard);
	if (guard->verdict)
		ret->verdict = *guard->verdict;
	ret->event_s = guard->event_s;
	strcpy(ret->event, guard->event);
	tell_nodes(guard, ret);
}
