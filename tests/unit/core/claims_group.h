/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "core/guard/claims.h"

/*
 * Situations made by hand: up to four members, whose messages wait in one order
 * until the test delivers them. What happens by chance is in tests/sim.
 * `nodes` are the members' ids as digits, "13" say.
 */

#define NODES 4
#define LATER 60000

struct group {
	struct claims nodes[NODES + 1];	/* from 1 */
	enum claims_answer answers[NODES + 1];	/* the last that was given */
	unsigned int pids[NODES + 1];
	struct {
		uint32_t node;
		struct msg msg;
	} order[128];
	size_t first, count;		/* of what was not delivered yet */
};

void take(struct group *group, uint32_t node,
	  const struct claims_output *out);
/* A message that comes before all that wait. */
void put_first(struct group *group, uint32_t node,
	       const struct msg *msg);
/* The members of `nodes`, "13" say, are told that they are so. */
void view_in(struct group *group, struct ring_id ring,
	     const char *nodes);
void view(struct group *group, uint64_t ring, const char *nodes);
void quorum(struct group *group, const char *nodes,
	    enum quorum_state state);
/* The next message is given to these; others never get it. */
void deliver(struct group *group, const char *nodes);
void deliver_all(struct group *group, const char *nodes);
void ask(struct group *group, uint32_t node);
void resume(struct group *group, uint32_t node);
void release(struct group *group, uint32_t node);
void tick(struct group *group, uint32_t node, int64_t now_ms);
void disconnect(struct group *group, uint32_t node);
void assert_own(const struct group *group, uint32_t node,
		enum ownership own);
void assert_holder(const struct group *group, const char *nodes,
		   uint32_t holder);
struct group *group_of(const char *nodes);

/* cmocka's, for groups of nodes 1 and 2, and 1 to 3. */
int group_setup(void **state);
int group_setup_three(void **state);
int group_teardown(void **state);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, group_setup, group_teardown)
#define TEST_THREE(name) \
	cmocka_unit_test_setup_teardown(name, group_setup_three, \
					group_teardown)
