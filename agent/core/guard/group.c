/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static int compare_processes(const void *va, const void *vb)
{
	const struct group_process *a = va, *b = vb;

	return a->node != b->node ? (a->node > b->node) - (a->node < b->node) :
				    (a->pid > b->pid) - (a->pid < b->pid);
}

void group_init(struct group *group, const struct group_process *self)
{
	*group = (struct group){ .self = *self };
}

bool group_has(const struct group *group, const struct group_process *process)
{
	for (size_t i = 0; i < group->process_count; i++)
		if (!compare_processes(&group->processes[i], process))
			return true;
	return false;
}

int group_confchg(struct group *group, const struct group_process *processes,
		  size_t count, bool nodes_moved)
{
	if (count > GROUP_MEMBERS_MAX)
		return -E2BIG;
	group->process_count = count;
	for (size_t i = 0; i < count; i++)
		group->processes[i] = processes[i];
	qsort(group->processes, count, sizeof(group->processes[0]),
	      compare_processes);
	if (nodes_moved)
		group->unsettled = true;
	if (group_has(group, &group->self))
		group->joined = true;
	else if (group->joined)
		return -ENOTCONN;
	return 0;
}

int group_ring(struct group *group, const struct ring_id *ring,
	       const uint32_t *nodes, size_t count)
{
	if (count > GROUP_MEMBERS_MAX)
		return -E2BIG;
	group->ring = *ring;
	group->node_count = count;
	for (size_t i = 0; i < count; i++)
		group->nodes[i] = nodes[i];
	group->unsettled = false;
	return 0;
}

static bool in_ring(const struct group *group, uint32_t node)
{
	for (size_t i = 0; i < group->node_count; i++)
		if (group->nodes[i] == node)
			return true;
	return false;
}

/* Every node comes to the same, whatever its byte order. */
static uint64_t digest(const struct claims_member *members, size_t count)
{
	uint8_t bytes[GUARD_NODES_MAX * 8];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		for (int shift = 24; shift >= 0; shift -= 8)
			bytes[len++] = (uint8_t)(members[i].node >> shift);
		for (int shift = 24; shift >= 0; shift -= 8)
			bytes[len++] = (uint8_t)(members[i].pid >> shift);
	}
	return hash_fnv1a(bytes, len);
}

int group_view(struct group *group, struct view_id *ret_view,
	       struct claims_member ret_members[GUARD_NODES_MAX],
	       size_t *ret_count)
{
	struct claims_member members[GUARD_NODES_MAX];
	struct view_id view = { .ring = group->ring };
	size_t count = 0;

	if (!group->joined || group->unsettled || !group->ring.seq)
		return 0;
	for (size_t i = 0; i < group->process_count; i++) {
		const struct group_process *process = &group->processes[i];

		if (!in_ring(group, process->node))
			continue;
		if (count == GUARD_NODES_MAX)
			return -E2BIG;
		members[count++] = (struct claims_member){
			.node = process->node, .pid = process->pid };
	}
	view.digest = digest(members, count);
	if (view_equal(&view, &group->told))
		return 0;
	group->told = view;
	*ret_view = view;
	memcpy(ret_members, members, count * sizeof(members[0]));
	*ret_count = count;
	return 1;
}
