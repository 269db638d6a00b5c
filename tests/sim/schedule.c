/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * One schedule: a cluster at random, what happens to it at random, then calm,
 * in which everything must come right.
 */
#include "sim.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/buf.h"
#include "fault.h"
#include "group.h"
#include "invariants.h"
#include "node.h"

#define ARENA_BYTES (8U << 20)
#define CEASE_MS 20000	/* what was asked is answered, who crashed is back */
#define SETTLE_MS 45000
#define LAST_MS 25000

static void __attribute__((format(printf, 3, 0)))
tell_at(const struct sim *sim, const struct node *node, const char *fmt,
	va_list args)
{
	printf("%8lld.%03d  ", (long long)(sim->now_ms / 1000),
	       (int)(sim->now_ms % 1000));
	if (node)
		printf("%*snode %u: ", (int)(node->id - 1) * 2, "", node->id);
	else
		printf("-- ");
	vprintf(fmt, args);
	putchar('\n');
}

void sim_tell(const struct sim *sim, const struct node *node, const char *fmt,
	      ...)
{
	va_list args;

	if (!sim->verbose)
		return;
	va_start(args, fmt);
	tell_at(sim, node, fmt, args);
	va_end(args);
}

void sim_fail(struct sim *sim, enum invariant invariant,
	      const struct node *node, const char *fmt, ...)
{
	char text[384];
	va_list args;

	if (sim->failed)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sim->failed = true;
	snprintf(sim->failure, sizeof(sim->failure),
		 "%s: at %lld.%03d s, node %u %s", invariant_name(invariant),
		 (long long)(sim->now_ms / 1000), (int)(sim->now_ms % 1000),
		 node ? node->id : 0, text);
	sim_tell(sim, node, "%s", sim->failure);
}

void *sim_alloc(struct sim *sim, size_t size)
{
	void *bytes = sim->arena + sim->arena_used;

	sim->arena_used += (size + 15) & ~(size_t)15;
	if (sim->arena_used > ARENA_BYTES) {
		fprintf(stderr, "seed %llu needs too much memory\n",
			(unsigned long long)sim->seed);
		abort();
	}
	return memset(bytes, 0, size);
}

void sim_count(struct sim *sim, enum tally tally)
{
	sim->tally[tally]++;
}

struct sim *sim_new(void)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));

	sim->arena = xmalloc(ARENA_BYTES);
	return sim;
}

void sim_free(struct sim *sim)
{
	for (size_t i = 0; i < SIM_RINGS_MAX; i++)
		free(sim->rings[i].log.items);
	for (size_t i = 0; i <= SIM_NODES_MAX; i++) {
		free(sim->nodes[i].pending.items);
		free(sim->nodes[i].inbox.items);
	}
	free(sim->arena);
	free(sim);
}

static void set_up_node(struct sim *sim, uint32_t id, bool require_quorum)
{
	struct node *node = &sim->nodes[id];
	const struct queue pending = { node->pending.items, 0, 0,
				       node->pending.cap };
	const struct queue inbox = { node->inbox.items, 0, 0,
				     node->inbox.cap };

	*node = (struct node){ .id = id, .pending = pending, .inbox = inbox };
	for (size_t i = 0; i < ALARMS; i++)
		node->at[i] = SIM_NEVER;
	node->unsafe_since_ms = SIM_NEVER;
	node->settings = (struct guard_settings){
		.self = id,
		.observe = sim->observe,
		.identity = { .name = "mail.example.com" },
		.require_quorum = require_quorum != rng_percent(&sim->rng, 3),
		.hold = rng_percent(&sim->rng, 80),
		.hold_max_ms = rng_percent(&sim->rng, 20) ? 20000 : 0,
		.verify_interval_ms = rng_percent(&sim->rng, 50) ? 20000 :
								   300000,
		.score_max = 100,
	};
	snprintf(node->settings.name, NODE_NAME_MAX, "node%u", id);
	node->wall_ahead_s = rng_percent(&sim->rng, 10) ? 7 : 0;
	node->at[AT_COROSYNC] = rng_range(&sim->rng, 0, 2000);
	node->at[AT_GUARD] = rng_range(&sim->rng, 0, 3000);
	node->at[AT_AGENT] = rng_range(&sim->rng, 500, 6000);
}

static void set_up(struct sim *sim, uint64_t seed)
{
	static const uint32_t lags[] = { 2, 20, 20, 200 };
	struct rng *rng = &sim->rng;
	const bool require_quorum = (seed & 3) != 3;

	sim->seed = seed;
	rng->state = seed;
	sim->now_ms = 0;
	sim->calm = sim->failed = false;
	sim->ring_count = 0;
	sim->serial = 0;
	sim->next_pid = 1000;
	sim->result_count = 0;
	sim->arena_used = 0;
	sim->generation++;
	sim->node_count = (uint32_t)rng_range(rng, 2, SIM_NODES_MAX);
	if (rng_percent(rng, 40))
		sim->node_count = (uint32_t)rng_range(rng, 2, 3);
	sim->mode = rng_percent(rng, 15) ? MODE_FREE :
		    sim->node_count == 2 ? MODE_TWO_NODE : MODE_MAJORITY;
	sim->observe = rng_percent(rng, 4);
	sim->tally[TALLY_OBSERVED] += sim->observe;
	sim->loose_views = rng_percent(rng, 20);
	sim->lag_ms = lags[rng_below(rng, 4)];
	sim->good_percent = 30 + rng_below(rng, 70);
	sim->fault_gap_ms = 200 + rng_below(rng, 4000);
	sim->at_fault_ms = 2000 + rng_below(rng, 4000);
	for (uint32_t id = 1; id <= sim->node_count; id++)
		set_up_node(sim, id, require_quorum);
	for (size_t i = 0; i <= SIM_NODES_MAX; i++)
		sim->at_reform_ms[i] = SIM_NEVER;
	sim_tell(sim, NULL, "%u nodes, %s%s", sim->node_count,
		 sim->observe ? "observed, " : "", require_quorum ? "require_quorum" : "no quorum required");
}

static void tear_down(struct sim *sim)
{
	for (uint32_t id = 1; id <= sim->node_count; id++) {
		guard_free(sim->nodes[id].guard);
		sim->nodes[id].guard = NULL;
	}
}

static void earlier(int64_t at_ms, int64_t *best_ms)
{
	if (at_ms < *best_ms)
		*best_ms = at_ms;
}

static int64_t next_ms(const struct sim *sim)
{
	int64_t best_ms = sim->at_fault_ms;

	for (uint32_t id = 1; id <= sim->node_count; id++) {
		const struct node *node = &sim->nodes[id];

		for (size_t i = 0; i < ALARMS; i++)
			earlier(node->at[i], &best_ms);
		if (node->ring)
			earlier(node->ring->at_token_ms, &best_ms);
	}
	for (size_t side = 0; side <= SIM_NODES_MAX; side++)
		earlier(sim->at_reform_ms[side], &best_ms);
	return best_ms;
}

/* All that is due, of each node and of the group. */
static void happen(struct sim *sim)
{
	for (unsigned int side = 0; side <= SIM_NODES_MAX; side++)
		if (sim->at_reform_ms[side] <= sim->now_ms)
			group_reform(sim, side);
	for (uint32_t id = 1; id <= sim->node_count && !sim->failed; id++) {
		struct node *node = &sim->nodes[id];

		if (node->ring && node->ring->at_token_ms <= sim->now_ms)
			group_token(sim, node->ring);
		for (enum alarm i = 0; i < ALARMS; i++)
			if (node->at[i] <= sim->now_ms)
				node_alarm(sim, node, i);
	}
	if (sim->at_fault_ms <= sim->now_ms)
		fault_happens(sim);
}

static void run_until(struct sim *sim, int64_t until_ms)
{
	while (!sim->failed) {
		int64_t at_ms = next_ms(sim);

		if (at_ms > until_ms)
			break;
		if (at_ms > sim->now_ms)
			sim->now_ms = at_ms;
		happen(sim);
		invariant_passed(sim);
	}
	sim->now_ms = until_ms;
}

/* Somebody asks, and everybody is there to answer. */
static void ask_once_more(struct sim *sim)
{
	struct node *node =
		&sim->nodes[1 + rng_below(&sim->rng, sim->node_count)];

	agent_stop(sim, node);
	run_until(sim, sim->now_ms + 1000);
	if (sim->failed)
		return;
	agent_ask(sim, node, 10000);
	run_until(sim, sim->now_ms + LAST_MS);
	if (sim->failed)
		return;
	invariant_granted(sim, node);
	invariant_settled(sim);
}

bool sim_run(struct sim *sim, uint64_t seed)
{
	set_up(sim, seed);
	run_until(sim, rng_range(&sim->rng, 10000, 40000));
	fault_cease(sim);
	run_until(sim, sim->now_ms + CEASE_MS);
	fault_heal(sim);
	run_until(sim, sim->now_ms + SETTLE_MS);
	if (!sim->failed)
		invariant_healed(sim);
	if (!sim->failed)
		invariant_settled(sim);
	if (!sim->failed && !sim->observe)
		ask_once_more(sim);
	sim_count(sim, TALLY_SCHEDULES);
	tear_down(sim);
	return !sim->failed;
}
