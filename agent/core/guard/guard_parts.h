/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guard/guard.h"
#include "core/guard/standing.h"

/* What a guard is made of, for guard*.c alone. */

/** A node as its messages show it; our own is among them. */
struct guard_peer {
	uint32_t node;
	char name[NODE_NAME_MAX];
	int64_t clock_ahead_s;
	int64_t checked_ms;		/* when its preflight came */
	struct msg_preflight *preflight;	/* NULL: none yet */
};

struct guard {
	struct guard_settings settings;
	struct claims claims;
	struct standing standing;
	struct score score;
	struct guard_peer peers[GUARD_NODES_MAX];
	size_t peer_count;
	struct msg_verdict *verdict;	/* the owner's last; NULL: none */
	bool failed_here;		/* our last one: failed, laid to us,
					 * not of our records; and no other node
					 * did better since */
	bool checking;
	int64_t check_due_ms;
	int64_t tell_due_ms;
	struct guard_time now;		/* of the last step */
	int64_t event_s;
	char event[192];
};

/** Have the state told in so many ms, if it is not told sooner. */
void guard_tell_in(struct guard *guard, int64_t ms);
/** Append an action of this type. */
struct guard_action *guard_act(struct guard_actions *actions,
			       enum guard_action_type type);
/** Note what happened, for people, and have it told. */
void guard_note(struct guard *guard, struct guard_time now, const char *fmt,
		...) __attribute__((format(printf, 3, 4)));

/** How a node is called: "node2", or "node 2" while its name is not known. */
struct node_text {
	char s[NODE_NAME_MAX];
} guard_node_text(const struct guard *guard, uint32_t node);

/** Is this node in the group now? */
bool guard_is_member(const struct guard *guard, uint32_t node);

/* guard_peers.c */

/** The entry of a node; made when there is none yet and room. */
struct guard_peer *guard_peer(struct guard *guard, uint32_t node);
const struct guard_peer *guard_peer_of(const struct guard *guard,
				       uint32_t node);
/** Take in HELLO's name and clock, VERDICT and PREFLIGHT. */
void guard_hear(struct guard *guard, uint32_t node, const struct msg *msg);
/** Hold our preflight against the owner's: the owner is another one, or tells
 *  other things. What comes of it is sent. */
void guard_compare(struct guard *guard, struct guard_actions *actions);
/** Our preflight was made: note it and send it. */
void guard_checked(struct guard *guard, const struct preflight *preflight,
		   struct guard_time now, struct guard_actions *actions);
/** Our verdict is this: note it and send it, unless it is not ours to judge
 *  any more. NULL: the one there is, with how mail is held now. */
void guard_share_verdict(struct guard *guard, const struct msg_verdict *verdict,
			 struct guard_actions *actions);
void guard_share_preflight(const struct guard *guard,
			   struct guard_actions *actions);
/** Is a member's preflight better than ours? Only where both are known and not
 *  too old. */
bool guard_is_bettered(const struct guard *guard);
/** What this node is worth now; taken in, and published when it is steady. */
void guard_score(struct guard *guard, struct guard_time now,
		 struct guard_actions *actions);
/** The verdict that we know was made under the claim that is in force. */
bool guard_is_current(const struct guard *guard);
