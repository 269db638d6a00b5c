/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/callback_turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define PATIENT_MS 20000

struct test {
	qb_loop_t *loop;
	struct endpoint at;
	struct callback *other;		/* who has the port */
	struct callback_turn *turn;
	unsigned int settled;
};

static void on_settled(void *ctx)
{
	struct test *test = ctx;

	assert_true(callback_turn_is_settled(test->turn));
	test->settled++;
	qb_loop_stop(test->loop);
}

/* A port that the kernel gave, taken by another. */
static void test_init(struct test *test)
{
	*test = (struct test){ .loop = qb_loop_create() };
	assert_int_equal(addr_parse("127.0.0.1", &test->at.addr), 0);
	assert_int_equal(callback_start(test->loop, &test->at, &test->other,
					NULL), 0);
	test->at.port = callback_port(test->other);
}

static void free_port(struct test *test)
{
	callback_cancel(test->other);
	test->other = NULL;
}

static void begin(struct test *test, int64_t patience_ms)
{
	test->turn = callback_turn_start(test->loop, &test->at, patience_ms,
					 on_settled, test);
	assert_int_equal(test->settled, 0);
}

static void test_end(struct test *test)
{
	callback_turn_end(test->turn);
	callback_cancel(test->other);
	qb_loop_destroy(test->loop);
}

static void a_free_port_is_had_at_once(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	free_port(&test);
	begin(&test, PATIENT_MS);
	assert_true(callback_turn_is_settled(test.turn));
	assert_int_equal(callback_port(callback_turn_get(test.turn)),
			 test.at.port);
	test_end(&test);
}

static void a_port_that_is_freed_is_had(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	begin(&test, PATIENT_MS);
	assert_false(callback_turn_is_settled(test.turn));
	assert_null(callback_turn_get(test.turn));
	free_port(&test);
	qb_loop_run(test.loop);
	assert_int_equal(test.settled, 1);
	assert_non_null(callback_turn_get(test.turn));
	test_end(&test);
}

static void a_port_that_stays_taken_is_given_up(void **state)
{
	int64_t start_ms = clock_ms();
	struct test test;

	(void)state;
	test_init(&test);
	begin(&test, 2 * CALLBACK_TURN_MS);
	assert_false(callback_turn_is_settled(test.turn));
	qb_loop_run(test.loop);
	assert_int_equal(test.settled, 1);
	assert_null(callback_turn_get(test.turn));
	assert_non_null(strstr(callback_turn_fault(test.turn), "127.0.0.1"));
	assert_true(clock_ms() - start_ms >= 2 * CALLBACK_TURN_MS);
	test_end(&test);
}

/* Where waiting does not help. */
static void an_address_that_is_not_here(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	assert_int_equal(addr_parse("192.0.2.77", &test.at.addr), 0);
	begin(&test, PATIENT_MS);
	assert_true(callback_turn_is_settled(test.turn));
	assert_null(callback_turn_get(test.turn));
	assert_non_null(strstr(callback_turn_fault(test.turn), "192.0.2.77"));
	test_end(&test);
}

/* Another one goes on for longer than it would have waited. */
static void ended_while_it_waits(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	begin(&test, PATIENT_MS);
	callback_turn_end(test.turn);
	callback_turn_end(NULL);
	begin(&test, 2 * CALLBACK_TURN_MS);
	qb_loop_run(test.loop);
	assert_int_equal(test.settled, 1);
	test_end(&test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_free_port_is_had_at_once),
		cmocka_unit_test(a_port_that_is_freed_is_had),
		cmocka_unit_test(a_port_that_stays_taken_is_given_up),
		cmocka_unit_test(an_address_that_is_not_here),
		cmocka_unit_test(ended_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
