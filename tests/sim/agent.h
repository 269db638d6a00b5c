/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "sim.h"

/*
 * The agent as its guard meets it, and Pacemaker behind it: it asks, binds,
 * unbinds, gives up, is killed midway, and stops a service whose monitor says
 * that the claim is lost.
 */

/** Time for the agent to do something. */
void agent_act(struct sim *sim, struct node *node);
/** The guard has answered its claim. */
void agent_answered(struct sim *sim, struct node *node,
		    enum claims_answer answer);
/** The guard is gone, and with it the open request. */
void agent_hung_up(struct sim *sim, struct node *node);
/** Ask for the identity until so much time has passed. */
void agent_ask(struct sim *sim, struct node *node, int64_t timeout_ms);
/** Unbind and give the claim up. */
void agent_stop(struct sim *sim, struct node *node);
