/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum verdict_status any_status(struct sim *sim)
{
	static const enum verdict_status bad[] = {
		VERDICT_DEGRADED, VERDICT_FAILED, VERDICT_FAILED,
		VERDICT_UNKNOWN,
	};

	if (sim->calm || rng_percent(&sim->rng, sim->good_percent))
		return VERDICT_VERIFIED;
	return bad[rng_below(&sim->rng, 4)];
}

static enum blame any_blame(struct sim *sim, enum verdict_status status)
{
	static const enum blame blames[] = {
		BLAME_OURS, BLAME_OURS, BLAME_THEIRS, BLAME_PATH,
	};

	return status == VERDICT_VERIFIED ? BLAME_NONE :
		       blames[rng_below(&sim->rng, 4)];
}

static uint32_t result_new(struct sim *sim, struct node *node,
			   enum verdict_status status)
{
	uint32_t number = sim->result_count;

	if (number + 1 < SIM_RESULTS_MAX)
		sim->result_count++;
	sim->results[number] = (struct result){
		.node = node->id,
		.status = status,
		.claim = node->verify_claim,
		.began_ms = node->verify_began_ms,
	};
	return number;
}

static void give_reason(struct sim *sim, struct verdict *verdict,
			struct reason *reason)
{
	memset(reason, 0, sizeof(*reason));
	reason->status = verdict->status;
	reason->blame = verdict->blame;
	reason->class = REASON_STALE;
	reason->clears_in_s = rng_below(&sim->rng, 30);
	snprintf(reason->text, sizeof(reason->text), "by chance");
	verdict->reasons = reason;
	verdict->reason_count = 1;
}

void result_verdict(struct sim *sim, struct node *node,
		    struct verdict *ret, struct reason *reason)
{
	enum verdict_status status = any_status(sim);

	memset(ret, 0, sizeof(*ret));
	ret->status = status;
	ret->blame = any_blame(sim, status);
	ret->identity = node->settings.identity;
	ret->time_s = node_time(sim, node).wall_s;
	ret->duration_ms = result_new(sim, node, status);
	if (status != VERDICT_VERIFIED)
		give_reason(sim, ret, reason);
	msg_verdict_of(ret, &node->verdict);
	node->verdict_due = decide_due(ret,
				       node->settings.verify_interval_ms);
}

void result_start(struct sim *sim, struct node *node)
{
	struct verdict verdict;
	struct reason reason;

	node->verify_claim = guard_claims(node->guard)->own_claim;
	node->verify_began_ms = sim->now_ms;
	result_verdict(sim, node, &verdict, &reason);
}

void result_recall(const struct node *node, struct guard_event *bound)
{
	bound->bound.has_verdict = node->verdict.time_s;
	bound->bound.verdict = node->verdict;
	bound->bound.due = node->verdict_due;
}

void result_preflight(struct sim *sim, struct node *node,
		      struct preflight *ret)
{
	enum verdict_status status = any_status(sim);
	char subject[16];

	memset(ret, 0, sizeof(*ret));
	ret->time_s = node_time(sim, node).wall_s;
	ret->settings_digest = 1;
	snprintf(subject, sizeof(subject), "p%u",
		 result_new(sim, node, status));
	preflight_add(ret, (enum preflight_check)rng_below(&sim->rng, 4),
		      status, subject, "by chance");
	preflight_add(ret, PREFLIGHT_REMOTE, VERDICT_UNKNOWN, "", "not asked");
}

const struct result *result_of_verdict(const struct sim *sim,
				       uint32_t duration_ms)
{
	return duration_ms < sim->result_count ? &sim->results[duration_ms] :
						 NULL;
}

const struct result *result_of_item(const struct sim *sim,
				    const struct preflight_item *item)
{
	if (item->subject[0] != 'p')
		return NULL;
	return result_of_verdict(sim, (uint32_t)strtoul(item->subject + 1,
							NULL, 10));
}
