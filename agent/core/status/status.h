/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/guard/guard_view.h"
#include "core/state.h"

/*
 * One resource instance as `bindback status` shows it, on a node where it is
 * bound, or where only its guard runs, or where nothing of it is.
 */

#define STATUS_GUARD_STALE_S 90	/* a guard that lives writes every 30 s */

enum status_guard {
	STATUS_GUARD_NONE,	/* there is none here */
	STATUS_GUARD_RUNS,
	STATUS_GUARD_GONE,	/* it left its files; nobody has its lock */
	STATUS_GUARD_UNKNOWN,	/* whether it runs, or what it wrote, cannot be
				 * read */
};

struct status {
	const char *id;			/* the resource's */
	int64_t now_s;			/* seconds since the epoch */
	/* What the agent wrote down; NULL: it is not bound here, or, with
	 * state_why, that cannot be read. */
	const struct state *state;
	const char *state_why;
	bool running;			/* its mail system's process lives */
	enum status_guard guard;
	int64_t guard_pid;
	const char *version;		/* of who shows it; NULL: that of the
					 * guard is not compared */
	const struct guard_view *view;	/* what it wrote last, or NULL */
	const char *guard_why;		/* of UNKNOWN, and perhaps of GONE */
};

/** The guard lives, and what it wrote is new enough to be so now. */
bool status_guard_tells(const struct status *status);
/** ... and it knows who owns the identity in the whole cluster. */
bool status_owner_known(const struct status *status);

/** Is the guard that runs of another version than who shows it? */
bool status_guard_differs(const struct status *status);

/** By our clock, a time that this node took from its own; 0 stays 0. */
int64_t status_our_time(const struct guard_view *view, uint32_t node,
			int64_t time_s);

/** Whose verdict is shown; `time_s` 0: there is none. */
struct status_verdict {
	enum verdict_status status;
	enum blame blame;
	int64_t time_s;			/* by our clock */
	int64_t interval_ms;		/* wanted is one so often; 0: unknown */
	bool current;			/* made since the owner last changed */
	bool old;			/* too old for its interval */
	const char *summary;		/* the reason that decided, or NULL */
	size_t more;			/* other reasons */
	const struct msg_verdict *guards;	/* status.view's, if it is
						 * that; else NULL */
};

/** The owner's, as the guard has it; without one the record's. */
void status_verdict_of(const struct status *status,
		       struct status_verdict *ret);

/**
 * What the instance is worth now: the owner's last verdict. Failed when the
 * mail system is gone, or another node has taken the identity from this one
 * while it is bound. Unknown without a verdict, with one that is too old or
 * older than the last change of owner, when nobody owns the identity, and when
 * the guard that should tell does not.
 */
enum verdict_status status_judge(const struct status *status);
/** The same, and why it is not what the verdict says: a phrase, or NULL. */
enum verdict_status status_judge_why(const struct status *status,
				     const char **ret_phrase);

/** All that one call shows. */
struct status_list {
	const struct status *items;
	size_t count;
	int64_t now_s;
};

/** The worst of them; unknown when there is none. */
enum verdict_status status_judge_all(const struct status_list *list);

/** Failed outweighs unknown, and unknown degraded. */
enum verdict_status status_worse(enum verdict_status a,
				 enum verdict_status b);
