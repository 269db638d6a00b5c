/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "sim.h"

/*
 * What must hold, whatever happens. Each counts the situations it has judged
 * (sim->judged): a run in which one has seen none is a failure.
 */

/** Before an action of the guard is carried out. */
void invariant_action(struct sim *sim, const struct node *node,
		      const struct guard_action *action);
/** The guard wants to be called next at this time. */
void invariant_next(struct sim *sim, const struct node *node,
		    const struct guard_event *event, int64_t next_ms);
/** After each step of a guard. */
void invariant_stepped(struct sim *sim, struct node *node);
/** The guard writes down what it knows. */
void invariant_told(struct sim *sim, const struct node *node);
/** Time has passed: what was due by now? */
void invariant_passed(struct sim *sim);
/** The sides have met, and were given time. */
void invariant_healed(struct sim *sim);
/** Nothing has happened for a while. */
void invariant_settled(struct sim *sim);
/** A guard that asked in a whole and calm cluster has had its time. */
void invariant_granted(struct sim *sim, const struct node *node);

/** "one_owner", say. */
const char *invariant_name(enum invariant invariant);
