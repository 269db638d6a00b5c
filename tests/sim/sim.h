/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/guard/guard.h"
#include "core/guard/guard_view.h"
#include "rng.h"

/*
 * A cluster in one process, on virtual time: guards (the product's own), and
 * around each what is the world to it. All memory of a schedule is in struct
 * sim, which is used again for the next.
 */

#define SIM_NODES_MAX 7
#define SIM_RINGS_MAX 1024
#define SIM_NEVER INT64_MAX
#define SIM_WALL_S 1790000000
#define SIM_PLACES 16384	/* remembered of the total order; power of 2 */
#define SIM_RESULTS_MAX 4096

enum item_type {
	ITEM_MESSAGE,
	ITEM_JOIN,		/* of a process, within a ring */
	ITEM_LEAVE,
	ITEM_VIEW,		/* a ring has formed */
};

/** What a member of the group is given, one after the other. */
struct item {
	enum item_type type;
	uint32_t serial;
	uint32_t node;		/* of the sender */
	uint32_t pid;
	uint32_t len;		/* of a message's frame */
	struct ring_id ring;	/* of a view, as is: */
	uint32_t pids[SIM_NODES_MAX + 1];	/* each node's process, or 0 */
	uint8_t frame[];
};

struct queue {
	const struct item **items;
	size_t first;
	size_t count;
	size_t cap;
};

/** One ring of totem: who is in it, and the order of its messages. */
struct ring {
	struct ring_id id;
	uint32_t mask;		/* of its nodes, bit n for node n */
	bool broken;		/* the token is lost: nothing is ordered */
	enum quorum_state quorum;
	struct queue log;
	int64_t at_token_ms;
};

enum quorum_mode {
	MODE_MAJORITY,
	MODE_TWO_NODE,		/* both halves of two nodes are quorate */
	MODE_FREE,		/* no quorum algorithm */
};

struct notice {
	int64_t at_ms;
	enum quorum_state state;
	struct ring_id ring;
};

#define SIM_NOTICES_MAX 32

enum agent_state {
	AGENT_IDLE,
	AGENT_ASKING,
	AGENT_BINDING,		/* granted, and not bound yet */
	AGENT_BOUND,
	AGENT_KILLED,		/* between grant and bound */
};

/** What can come to a node by itself, and when. */
enum alarm {
	AT_TICK,
	AT_DELIVER,
	AT_NOTICE,
	AT_AGENT,
	AT_VERIFIED,
	AT_CHECKED,
	AT_TURNED,
	AT_GUARD,		/* the keeper starts it */
	AT_COROSYNC,		/* it starts */
	ALARMS,
};

struct node {
	uint32_t id;
	/* Corosync */
	bool corosync;
	unsigned int side;	/* of a partition */
	struct ring *ring;
	uint64_t ring_seq;	/* it is written down, and never goes back */
	size_t pos;		/* in the ring's log: what comes next */
	size_t received;	/* of the log, when the ring broke */
	struct queue pending;	/* sent, and not in the order yet */
	struct queue inbox;	/* of earlier rings; before the ring's log */
	uint32_t group_pid;	/* in the group, as the order says at its end */
	struct notice notices[SIM_NOTICES_MAX];
	size_t notice_count;
	/* The group, as of what the guard was given */
	struct ring_id view_ring;
	uint32_t pids[SIM_NODES_MAX + 1];
	uint64_t order;		/* hash of what was delivered in this view */
	/* The guard's process; NULL: it does not run */
	struct guard *guard;
	uint32_t pid;
	bool joining;		/* or joined */
	bool was_told;		/* quorum: by the last notice, for: */
	struct notice told;
	int64_t stalled_until_ms;
	struct guard_settings settings;
	int64_t wall_ahead_s;
	/* What it has under way */
	bool verifying;
	struct claim verify_claim;	/* held when that began */
	int64_t verify_began_ms;
	bool checking;
	bool turning;
	bool turn_held;
	unsigned int turn_failures;	/* in a row */
	int64_t no_turns_until_ms;	/* all fail until then */
	/* The agent, the mail server, and what is written down of it */
	enum agent_state agent;
	bool ask_open;
	int64_t ask_deadline_ms;
	bool bound;
	bool held;
	int64_t held_since_s;
	struct msg_verdict verdict;	/* the last; time_s 0: none */
	struct decide_due verdict_due;	/* the next, going by it */
	/* For the invariants */
	int64_t unsafe_since_ms;	/* bound, not held, and may not send */
	enum ownership own;		/* at the last step */
	bool resuming;		/* asks, and the agent does not */
	struct claim healed;	/* what it owned when the network healed */
	int64_t at[ALARMS];
};

/** What a verification or a preflight brought, by its number. */
struct result {
	uint32_t node;
	enum verdict_status status;
	struct claim claim;	/* held when it began */
	int64_t began_ms;
};

/** How the members saw one place of the total order. */
struct place {
	uint32_t generation;
	uint64_t key;
	uint32_t node;
	bool synced;
	uint32_t index;
	struct claim holder;
	struct claim claimant;
};

/** The invariants, in the order of their table (invariants.c). */
enum invariant {
	INV_ONE_OWNER,
	INV_HOLDER_AGREED,
	INV_ASK_ANSWERED,
	INV_GRANT_OWNS,
	INV_GRANTED_WHEN_CALM,
	INV_ONE_AFTER_HEAL,
	INV_LOST_AFTER_HEAL,
	INV_NEWEST_KEPT,
	INV_RESUME_YIELDS,
	INV_CURRENT,
	INV_VERDICT_SHARED,
	INV_FAILED_OBSERVED,
	INV_LOST_HOLDS,
	INV_RELEASE_ALLOWED,
	INV_HOLD_CONVERGES,
	INV_QUORUM_TOLD,
	INV_OBSERVER_QUIET,
	INV_ONE_AT_A_TIME,
	INV_NO_SPIN,
	INVARIANTS,
};

/** What schedules had in them. */
enum tally {
	TALLY_SCHEDULES,
	TALLY_STEPS,
	TALLY_OBSERVED,
	TALLY_PARTITIONS,
	TALLY_MERGES,
	TALLY_MESSAGES,
	TALLY_SKIPPED,		/* messages that a survivor never gets */
	TALLY_LATE_MESSAGES,	/* delivered in a later ring than sent in */
	TALLY_BEFORE_VIEW,	/* delivered in a ring that is not told yet */
	TALLY_NODES_CRASHED,
	TALLY_COROSYNC_CRASHED,
	TALLY_GUARDS_KILLED,
	TALLY_STALLS,
	TALLY_STAMPEDES,
	TALLY_QUORUM_LOST,
	TALLY_CLOCK_JUMPS,
	TALLY_ASKS,
	TALLY_RESUMES,
	TALLY_GRANTS,
	TALLY_REFUSALS,
	TALLY_LOST,
	TALLY_GIVEN_UP,
	TALLY_VERIFICATIONS,
	TALLY_TURNS,
	TALLY_TURNS_FAILED,
	TALLY_KEEPERS_BROKEN,
	TALLIES,
};

struct sim {
	/* Of the run */
	bool verbose;
	uint64_t judged[INVARIANTS];
	uint64_t tally[TALLIES];
	/* Of the schedule */
	uint64_t seed;
	struct rng rng;
	int64_t now_ms;
	bool calm;		/* no more faults: everything heals */
	uint32_t node_count;
	struct node nodes[SIM_NODES_MAX + 1];	/* from 1 */
	struct ring rings[SIM_RINGS_MAX];
	size_t ring_count;
	int64_t at_reform_ms[SIM_NODES_MAX + 1];	/* of each side */
	int64_t at_fault_ms;
	int64_t fault_gap_ms;
	enum quorum_mode mode;
	bool observe;		/* all only look on */
	bool loose_views;	/* members change before the ring's id */
	uint32_t lag_ms;
	uint32_t stall_percent;
	uint32_t good_percent;	/* of verifications */
	uint32_t serial;
	uint32_t next_pid;
	uint32_t result_count;
	struct result results[SIM_RESULTS_MAX];
	uint32_t generation;
	struct place places[SIM_PLACES];
	uint8_t *arena;
	size_t arena_used;
	bool failed;
	char failure[512];
	struct guard_view told;	/* large */
};

static inline uint32_t node_bit(uint32_t node)
{
	return 1U << node;
}

static inline bool has_node(uint32_t mask, uint32_t node)
{
	return mask & node_bit(node);
}

static inline struct guard_time node_time(const struct sim *sim,
					  const struct node *node)
{
	return (struct guard_time){
		.ms = sim->now_ms,
		.wall_s = SIM_WALL_S + sim->now_ms / 1000 + node->wall_ahead_s,
	};
}

/** A line of the story; node NULL: of the cluster. */
void sim_tell(const struct sim *sim, const struct node *node, const char *fmt,
	      ...) __attribute__((format(printf, 3, 4)));
/** An invariant does not hold: the schedule ends. */
void sim_fail(struct sim *sim, enum invariant invariant,
	      const struct node *node, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/** From the schedule's own memory; zeroed. */
void *sim_alloc(struct sim *sim, size_t size);
/** A count of the run. */
void sim_count(struct sim *sim, enum tally tally);

const char *tally_text(enum tally tally);

struct sim *sim_new(void);
void sim_free(struct sim *sim);
/** Run the schedule of a seed. False: `failure` says what did not hold. */
bool sim_run(struct sim *sim, uint64_t seed);
