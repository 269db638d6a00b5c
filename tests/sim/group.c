/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "group.h"

#include <string.h>

#include <stdlib.h>
#include "invariants.h"
#include "node.h"

static void push(struct queue *queue, const struct item *item)
{
	if (queue->count == queue->cap) {
		queue->cap = queue->cap ? queue->cap * 2 : 64;
		queue->items = realloc(queue->items,
				       queue->cap * sizeof(*queue->items));
	}
	queue->items[queue->count++] = item;
}

static void clear(struct queue *queue)
{
	queue->first = queue->count = 0;
}

static bool is_empty(const struct queue *queue)
{
	return queue->first == queue->count;
}

static struct item *item_new(struct sim *sim, enum item_type type,
			     uint32_t len)
{
	struct item *item = sim_alloc(sim, sizeof(*item) + len);

	item->type = type;
	item->serial = ++sim->serial;
	item->len = len;
	return item;
}

static void arm_token(struct sim *sim, struct ring *ring)
{
	if (ring->at_token_ms == SIM_NEVER && !ring->broken)
		ring->at_token_ms = sim->now_ms + rng_range(&sim->rng, 0, 8);
}

static void arm_delivery(struct sim *sim, struct node *node)
{
	int64_t lag_ms = rng_below(&sim->rng, sim->lag_ms + 1);

	if (node->at[AT_DELIVER] != SIM_NEVER)
		return;
	if (!sim->calm && rng_below(&sim->rng, 1000) < 15)
		lag_ms += rng_range(&sim->rng, 100, 2500);
	node->at[AT_DELIVER] = sim->now_ms + lag_ms;
}

static void post(struct sim *sim, struct node *node, struct item *item)
{
	item->node = node->id;
	item->pid = node->pid;
	push(&node->pending, item);
	if (node->ring)
		arm_token(sim, node->ring);
}

void group_send(struct sim *sim, struct node *node, const struct msg *msg)
{
	uint8_t frame[MSG_MAX];
	uint32_t len = (uint32_t)msg_encode(msg, frame);
	struct item *item;

	if (!node->corosync || !node->joining)
		return;
	item = item_new(sim, ITEM_MESSAGE, len);
	memcpy(item->frame, frame, len);
	item->ring = msg->view.ring;
	post(sim, node, item);
}

void group_process(struct sim *sim, struct node *node, enum item_type type,
		   uint32_t pid)
{
	struct item *item = item_new(sim, type, 0);

	post(sim, node, item);
	item->pid = pid;
}

void group_token(struct sim *sim, struct ring *ring)
{
	uint32_t waiting[SIM_NODES_MAX];
	uint32_t count = 0;
	const struct item *item;
	struct node *node;

	ring->at_token_ms = SIM_NEVER;
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (sim->nodes[id].ring == ring &&
		    !is_empty(&sim->nodes[id].pending))
			waiting[count++] = id;
	if (!count || ring->broken)
		return;
	node = &sim->nodes[waiting[rng_below(&sim->rng, count)]];
	item = node->pending.items[node->pending.first++];
	if (is_empty(&node->pending))
		clear(&node->pending);
	if (item->type == ITEM_JOIN)
		node->group_pid = item->pid;
	if (item->type == ITEM_LEAVE)
		node->group_pid = 0;
	if (item->type == ITEM_MESSAGE && !ring_equal(&item->ring, &ring->id))
		sim_count(sim, TALLY_LATE_MESSAGES);
	push(&ring->log, item);
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (sim->nodes[id].ring == ring)
			arm_delivery(sim, &sim->nodes[id]);
	arm_token(sim, ring);
}

bool group_is_member(const struct node *node)
{
	return node->guard && node->joining &&
	       node->pids[node->id] == node->pid;
}

static void give_view(struct sim *sim, struct node *node)
{
	if (group_is_member(node))
		node_view(sim, node);
}

static void give(struct sim *sim, struct node *node, const struct item *item)
{
	switch (item->type) {
	case ITEM_VIEW:
		/* The same again is no other place in the order. */
		if (!ring_equal(&node->view_ring, &item->ring) ||
		    memcmp(node->pids, item->pids, sizeof(node->pids)) != 0)
			node->order = 0;
		node->view_ring = item->ring;
		memcpy(node->pids, item->pids, sizeof(node->pids));
		give_view(sim, node);
		break;
	case ITEM_JOIN:
		node->order = 0;
		node->pids[item->node] = item->pid;
		give_view(sim, node);
		break;
	case ITEM_LEAVE:
		if (node->pids[item->node] != item->pid)
			break;
		node->order = 0;
		node->pids[item->node] = 0;
		give_view(sim, node);
		break;
	case ITEM_MESSAGE:
		node->order = (node->order ^ item->serial) * 0x100000001b3 + 1;
		sim_count(sim, TALLY_MESSAGES);
		if (group_is_member(node) && node->pids[item->node])
			node_message(sim, node, item);
		break;
	}
}

/* Of a broken ring a node has what had come to it before. */
static bool has_received(const struct node *node)
{
	if (!node->ring)
		return false;
	return node->pos < (node->ring->broken ? node->received :
						 node->ring->log.count);
}

static const struct item *take(struct node *node)
{
	if (!is_empty(&node->inbox)) {
		const struct item *item =
			node->inbox.items[node->inbox.first++];

		if (is_empty(&node->inbox))
			clear(&node->inbox);
		return item;
	}
	if (has_received(node))
		return node->ring->log.items[node->pos++];
	return NULL;
}

void group_deliver(struct sim *sim, struct node *node)
{
	const struct item *item = take(node);

	node->at[AT_DELIVER] = SIM_NEVER;
	if (!item)
		return;
	give(sim, node, item);
	if (!is_empty(&node->inbox) || has_received(node))
		arm_delivery(sim, node);
}

void group_crash(struct sim *sim, struct node *node)
{
	node->corosync = false;
	node->ring = NULL;
	node->group_pid = 0;
	node->joining = false;
	node->notice_count = 0;
	node->at[AT_DELIVER] = node->at[AT_NOTICE] = SIM_NEVER;
	memset(node->pids, 0, sizeof(node->pids));
	clear(&node->pending);
	clear(&node->inbox);
	group_topology(sim);
}

uint32_t group_side(const struct sim *sim, unsigned int side)
{
	uint32_t mask = 0;

	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (sim->nodes[id].corosync && sim->nodes[id].side == side)
			mask |= node_bit(id);
	return mask;
}

/* The token is lost, and what is not where it should be comes no more. */
static void break_ring(struct sim *sim, struct ring *ring)
{
	if (ring->broken)
		return;
	ring->broken = true;
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		struct node *node = &sim->nodes[id];

		if (node->ring == ring)
			node->received = (size_t)rng_range(
				&sim->rng, (int64_t)node->pos,
				(int64_t)ring->log.count);
	}
}

/* Is this ring still whole, and all that it can be? */
static bool can_stay(struct sim *sim, struct ring *ring, uint32_t side)
{
	if (ring->mask & ~side)
		break_ring(sim, ring);
	return ring->mask == side && !ring->broken;
}

void group_topology(struct sim *sim)
{
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		struct node *node = &sim->nodes[id];
		int64_t *at_ms = &sim->at_reform_ms[node->side];

		if (!node->corosync ||
		    (node->ring &&
		     can_stay(sim, node->ring, group_side(sim, node->side))))
			continue;
		if (*at_ms == SIM_NEVER)
			*at_ms = sim->now_ms + rng_range(&sim->rng, 5, 1500);
	}
}

static enum quorum_state quorum_of(const struct sim *sim, uint32_t mask)
{
	const uint32_t count = (uint32_t)__builtin_popcount(mask);

	switch (sim->mode) {
	case MODE_FREE:
		return QUORUM_STATE_UNUSED;
	case MODE_TWO_NODE:
		return QUORUM_STATE_YES;
	case MODE_MAJORITY:
		break;
	}
	return count * 2 > sim->node_count ? QUORUM_STATE_YES :
					     QUORUM_STATE_NO;
}

static void notice(struct node *node, int64_t at_ms)
{
	struct notice *last = &node->notices[node->notice_count];

	if (node->notice_count == SIM_NOTICES_MAX)
		return;
	/* One connection: they come in their order. */
	if (node->notice_count && at_ms < last[-1].at_ms)
		at_ms = last[-1].at_ms;
	*last = (struct notice){ at_ms, node->ring->quorum, node->ring->id };
	node->notice_count++;
	node->at[AT_NOTICE] = node->notices[0].at_ms;
}

void group_notice(struct sim *sim, struct node *node)
{
	if (node->ring && node->guard)
		notice(node, sim->now_ms + rng_range(&sim->rng, 0, 300));
}

void group_quorum(struct sim *sim, struct ring *ring, enum quorum_state state)
{
	ring->quorum = state;
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (sim->nodes[id].ring == ring)
			group_notice(sim, &sim->nodes[id]);
}

/* Those of an old ring that go on together are given the same of it. */
static void move_together(struct sim *sim, const struct ring *old,
			  uint32_t mask)
{
	size_t cut = 0;

	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (has_node(mask, id) && sim->nodes[id].received > cut)
			cut = sim->nodes[id].received;
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		struct node *node = &sim->nodes[id];

		if (!has_node(mask, id))
			continue;
		for (size_t i = node->pos; i < old->log.count; i++)
			if (i < cut || has_node(mask, old->log.items[i]->node))
				push(&node->inbox, old->log.items[i]);
			else
				sim_count(sim, TALLY_SKIPPED);
	}
}

static struct ring *ring_new(struct sim *sim, uint32_t mask)
{
	struct ring *ring = &sim->rings[sim->ring_count++];
	uint64_t seq = 0;

	for (uint32_t id = sim->node_count; id; id--)
		if (has_node(mask, id)) {
			ring->id.node = id;
			if (sim->nodes[id].ring_seq > seq)
				seq = sim->nodes[id].ring_seq;
		}
	ring->id.seq = seq + 4;
	ring->mask = mask;
	ring->broken = false;
	ring->quorum = quorum_of(sim, mask);
	ring->at_token_ms = SIM_NEVER;
	clear(&ring->log);
	return ring;
}

static void enter(struct sim *sim, struct node *node, struct ring *ring,
		  const struct item *view)
{
	struct item *loose;

	if (sim->loose_views && node->ring) {
		loose = item_new(sim, ITEM_VIEW, 0);
		memcpy(loose->pids, view->pids, sizeof(loose->pids));
		loose->ring = node->ring->id;
		push(&node->inbox, loose);
	}
	push(&node->inbox, view);
	node->ring = ring;
	node->ring_seq = ring->id.seq;
	node->pos = 0;
	arm_delivery(sim, node);
	group_notice(sim, node);
}

/* What waited to be sent is in the new ring's order; some of it before the
 * members are told of that ring (corosync synchronizes in the same order). */
static void send_before_view(struct sim *sim, uint32_t mask)
{
	if (!rng_percent(&sim->rng, 30))
		return;
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		struct queue *pending = &sim->nodes[id].pending;

		while (has_node(mask, id) && !is_empty(pending) &&
		       pending->items[pending->first]->type == ITEM_MESSAGE &&
		       rng_percent(&sim->rng, 80)) {
			sim_count(sim, TALLY_BEFORE_VIEW);
			for (uint32_t to = 1; to <= sim->node_count; to++)
				if (has_node(mask, to))
					push(&sim->nodes[to].inbox,
					     pending->items[pending->first]);
			pending->first++;
		}
	}
}

static void form(struct sim *sim, uint32_t mask)
{
	struct ring *ring = ring_new(sim, mask);
	struct item *view = item_new(sim, ITEM_VIEW, 0);

	for (size_t i = 0; i + 1 < sim->ring_count; i++) {
		struct ring *old = &sim->rings[i];
		uint32_t going = 0;

		for (uint32_t id = 1; id <= sim->node_count; id++)
			if (has_node(mask, id) && sim->nodes[id].ring == old)
				going |= node_bit(id);
		if (!going)
			continue;
		break_ring(sim, old);
		move_together(sim, old, going);
	}
	send_before_view(sim, mask);
	view->ring = ring->id;
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (has_node(mask, id))
			view->pids[id] = sim->nodes[id].group_pid;
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (has_node(mask, id))
			enter(sim, &sim->nodes[id], ring, view);
	sim_tell(sim, NULL, "ring %u.%llu of %d nodes, quorum %s", ring->id.node,
		 (unsigned long long)ring->id.seq, __builtin_popcount(mask),
		 quorum_state_text(ring->quorum));
	arm_token(sim, ring);
}

void group_reform(struct sim *sim, unsigned int side)
{
	uint32_t mask = group_side(sim, side);

	sim->at_reform_ms[side] = SIM_NEVER;
	if (sim->ring_count == SIM_RINGS_MAX)
		return;
	/* They do not always find each other at once. */
	if (!sim->calm && rng_percent(&sim->rng, 15))
		mask &= (uint32_t)rng_next(&sim->rng);
	if (mask)
		form(sim, mask);
	group_topology(sim);
}
