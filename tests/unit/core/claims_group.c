/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claims_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

void take(struct group *group, uint32_t node,
	  const struct claims_output *out)
{
	for (size_t i = 0; i < out->send_count; i++) {
		assert_true(group->count < ARRAY_SIZE(group->order));
		group->order[group->count].node = node;
		group->order[group->count++].msg = out->send[i];
	}
	if (out->answer != CLAIMS_NO_ANSWER)
		group->answers[node] = out->answer;
}

void put_first(struct group *group, uint32_t node,
	       const struct msg *msg)
{
	assert_true(group->first > 0);
	group->first--;
	group->order[group->first].node = node;
	group->order[group->first].msg = *msg;
}

void view_in(struct group *group, struct ring_id ring,
	     const char *nodes)
{
	struct view_id id = { .ring = ring };
	struct claims_member members[NODES];
	size_t count = strlen(nodes);

	for (size_t i = 0; i < count; i++) {
		uint32_t node = (uint32_t)(nodes[i] - '0');

		members[i] = (struct claims_member){
			.node = node, .pid = group->pids[node] };
		id.digest = id.digest * 1000 + group->pids[node];
	}
	for (size_t i = 0; i < count; i++) {
		struct claims_output out = { 0 };

		claims_view(&group->nodes[members[i].node], &id, members,
			    count, &out);
		take(group, members[i].node, &out);
	}
}

void view(struct group *group, uint64_t ring, const char *nodes)
{
	view_in(group, (struct ring_id){ (uint32_t)(nodes[0] - '0'), ring },
		nodes);
}

void quorum(struct group *group, const char *nodes,
	    enum quorum_state state)
{
	for (; *nodes; nodes++) {
		struct claims *claims = &group->nodes[*nodes - '0'];
		struct claims_output out = { 0 };

		claims_quorum(claims, state, &claims->view.ring, &out);
		take(group, claims->self, &out);
	}
}

void deliver(struct group *group, const char *nodes)
{
	assert_true(group->first < group->count);
	for (; *nodes; nodes++) {
		struct claims_output out = { 0 };
		uint32_t node = (uint32_t)(*nodes - '0');

		claims_message(&group->nodes[node],
			       group->order[group->first].node,
			       &group->order[group->first].msg, &out);
		take(group, node, &out);
	}
	group->first++;
}

void deliver_all(struct group *group, const char *nodes)
{
	while (group->first < group->count)
		deliver(group, nodes);
}

void ask(struct group *group, uint32_t node)
{
	struct claims_output out = { 0 };

	group->answers[node] = CLAIMS_NO_ANSWER;
	claims_ask(&group->nodes[node], false, LATER, &out);
	take(group, node, &out);
}

void resume(struct group *group, uint32_t node)
{
	struct claims_output out = { 0 };

	group->answers[node] = CLAIMS_NO_ANSWER;
	claims_ask(&group->nodes[node], true, LATER, &out);
	take(group, node, &out);
}

void release(struct group *group, uint32_t node)
{
	struct claims_output out = { 0 };

	claims_release(&group->nodes[node], &out);
	take(group, node, &out);
}

void tick(struct group *group, uint32_t node, int64_t now_ms)
{
	struct claims_output out = { 0 };

	claims_tick(&group->nodes[node], now_ms, &out);
	take(group, node, &out);
}

void disconnect(struct group *group, uint32_t node)
{
	struct claims_output out = { 0 };

	claims_disconnected(&group->nodes[node], &out);
	take(group, node, &out);
}

void assert_own(const struct group *group, uint32_t node,
		enum ownership own)
{
	if (group->nodes[node].own != own)
		fail_msg("node %u is %s, and was to be %s", node,
			 ownership_text(group->nodes[node].own),
			 ownership_text(own));
}

void assert_holder(const struct group *group, const char *nodes,
		   uint32_t holder)
{
	for (; *nodes; nodes++)
		assert_int_equal(group->nodes[*nodes - '0'].holder.node,
				 holder);
}

struct group *group_of(const char *nodes)
{
	struct group *group = xcalloc(1, sizeof(*group));

	for (uint32_t id = 1; id <= NODES; id++) {
		claims_init(&group->nodes[id], id, true);
		group->pids[id] = 100 + id;
	}
	view(group, 4, nodes);
	quorum(group, nodes, QUORUM_STATE_YES);
	deliver_all(group, nodes);
	return group;
}

int group_setup(void **state)
{
	*state = group_of("12");
	return 0;
}

int group_setup_three(void **state)
{
	*state = group_of("123");
	return 0;
}

int group_teardown(void **state)
{
	free(*state);
	return 0;
}
