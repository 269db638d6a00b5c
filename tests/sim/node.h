/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "sim.h"

/*
 * One node: what is around its guard. Verifications, preflights and turns that
 * take their time and may fail; the keeper that starts the guard again; the
 * agent, that Pacemaker or somebody else calls; the mail server's record.
 */

void node_view(struct sim *sim, struct node *node);
void node_message(struct sim *sim, struct node *node, const struct item *item);
/** An alarm of the node rings. */
void node_alarm(struct sim *sim, struct node *node, enum alarm alarm);

/** kill -9 of the guard. Its keeper starts it again. */
void node_kill_guard(struct sim *sim, struct node *node);
/** The machine is switched off; it comes back. */
void node_crash(struct sim *sim, struct node *node);
/** Corosync is killed; it comes back, and the guard with it. */
void node_kill_corosync(struct sim *sim, struct node *node);
/** The guard is stopped for a while (SIGSTOP, a host that is paused). */
void node_stall(struct sim *sim, struct node *node, int64_t ms);
void node_start_guard(struct sim *sim, struct node *node);
/** Other parameters, such as a reload brings. */
void node_settings(struct sim *sim, struct node *node);

/** The guard is told to read the record of what is bound. */
void node_tell_bound(struct sim *sim, struct node *node);

/** One step of the guard, and what comes of it. */
void node_step(struct sim *sim, struct node *node,
	       const struct guard_event *event);
