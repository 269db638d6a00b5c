/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "sim.h"

/*
 * The fake group: what corosync's totem and cpg give to a process (extended
 * virtual synchrony, Moser and others 1994; totemsrp.c, cpg.c).
 *
 * - One ring orders its messages when its token goes round; each member gets
 *   them in that order, in its own time.
 * - A lost token stops the order. Who then form a ring together have before it
 *   been given the same: all up to some place that none of them was beyond,
 *   and after that only what one of themselves has sent.
 * - What a node had not got into the order goes into the next ring's.
 * - Processes join and leave within a ring, at one place in the order.
 */

/** The guard of `node` sends. */
void group_send(struct sim *sim, struct node *node, const struct msg *msg);
/** The process of this pid joins, or is gone. */
void group_process(struct sim *sim, struct node *node, enum item_type type,
		   uint32_t pid);
/** The token of a ring is where something waits to be sent. */
void group_token(struct sim *sim, struct ring *ring);
/** The next item is given to the node's process; also see node.h. */
void group_deliver(struct sim *sim, struct node *node);

/** Corosync at `node` is gone, without a word. */
void group_crash(struct sim *sim, struct node *node);
/** Nodes, or their sides, have changed: look which rings cannot stay. */
void group_topology(struct sim *sim);
/** Who can hear each other on a side forms a ring. */
void group_reform(struct sim *sim, unsigned int side);
/** The quorum of a ring has changed, with no change of the ring. */
void group_quorum(struct sim *sim, struct ring *ring, enum quorum_state state);
/** Tell the node's process of its ring's quorum, some time soon. */
void group_notice(struct sim *sim, struct node *node);

/** All nodes whose corosync runs, on this side. */
uint32_t group_side(const struct sim *sim, unsigned int side);
bool group_is_member(const struct node *node);
