/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without corosync; with it, tests/lab/scenarios/membership.py. An abstract
 * socket of a corosync on this machine is out of reach in a network of our own.
 */
#include "io/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/un.h>

#include "base/clock.h"
#include "sandbox.h"

#define SOON_MS 5000
#define WAIT_MS 200

struct told {
	qb_loop_t *loop;
	int count;
	int error;
};

static void on_probe(void *ctx, int error)
{
	struct told *told = ctx;

	told->count++;
	told->error = error;
	qb_loop_stop(told->loop);
}

static int probe(int64_t timeout_ms)
{
	struct told told = { .loop = qb_loop_create(), .error = 1 };
	struct cluster_probe *one;

	assert_int_equal(cluster_probe(told.loop, timeout_ms, on_probe, &told,
				       &one, NULL), 0);
	assert_int_equal(told.count, 0);
	qb_loop_run(told.loop);
	qb_loop_destroy(told.loop);
	assert_int_equal(told.count, 1);
	return told.error;
}

static int join(const char *group, struct why *why)
{
	static const struct cluster_handlers handlers;
	qb_loop_t *loop = qb_loop_create();
	struct cluster *cluster = (struct cluster *)&handlers;
	int r = cluster_connect(loop, group, &handlers, NULL, &cluster, why);

	assert_ptr_equal(cluster, &handlers);
	qb_loop_destroy(loop);
	return r;
}

static void test_without_corosync_it_is_said(void **state)
{
	int64_t before = clock_ms();
	struct why why = { "" };

	(void)state;
	assert_int_equal(join("bindback:mta", &why), -ENOTCONN);
	assert_non_null(strstr(why.text,
			       "cannot connect to corosync (cpg): "));
	assert_int_equal(probe(SOON_MS), -ENOTCONN);
	assert_true(clock_ms() - before < SOON_MS);
	cluster_free(NULL);
	cluster_probe_cancel(NULL);
}

static void test_a_name_that_is_too_long_is_refused(void **state)
{
	struct why why = { "" };
	char name[130];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(join(name, &why), -ENAMETOOLONG);
	assert_non_null(strstr(why.text, name));
}

/* Where libqb connects to; a stopped corosync's kernel takes that on. */
static int listen_as(const char *service)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strcpy(un.sun_path + 1, service);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void test_a_stopped_corosync_is_left_at_the_timeout(void **state)
{
	int64_t before = clock_ms();
	int cpg = listen_as("cpg");

	(void)state;
	assert_int_equal(probe(WAIT_MS), -ETIMEDOUT);
	assert_true(clock_ms() - before < SOON_MS);
	assert_true(clock_ms() - before >= WAIT_MS);
	(void)close(cpg);
}

static void test_a_probe_can_be_cancelled(void **state)
{
	struct told told = { .loop = qb_loop_create() };
	int cpg = listen_as("cpg");
	struct cluster_probe *one;

	(void)state;
	assert_int_equal(cluster_probe(told.loop, SOON_MS, on_probe, &told,
				       &one, NULL), 0);
	cluster_probe_cancel(one);
	assert_int_equal(told.count, 0);
	qb_loop_destroy(told.loop);
	(void)close(cpg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_corosync_it_is_said),
		cmocka_unit_test(test_a_name_that_is_too_long_is_refused),
		cmocka_unit_test(
			test_a_stopped_corosync_is_left_at_the_timeout),
		cmocka_unit_test(test_a_probe_can_be_cancelled),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	(void)alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
