/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes out, with a libcpg that does as it is told (--wrap). */
#include "io/cluster_send.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "io/cluster.h"

#define WINDOW 16

/* What libcpg does, and what it was given. */
static struct {
	qb_loop_t *loop;
	cs_error_t answer;
	int busy;	/* so many times TRY_AGAIN before */
	int given;
	int last;
	int failed;
	int stalled;
	int stop_at;	/* the loop, when so many were given */
} fake;

cs_error_t __wrap_cpg_mcast_joined(cpg_handle_t handle,
				   cpg_guarantee_t guarantee,
				   const struct iovec *iov,
				   unsigned int count);

cs_error_t __wrap_cpg_mcast_joined(cpg_handle_t handle,
				   cpg_guarantee_t guarantee,
				   const struct iovec *iov, unsigned int count)
{
	assert_int_equal(handle, 7);
	assert_int_equal(guarantee, CPG_TYPE_AGREED);
	assert_int_equal(count, 1);
	if (fake.busy) {
		fake.busy--;
		return CS_ERR_TRY_AGAIN;
	}
	if (fake.answer != CS_OK)
		return fake.answer;
	assert_int_equal(iov->iov_len, sizeof(int));
	memcpy(&fake.last, iov->iov_base, sizeof(int));
	assert_int_equal(fake.last, fake.given);
	if (++fake.given == fake.stop_at)
		qb_loop_stop(fake.loop);
	return CS_OK;
}

static void on_failed(void *ctx, const char *text)
{
	assert_ptr_equal(ctx, &fake);
	assert_true(text[0]);
	fake.failed++;
	qb_loop_stop(fake.loop);
}

static void on_stalled(void *ctx)
{
	assert_ptr_equal(ctx, &fake);
	fake.stalled++;
}

static struct outbox *begin(struct outbox *outbox, cs_error_t answer, int busy,
			    int stop_at)
{
	memset(&fake, 0, sizeof(fake));
	fake.loop = qb_loop_create();
	fake.answer = answer;
	fake.busy = busy;
	fake.stop_at = stop_at;
	*outbox = (struct outbox){ .loop = fake.loop, .handle = 7,
				   .failed = on_failed,
				   .stalled = on_stalled, .ctx = &fake };
	outbox_init(outbox);
	return outbox;
}

static void end(struct outbox *outbox)
{
	outbox_done(outbox);
	assert_int_equal(outbox->count, 0);
	assert_int_equal(outbox->bytes, 0);
	qb_loop_destroy(fake.loop);
}

static void add(struct outbox *outbox, int from, int to)
{
	for (int i = from; i < to; i++)
		assert_int_equal(outbox_add(outbox, &i, sizeof(i)), 0);
}

static void test_sent_in_order_from_the_loop(void **state)
{
	struct outbox outbox;

	(void)state;
	begin(&outbox, CS_OK, 0, 3);
	add(&outbox, 0, 3);
	assert_int_equal(fake.given, 0);
	qb_loop_run(fake.loop);
	assert_int_equal(fake.given, 3);
	assert_int_equal(outbox.under_way, 3);
	end(&outbox);
}

static void test_sent_again_while_it_is_busy(void **state)
{
	struct outbox outbox;

	(void)state;
	begin(&outbox, CS_OK, 3, 2);
	add(&outbox, 0, 2);
	qb_loop_run(fake.loop);
	assert_int_equal(fake.busy, 0);
	assert_int_equal(fake.failed, 0);
	end(&outbox);
}

static void test_few_are_under_way(void **state)
{
	struct outbox outbox;

	(void)state;
	begin(&outbox, CS_OK, 0, WINDOW);
	add(&outbox, 0, 40);
	qb_loop_run(fake.loop);
	assert_int_equal(fake.given, WINDOW);
	assert_int_equal(outbox.under_way, WINDOW);
	fake.stop_at = WINDOW + 5;
	for (int i = 0; i < 5; i++)
		outbox_delivered(&outbox);
	qb_loop_run(fake.loop);
	assert_int_equal(fake.given, WINDOW + 5);
	assert_int_equal(outbox.under_way, WINDOW);
	end(&outbox);
}

static void test_what_waits_is_bounded(void **state)
{
	static const char large[CLUSTER_MESSAGE_MAX + 1];
	struct outbox outbox;
	int sum = 0, r = 0;

	(void)state;
	begin(&outbox, CS_OK, 0, 0);
	assert_int_equal(outbox_add(&outbox, large, sizeof(large)),
			 -EMSGSIZE);
	while (!r && sum < 1000) {
		r = outbox_add(&outbox, &sum, sizeof(sum));
		sum++;
	}
	assert_int_equal(r, -ENOBUFS);
	outbox_done(&outbox);
	for (sum = 0, r = 0; !r && sum < 100; sum++)
		r = outbox_add(&outbox, large, CLUSTER_MESSAGE_MAX);
	assert_int_equal(r, -ENOBUFS);
	assert_true(outbox.bytes <= 1024 * 1024);
	end(&outbox);
}

/* A hello or a yield that is left out would be waited for without end. */
static void test_what_is_left_out_is_a_failure(void **state)
{
	struct outbox outbox;
	int i = 0;

	(void)state;
	begin(&outbox, CS_OK, 0, 0);
	while (!outbox_add(&outbox, &i, sizeof(i)))
		assert_true(++i < 1000);
	assert_int_equal(fake.failed, 0);
	fake.stop_at = WINDOW;
	qb_loop_run(fake.loop);
	assert_int_equal(fake.failed, 1);
	end(&outbox);
}

static void test_a_failure_is_told_from_the_loop(void **state)
{
	struct outbox outbox;

	(void)state;
	begin(&outbox, CS_ERR_LIBRARY, 0, 0);
	add(&outbox, 0, 2);
	assert_int_equal(fake.failed, 0);
	qb_loop_run(fake.loop);
	assert_int_equal(fake.failed, 1);
	assert_false(outbox.timer_set);
	end(&outbox);
}

/* Nothing moves for longer than it may; the time is not waited for here. */
static void test_what_does_not_come_back_is_told(void **state)
{
	struct outbox outbox;

	(void)state;
	begin(&outbox, CS_OK, 0, 1);
	add(&outbox, 0, 1);
	qb_loop_run(fake.loop);
	outbox.on_timer(&outbox);
	assert_int_equal(fake.stalled, 0);
	outbox.moved_ms -= CLUSTER_STALL_MS;
	outbox.on_timer(&outbox);
	assert_int_equal(fake.stalled, 1);
	assert_true(outbox.timer_set);
	outbox.on_timer(&outbox);
	assert_int_equal(fake.stalled, 1);
	outbox_delivered(&outbox);
	assert_false(outbox.timer_set);
	assert_int_equal(fake.failed, 0);
	end(&outbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sent_in_order_from_the_loop),
		cmocka_unit_test(test_sent_again_while_it_is_busy),
		cmocka_unit_test(test_few_are_under_way),
		cmocka_unit_test(test_what_waits_is_bounded),
		cmocka_unit_test(test_what_is_left_out_is_a_failure),
		cmocka_unit_test(test_a_failure_is_told_from_the_loop),
		cmocka_unit_test(test_what_does_not_come_back_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
