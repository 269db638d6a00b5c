/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"

#include "group.h"
#include "node.h"

static struct node *any_node(struct sim *sim)
{
	return &sim->nodes[1 + rng_below(&sim->rng, sim->node_count)];
}

/* Any split, of any number of parts. */
static void part(struct sim *sim)
{
	const uint32_t parts =
		2 + rng_below(&sim->rng, rng_percent(&sim->rng, 70) ? 1 :
			      sim->node_count - 1);

	sim_count(sim, TALLY_PARTITIONS);
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		sim->nodes[id].side = rng_below(&sim->rng, parts);
		sim_tell(sim, &sim->nodes[id], "is on side %u",
			 sim->nodes[id].side);
	}
	group_topology(sim);
}

static void merge(struct sim *sim)
{
	const bool all = rng_percent(&sim->rng, 60);
	const unsigned int from = any_node(sim)->side;
	const unsigned int into = all ? 0 : any_node(sim)->side;

	sim_count(sim, TALLY_MERGES);
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (all || sim->nodes[id].side == from)
			sim->nodes[id].side = into;
	sim_tell(sim, NULL, "%s", all ? "the network is whole" :
				       "two sides of the network meet");
	group_topology(sim);
}

/* A vote (of a quorum device, say) goes, and comes back. */
static void turn_quorum(struct sim *sim)
{
	struct ring *ring = any_node(sim)->ring;

	if (!ring || __builtin_popcount(ring->mask) * 2 <= (int)sim->node_count)
		return;
	if (ring->quorum == QUORUM_STATE_YES) {
		sim_count(sim, TALLY_QUORUM_LOST);
		group_quorum(sim, ring, QUORUM_STATE_NO);
	} else if (ring->quorum == QUORUM_STATE_NO) {
		group_quorum(sim, ring, QUORUM_STATE_YES);
	}
	sim_tell(sim, NULL, "quorum of ring %u.%llu is now %s", ring->id.node,
		 (unsigned long long)ring->id.seq,
		 quorum_state_text(ring->quorum));
}

static void jump(struct sim *sim, struct node *node)
{
	static const int64_t jumps_s[] = { -86400, -60, -2, 2, 60, 86400 };

	sim_count(sim, TALLY_CLOCK_JUMPS);
	node->wall_ahead_s += jumps_s[rng_below(&sim->rng, 6)];
	sim_tell(sim, node, "the clock is now %lld s ahead",
		 (long long)node->wall_ahead_s);
}

/* All are told to start at once, and the network may not bear it. */
static void stampede(struct sim *sim)
{
	sim_count(sim, TALLY_STAMPEDES);
	sim_tell(sim, NULL, "all are told to start");
	for (uint32_t id = 1; id <= sim->node_count; id++)
		if (sim->nodes[id].agent == AGENT_IDLE)
			sim->nodes[id].at[AT_AGENT] =
				sim->now_ms + rng_range(&sim->rng, 0, 20);
	if (rng_percent(&sim->rng, 70))
		sim->at_fault_ms = sim->now_ms + rng_range(&sim->rng, 0, 60);
}

/* The mail server, say, cannot be told anything. */
static void break_keeper(struct sim *sim, struct node *node)
{
	sim_count(sim, TALLY_KEEPERS_BROKEN);
	node->no_turns_until_ms = sim->now_ms +
				  rng_range(&sim->rng, 1000, 20000);
	sim_tell(sim, node, "all turns fail for %lld ms",
		 (long long)(node->no_turns_until_ms - sim->now_ms));
}

void fault_happens(struct sim *sim)
{
	struct node *node = any_node(sim);
	const uint32_t dice = rng_below(&sim->rng, 100);

	sim->at_fault_ms = sim->now_ms +
			   rng_range(&sim->rng, 5, sim->fault_gap_ms * 2);
	if (dice < 22)
		part(sim);
	else if (dice < 46)
		merge(sim);
	else if (dice < 50)
		stampede(sim);
	else if (dice < 58)
		node_kill_guard(sim, node);
	else if (dice < 65)
		node_crash(sim, node);
	else if (dice < 71)
		node_kill_corosync(sim, node);
	else if (dice < 80)
		node_stall(sim, node, rng_range(&sim->rng, 100, 5000));
	else if (dice < 88)
		turn_quorum(sim);
	else if (dice < 95)
		jump(sim, node);
	else if (dice < 98)
		node_settings(sim, node);
	else
		break_keeper(sim, node);
}

void fault_cease(struct sim *sim)
{
	sim->calm = true;
	sim->at_fault_ms = SIM_NEVER;
	sim_tell(sim, NULL, "nothing goes wrong from here on");
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		struct ring *ring = sim->nodes[id].ring;

		if (ring && ring->quorum == QUORUM_STATE_NO &&
		    __builtin_popcount(ring->mask) * 2 > (int)sim->node_count)
			group_quorum(sim, ring, QUORUM_STATE_YES);
	}
}

void fault_heal(struct sim *sim)
{
	sim_tell(sim, NULL, "the network is whole, and stays so");
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		struct node *node = &sim->nodes[id];

		node->side = 0;
		if (node->own == OWN_OWNER || node->own == OWN_HOLDING)
			node->healed = guard_claims(node->guard)->own_claim;
	}
	group_topology(sim);
}
