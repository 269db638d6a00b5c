/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include "node.h"
#include "results.h"

static void wait(struct sim *sim, struct node *node, int64_t least_ms,
		 int64_t most_ms)
{
	node->at[AT_AGENT] = sim->now_ms +
			     rng_range(&sim->rng, least_ms, most_ms);
}

void agent_ask(struct sim *sim, struct node *node, int64_t timeout_ms)
{
	const struct guard_event event = {
		.type = GUARD_ASK,
		.ask = { .deadline_ms = sim->now_ms + timeout_ms },
	};

	sim_count(sim, TALLY_ASKS);
	sim_tell(sim, node, "the agent asks for it, for %lld ms",
		 (long long)timeout_ms);
	node->agent = AGENT_ASKING;
	node->ask_open = true;
	node->resuming = false;
	node->ask_deadline_ms = event.ask.deadline_ms;
	node_step(sim, node, &event);
}

static void bind_it(struct sim *sim, struct node *node)
{
	node->bound = true;
	node->agent = AGENT_BOUND;
	node->held = node->settings.hold || rng_percent(&sim->rng, 30);
	node->held_since_s = node_time(sim, node).wall_s;
	node->verdict.time_s = 0;
	if (node->guard && rng_percent(&sim->rng, 60))
		result_start(sim, node);
	sim_tell(sim, node, "is bound, %s", node->held ? "held" : "not held");
	node_tell_bound(sim, node);
	wait(sim, node, 100, 10000);
}

static void give_up(struct sim *sim, struct node *node)
{
	sim_count(sim, TALLY_GIVEN_UP);
	sim_tell(sim, node, "the agent gives it up");
	node->ask_open = false;
	node->agent = AGENT_IDLE;
	node_step(sim, node,
		  &(struct guard_event){ .type = GUARD_GIVE_UP });
	if (!sim->calm)
		wait(sim, node, 50, 4000);
}

static void unbind(struct sim *sim, struct node *node)
{
	sim_tell(sim, node, "is unbound");
	node->bound = node->held = false;
	node_step(sim, node,
		  &(struct guard_event){ .type = GUARD_UNBOUND });
}

void agent_stop(struct sim *sim, struct node *node)
{
	if (node->bound)
		unbind(sim, node);
	give_up(sim, node);
}

/* Bound, and some time has passed. */
static void live(struct sim *sim, struct node *node)
{
	const enum ownership own = node->guard ?
		guard_claims(node->guard)->own : OWN_NONE;

	if (!node->bound) {
		agent_stop(sim, node);
	} else if (own == OWN_LOST || rng_percent(&sim->rng, 25)) {
		agent_stop(sim, node);
	} else if (rng_percent(&sim->rng, 10)) {
		sim_tell(sim, node, "the mail server dies");
		unbind(sim, node);
		wait(sim, node, 100, 3000);
	} else if (rng_percent(&sim->rng, 20)) {
		node_step(sim, node, &(struct guard_event){
				.type = GUARD_VERIFY_NOW });
		wait(sim, node, 100, 10000);
	} else {
		wait(sim, node, 100, 10000);
	}
}

/* The addresses come and go, and the guard sees it. */
static void look_on(struct sim *sim, struct node *node)
{
	if (node->bound) {
		unbind(sim, node);
	} else {
		node->bound = true;
		node->verdict.time_s = 0;
		sim_tell(sim, node, "has the addresses");
		node_tell_bound(sim, node);
	}
	if (!sim->calm)
		wait(sim, node, 100, 10000);
}

static void begin(struct sim *sim, struct node *node)
{
	if (!node->guard || sim->calm) {
		if (!sim->calm)
			wait(sim, node, 50, 2000);
		return;
	}
	agent_ask(sim, node, rng_range(&sim->rng, 50, 8000));
	if (node->agent == AGENT_ASKING && rng_percent(&sim->rng, 20))
		wait(sim, node, 10, 3000);
}

void agent_act(struct sim *sim, struct node *node)
{
	if (sim->observe) {
		look_on(sim, node);
		return;
	}
	switch (node->agent) {
	case AGENT_IDLE:
		begin(sim, node);
		break;
	case AGENT_ASKING:
		if (!sim->calm)
			give_up(sim, node);
		break;
	case AGENT_BINDING:
		bind_it(sim, node);
		break;
	case AGENT_BOUND:
		if (!sim->calm)
			live(sim, node);
		break;
	case AGENT_KILLED:
		if (!sim->calm)
			agent_stop(sim, node);
		break;
	}
}

static void granted(struct sim *sim, struct node *node)
{
	sim_count(sim, TALLY_GRANTS);
	node->agent = AGENT_BINDING;
	if (!sim->calm && rng_percent(&sim->rng, 8)) {
		sim_tell(sim, node, "the agent is killed");
		node->agent = AGENT_KILLED;
	}
	wait(sim, node, 20, 2000);
}

void agent_answered(struct sim *sim, struct node *node,
		    enum claims_answer answer)
{
	sim_tell(sim, node, "the guard answers: %s",
		 claims_answer_text(answer));
	node->resuming = false;
	/* Who resumes is not asked by the agent, and answers to nobody. */
	if (!node->ask_open)
		return;
	node->ask_open = false;
	if (answer == CLAIMS_GRANTED) {
		granted(sim, node);
		return;
	}
	sim_count(sim, TALLY_REFUSALS);
	node->agent = AGENT_IDLE;
	if (!sim->calm)
		wait(sim, node, 50, 4000);
}

void agent_hung_up(struct sim *sim, struct node *node)
{
	if (!node->ask_open)
		return;
	node->ask_open = false;
	node->agent = AGENT_IDLE;
	wait(sim, node, 50, 4000);
}
