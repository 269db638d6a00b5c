/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/why.h"
#include "cmd/keeper.h"
#include "core/guard/guard.h"
#include "core/params.h"
#include "core/state.h"
#include "io/child.h"
#include "io/cluster.h"
#include "io/control.h"
#include "io/guard_files.h"
#include "io/instance.h"
#include "io/preflight.h"
#include "io/verify.h"

/*
 * The guard's process: core/guard/guard.h decides, this feeds it and does what
 * it says.
 */

/** Exit statuses that the keeper knows. */
enum bindbackd_exit {
	BINDBACKD_DONE = 0,	/* told to end, or the instance is gone */
	BINDBACKD_FAILED = 1,
	BINDBACKD_AGAIN = KEEPER_AGAIN,	/* say, corosync is back */
};

struct bindbackd {
	qb_loop_t *loop;
	struct instance instance;
	struct guard_files files;
	int lock_fd;
	enum bindbackd_exit exit;

	struct params params;
	char node[NODE_NAME_MAX];	/* the cluster's name of this node */
	bool promotable;
	bool may_publish;		/* was made so while it was root */
	struct guard *guard;
	int64_t logged_event_s;
	char logged_event[192];

	/* The group; `cluster` NULL: without corosync */
	struct cluster *cluster;
	struct cluster_probe *probe;
	bool told_decode;		/* that a message made no sense */

	/* The agent */
	struct control *control;
	struct control_client *asker;	/* waits for its claim; NULL: none */

	/* The binding */
	bool bound;
	struct state record;		/* as it was then; empty for an
					 * observer */
	bool resumed;			/* ... from a guard before this one */
	struct event_memory events;	/* that were told */

	/* What is under way; NULL: nothing */
	struct verify *verify;
	struct verdict verdict;		/* the last */
	struct preflight_run *preflight;
	struct preflight_memory *memory;
	struct child *publish;
	bool publish_again;
	bool publish_failed;			/* told so */
	qb_loop_timer_handle publish_later;	/* the same once more */
	int32_t score;
	uint16_t turn_number;
	bool turn_held;
	bool turning;

	qb_loop_timer_handle tick;
	bool ticking;
	qb_loop_timer_handle chores;
};

struct guard_time bindbackd_now(void);

/** Give the guard an event, and do what it says. */
void bindbackd_feed(struct bindbackd *d, const struct guard_event *event);

/* bindbackd_act.c */
void bindbackd_act(struct bindbackd *d, struct guard_action *action);
/** Are all of the identity's addresses on this node? 0 or -errno. */
int bindbackd_addrs(const struct bindbackd *d, bool *ret_here);
/** Cancel what is under way. */
void bindbackd_act_done(struct bindbackd *d);
/** The keeper's answer to a turn. */
void bindbackd_turned(struct bindbackd *d, uint16_t number, bool done);

/* bindbackd_record.c: the agent's files */

/** Read the parameters. 0 or -errno; `d` keeps the old ones on failure. */
int bindbackd_read_params(struct bindbackd *d, struct why *why);
struct guard_settings bindbackd_settings(const struct bindbackd *d,
					 uint32_t self);
/** The mail server runs, bound: read its record and feed GUARD_BOUND. */
int bindbackd_bound(struct bindbackd *d, struct why *why);
/** Is there a record? */
bool bindbackd_has_record(const struct bindbackd *d);
/** What was told of events, for the guard after this one. */
void bindbackd_save_events(const struct bindbackd *d);

/* bindbackd_serve.c: the agent's requests, and the group's messages */
extern const struct control_handlers bindbackd_control;
extern const struct cluster_handlers bindbackd_cluster;
/** Without corosync: look again and again whether it is back. */
void bindbackd_await_cluster(struct bindbackd *d);

/* bindbackd_publish.c */

/** Is there anything to publish, by the parameters? */
bool bindbackd_publishes(const struct bindbackd *d);
/** Publish the score: as node attribute where on_unverified=attribute, and as
 *  that and the promotion score where the resource is a promotable clone. */
void bindbackd_publish(struct bindbackd *d, int32_t score);
