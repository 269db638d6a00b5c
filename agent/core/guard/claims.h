/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/guard/claim.h"
#include "core/msg/msg.h"

/*
 * Who owns the identity, as the whole group sees it: a state machine that each
 * guard runs on the same messages in the same order (CPG_TYPE_AGREED), so that
 * all come to the same owner.
 *
 * - Whenever the membership changes, each member says hello and with it what
 *   it claims. Once all have (the view is "synced"; all members know at the
 *   same place in the order), the newest claim is the owner's, and others are
 *   lost. A claim that arrives before that, or that was sent in an earlier
 *   view, is void for all, and its sender sends it again.
 * - A claim in a synced view is newer than all before it. Who owned until then
 *   has lost at that very place, and each other member yields, whether it
 *   owned or not; only with the last yield the claimant owns. So all members
 *   have come to that place, and never two own in one view. Without the yields
 *   of those that did not own, a member that is being cut off (it is still
 *   given what it sent itself, and not what others did) would own beside them.
 * - An owner that meets others anew (they join, or the ring is another one)
 *   only holds its claim until the view is synced.
 */

enum quorum_state {
	QUORUM_STATE_UNKNOWN,	/* not told yet for this ring */
	QUORUM_STATE_YES,
	QUORUM_STATE_NO,
	QUORUM_STATE_UNUSED,	/* no quorum algorithm: never a reason to
				 * refuse */
};

enum ownership {
	OWN_NONE,
	OWN_CLAIMING,	/* asked for; not yet delivered in a synced view */
	OWN_WAITING,	/* delivered; not all others have yielded yet */
	OWN_OWNER,
	OWN_HOLDING,	/* was owner, and met others: not confirmed yet */
	OWN_LOST,	/* another node has a newer claim; until released */
};

/** A member as the group's messages show it. */
struct claims_member {
	uint32_t node;
	uint32_t pid;		/* a process that restarts is another one */
	bool greeted;		/* said hello in this view */
	bool yielded;		/* to the claimant */
	struct claim claim;	/* what it said then; node 0: none */
};

struct claims {
	/* Settings */
	uint32_t self;
	bool require_quorum;
	/* What the group looks like */
	bool connected;		/* to corosync, and joined */
	bool gone;		/* told so; neither: the first view is yet to
				 * come */
	struct view_id view;
	struct claims_member members[GUARD_NODES_MAX];
	size_t member_count;
	enum quorum_state quorum;
	struct ring_id quorum_ring;	/* for which it was told */
	/* The same at every member of a synced view */
	bool synced;
	uint32_t index;		/* of the last claim in this ring */
	struct claim holder;	/* owns, or has not yielded yet */
	struct claim claimant;	/* waits for the others' yields */
	/* Ours */
	enum ownership own;
	struct claim own_claim;	/* while OWNER, HOLDING, WAITING */
	bool resume;		/* what is CLAIMING gives way to any owner; an
				 * owner: it came by that */
	bool sent;		/* ... and was sent in this view */
	int64_t deadline_ms;	/* of what is asked for; 0: nothing is */
};

/** What became of a claim that was asked for. */
enum claims_answer {
	CLAIMS_NO_ANSWER,	/* not yet, or none was asked for */
	CLAIMS_GRANTED,
	CLAIMS_NO_CLUSTER,	/* corosync is not there */
	CLAIMS_NO_QUORUM,
	CLAIMS_OVERTAKEN,	/* another node claimed later, or (resume)
				 * had claimed already */
	CLAIMS_LATE,		/* no sync, or not all yields, within its
				 * time */
	CLAIMS_WITHDRAWN,	/* released, or asked for anew, meanwhile */
};

#define CLAIMS_SEND_MAX 4

/** What one step brought. */
struct claims_output {
	struct msg send[CLAIMS_SEND_MAX];	/* to the group, in order */
	size_t send_count;
	enum claims_answer answer;
	bool changed;		/* owner, own, view or quorum: worth telling */
	bool joined;		/* others are in this view that were not in
				 * the last */
};

void claims_init(struct claims *claims, uint32_t self, bool require_quorum);

/** The group's membership is now this. `joined` and who left are found by
 *  comparing node and pid with the members before. */
void claims_view(struct claims *claims, const struct view_id *view,
		 const struct claims_member *members, size_t count,
		 struct claims_output *out);
/** Corosync is gone: no group, no quorum. */
void claims_disconnected(struct claims *claims, struct claims_output *out);
/** The parameter is this now: what was asked for may be had without quorum. */
void claims_require_quorum(struct claims *claims, bool require_quorum,
			   struct claims_output *out);
void claims_quorum(struct claims *claims, enum quorum_state quorum,
		   const struct ring_id *ring, struct claims_output *out);
/** One of HELLO, CLAIM, YIELD and RELEASE was delivered, from `node`; others
 *  are ignored, and so is one from no member. */
void claims_message(struct claims *claims, uint32_t node,
		    const struct msg *msg, struct claims_output *out);

/**
 * Ask for the identity until `deadline_ms`; the answer comes with this or a
 * later step. `resume`: after a restart of the guard, unless anyone owns it.
 */
void claims_ask(struct claims *claims, bool resume, int64_t deadline_ms,
		struct claims_output *out);
/** Give it up, or no longer ask. */
void claims_release(struct claims *claims, struct claims_output *out);
/** Time has passed. */
void claims_tick(struct claims *claims, int64_t now_ms,
		 struct claims_output *out);

/** Is this member's hello, or its yield, what is waited for? */
bool claims_awaits(const struct claims *claims,
		   const struct claims_member *member);
/** Owner in the eyes of the group, and (where that is required) in a view with
 *  quorum: mail may leave. */
bool claims_may_send(const struct claims *claims);
const char *ownership_text(enum ownership own);
const char *quorum_state_text(enum quorum_state quorum);
/** A sentence without a final dot, for who asked. */
const char *claims_answer_text(enum claims_answer answer);
