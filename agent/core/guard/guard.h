/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/guard/claims.h"
#include "core/guard/preflight.h"
#include "core/guard/score.h"
#include "core/guard/standing.h"
#include "core/guard/turn.h"
#include "core/msg/msg.h"
#include "core/params.h"
#include "core/verdict/verdict.h"

/*
 * The guard of one resource instance on one node, as a state machine: it is
 * told what happened and says what to do. It has no descriptor and no clock,
 * so that a test runs many of them on virtual time (tests/sim).
 */

#define GUARD_PREFLIGHT_MS 60000
#define GUARD_TELL_MS 30000		/* the state's file is renewed at least
					 * so often */
#define GUARD_TELL_SOON_MS 500		/* what nodes say of themselves waits so
					 * long, as all of them do at once */

struct guard_settings {
	uint32_t self;			/* node id */
	char name[NODE_NAME_MAX];
	struct identity identity;	/* for spreading verifications */
	bool observe;			/* mode=observe: claims nothing, turns
					 * nothing */
	bool require_quorum;
	bool hold;
	int64_t hold_max_ms;
	int64_t verify_interval_ms;
	int32_t score_max;
};

enum guard_event_type {
	GUARD_VIEW,		/* the group has another membership */
	GUARD_DISCONNECTED,	/* corosync is gone, or was never there */
	GUARD_QUORUM,
	GUARD_MESSAGE,
	GUARD_ASK,		/* the agent wants to bind */
	GUARD_GIVE_UP,		/* the agent has unbound */
	GUARD_BOUND,		/* the mail server runs, bound; how mail is */
	GUARD_UNBOUND,		/* it does not run any more */
	GUARD_VERIFY_NOW,	/* somebody asks for it; or deliveries came */
	GUARD_VERIFIED,		/* what GUARD_DO_VERIFY brought */
	GUARD_CHECKED,		/* what GUARD_DO_PREFLIGHT brought */
	GUARD_TURNED,		/* what GUARD_DO_TURN brought */
	GUARD_SETTINGS,		/* the parameters are these now */
	GUARD_TICK,		/* guard_next_ms has come */
};

struct guard_event {
	enum guard_event_type type;
	union {
		struct {
			struct view_id id;
			const struct claims_member *members;
			size_t count;
		} view;
		struct {
			enum quorum_state state;
			struct ring_id ring;
		} quorum;
		struct {
			uint32_t node;
			const struct msg *msg;
		} message;
		struct {
			bool resume;
			int64_t deadline_ms;
		} ask;
		struct {
			bool held;
			int64_t held_since_s;
			bool has_verdict;	/* ... of the start: */
			struct msg_verdict verdict;
			struct decide_due due;
		} bound;
		const struct verdict *verdict;	/* NULL: it could not be made */
		const struct preflight *preflight;
		struct {
			bool held;	/* what was asked for */
			bool done;
		} turned;
		const struct guard_settings *settings;
	};
};

enum guard_action_type {
	GUARD_DO_SEND,		/* `msg` to the group; owned by the action */
	GUARD_DO_ANSWER,	/* to who asked for the claim */
	GUARD_DO_VERIFY,	/* begin one; GUARD_VERIFIED ends it */
	GUARD_DO_PREFLIGHT,	/* begin one; GUARD_CHECKED ends it */
	GUARD_DO_TURN,		/* hold or release; GUARD_TURNED ends it */
	GUARD_DO_TELL,		/* the state has changed: write its file */
	GUARD_DO_SCORE,		/* publish */
};

struct guard_action {
	enum guard_action_type type;
	union {
		struct msg msg;
		enum claims_answer answer;
		struct {
			bool held;
			enum turn_reason reason;
		} turn;
		int32_t score;
	};
};

struct guard_actions {
	struct guard_action *items;
	size_t count;
};

struct guard;

struct guard *guard_new(const struct guard_settings *settings,
			struct guard_time now);
void guard_free(struct guard *guard);

/** Appends to `actions`; the caller empties it (guard_actions_done). */
void guard_step(struct guard *guard, const struct guard_event *event,
		struct guard_time now, struct guard_actions *actions);
/** When GUARD_TICK is due, in guard_time.ms; at most GUARD_TELL_MS ahead. */
int64_t guard_next_ms(const struct guard *guard);
void guard_actions_done(struct guard_actions *actions);

/** The claims, for the simulation's invariants. */
const struct claims *guard_claims(const struct guard *guard);

/** An answer as who asked is told it: claims_answer_text, and which nodes do
 *  not answer. */
struct guard_answer {
	char s[256];
} guard_answer_text(const struct guard *guard, enum claims_answer answer);

struct guard_view;
/** What it tells others on this node; guard_view_done by the caller. */
void guard_tell(const struct guard *guard, struct guard_time now,
		struct guard_view *ret);
