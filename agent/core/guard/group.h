/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/guard/claims.h"

/*
 * Makes views of what libcpg tells. A change of the ring reaches a member of a
 * group as confchg (nodes down, nodes up; older corosync tells of each process
 * apart), and only then, as the last, as totem_confchg with the new ring. So
 * nodes that come or go make a view only with that, at the same place in the
 * order of messages everywhere; processes that join or leave within a ring make
 * one at once. The first join tells of the members, then of the ring
 * (CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF). A group may keep members of a node
 * that is not in the ring any more (corosync, pull request 828): they are not
 * counted.
 */

#define GROUP_MEMBERS_MAX 128	/* CPG_MEMBERS_MAX: of the group, and nodes */

struct group_process {
	uint32_t node;
	uint32_t pid;
};

struct group {
	struct group_process self;
	struct group_process processes[GROUP_MEMBERS_MAX];
	size_t process_count;
	bool joined;		/* was among them */
	bool unsettled;		/* nodes came or went: the ring follows */
	struct ring_id ring;	/* seq 0: not known */
	uint32_t nodes[GROUP_MEMBERS_MAX];
	size_t node_count;
	struct view_id told;	/* the last view */
};

void group_init(struct group *group, const struct group_process *self);

/**
 * The group's processes are now these, in any order; `nodes_moved`: because a
 * node came or went. 0; -E2BIG: more than GROUP_MEMBERS_MAX; -ENOTCONN: this
 * process was among them and is not any more.
 */
int group_confchg(struct group *group, const struct group_process *processes,
		  size_t count, bool nodes_moved);
/** The ring is now this, of these nodes. 0 or -E2BIG. */
int group_ring(struct group *group, const struct ring_id *ring,
	       const uint32_t *nodes, size_t count);

bool group_has(const struct group *group, const struct group_process *process);

/**
 * Is there a view that was not told yet? 1, with its members, sorted, of whom
 * there are at most GUARD_NODES_MAX; 0: no, or not yet; -E2BIG: more.
 */
int group_view(struct group *group, struct view_id *ret_view,
	       struct claims_member ret_members[GUARD_NODES_MAX],
	       size_t *ret_count);
