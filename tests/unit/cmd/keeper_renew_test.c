/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keeper, when other executables are put in the place of its own and of its
 * guard's. */
#include "keeper_play.h"

#define PLACE "/run/next"
#define KEEPER_AT PLACE "/keeper"
#define GUARD_AT PLACE "/bindbackd"
#define LOOKS_MS 600		/* many of them, but no proof (PROVED_MS) */
#define NOT_USED "cannot be used"
#define TRIED "/run/tried"

/* As a package manager does it. */
static void install(const char *path, const char *from)
{
	BUF_CLEAN bytes = { 0 };

	assert_int_equal(file_read(from, PROGRAM_MAX, &bytes, NULL), 0);
	assert_int_equal(file_write(path, bytes.data, bytes.len, 0755, 0, NULL),
			 0);
}

static int setup_files(void **state)
{
	(void)mkdir(PLACE, 0755);
	install(KEEPER_AT, getenv("KEEPER_RENEWED"));
	install(GUARD_AT, getenv("FAKE_GUARD"));
	return setup(state);
}

static int teardown_files(void **state)
{
	(void)unlink(WORLD_CHECK);
	return teardown(state);
}

/* Is what runs what is installed? */
static bool runs_from(pid_t pid, const char *path)
{
	struct stat runs, there;
	char exe[64];

	(void)snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	assert_int_equal(stat(path, &there), 0);
	return !stat(exe, &runs) && runs.st_ino == there.st_ino;
}

static void await_running(pid_t pid, const char *path)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;

	while (!runs_from(pid, path) && clock_ms() < until_ms)
		(void)poll(NULL, 0, 5);
	assert_true(runs_from(pid, path));
}

static void expect_turn(const struct guard *guard, uint16_t number)
{
	ask(guard, true, TURN_LOST, number);
	expect_answer(guard, number, true);
}

/* It is asked to make way, and does. */
static void make_way(const struct guard *guard)
{
	char byte;

	await(guard->fd);
	assert_int_equal(recv(guard->fd, &byte, 1, 0), 0);
	order(guard, FAKE_EXIT);
}

/* For as long as many looks take, nobody hangs up on it. */
static void expect_left_alone(const struct guard *guard)
{
	struct pollfd at = { .fd = guard->fd, .events = POLLIN };

	assert_int_equal(poll(&at, 1, LOOKS_MS), 0);
	assert_true(runs(guard->pid));
}

static void test_nothing_new_nothing_done(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	expect_left_alone(&guard);
	assert_int_equal(count_log(world, "upgrade"), 0);
	leave_guard(&guard);
}

static void test_a_new_guard_takes_over(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED"), next;
	pid_t keeper = keeper_of(world);

	install(GUARD_AT, getenv("FAKE_GUARD"));
	make_way(&guard);
	next = await_guard(world);
	assert_false(runs(guard.pid));
	assert_true(runs_from(next.pid, GUARD_AT));
	say_ready(&next);
	expect_turn(&next, 1);
	expect_left_alone(&next);
	assert_int_equal(keeper_of(world), keeper);
	assert_int_equal(count_log(world, "makes way"), 1);
	leave_guard(&guard);
	leave_guard(&next);
}

static void test_a_guard_that_does_not_make_way_is_killed(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED"), next;

	order_and_wait(&guard, FAKE_DEAF);
	install(GUARD_AT, getenv("FAKE_GUARD"));
	next = await_guard(world);
	assert_false(runs(guard.pid));
	assert_true(runs_from(next.pid, GUARD_AT));
	leave_guard(&guard);
	leave_guard(&next);
}

/* It is the same process, with the same guard. */
static void test_a_new_keeper_goes_on(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");
	pid_t keeper = keeper_of(world);
	unsigned int descriptors;

	expect_turn(&guard, 1);
	expect_left_alone(&guard);
	descriptors = count_descriptors(keeper);
	install(KEEPER_AT, getenv("KEEPER_RENEWED"));
	await_running(keeper, KEEPER_AT);
	expect_turn(&guard, 2);
	assert_int_equal(keeper_of(world), keeper);
	expect_left_alone(&guard);
	assert_int_equal(count_descriptors(keeper), descriptors);
	assert_int_equal(count_log(world, "is of version"), 1);
	/* It still is the guard's keeper. */
	order(&guard, FAKE_CRASH);
	leave_guard(&guard);
	guard = await_guard(world);
	say_ready(&guard);
	expect_turn(&guard, 3);
	leave_guard(&guard);
}

/* As an admin may put it there, to see what goes on: once is enough. */
static void test_a_script_that_runs_the_keeper(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");
	char script[PATH_MAX + 32];
	int len = snprintf(script, sizeof(script),
			   "#!/bin/sh\nexec %s \"$@\"\n",
			   getenv("KEEPER_RENEWED"));

	assert_int_equal(file_write(KEEPER_AT, script, (size_t)len, 0755, 0,
				    NULL), 0);
	await_running(keeper_of(world), getenv("KEEPER_RENEWED"));
	expect_left_alone(&guard);
	assert_int_equal(count_log(world, "is of version"), 1);
	expect_turn(&guard, 1);
	leave_guard(&guard);
}

static void test_both_are_new(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED"), next;
	pid_t keeper = keeper_of(world);

	install(KEEPER_AT, getenv("KEEPER_RENEWED"));
	install(GUARD_AT, getenv("FAKE_GUARD"));
	make_way(&guard);
	next = await_guard(world);
	assert_true(runs_from(keeper, KEEPER_AT));
	assert_true(runs_from(next.pid, GUARD_AT));
	say_ready(&next);
	expect_turn(&next, 1);
	assert_int_equal(kill(keeper, SIGTERM), 0);
	await_end(keeper);
	assert_false(runs(next.pid));
	assert_int_equal(guard_lock_owner(world->files.keeper_lock, NULL), 0);
	leave_guard(&guard);
	leave_guard(&next);
}

static void test_a_turn_is_not_disturbed(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	assert_int_equal(mkfifo(WORLD_HANG, 0600), 0);
	ask(&guard, true, TURN_LOST, 1);
	while (!count_turns())
		(void)poll(NULL, 0, 5);
	install(GUARD_AT, getenv("FAKE_GUARD"));
	install(KEEPER_AT, getenv("KEEPER_RENEWED"));
	expect_left_alone(&guard);
	assert_false(runs_from(keeper_of(world), KEEPER_AT));
	(void)close(open(WORLD_HANG, O_WRONLY | O_CLOEXEC));
	expect_answer(&guard, 1, true);
	make_way(&guard);
	leave_guard(&guard);
}

/* Neither a program that fails, nor what is none, nor one that says no. */
static void test_what_cannot_be_used_is_not(void **state)
{
	static const char *const paths[] = { KEEPER_AT, GUARD_AT };
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		install(paths[i], "/bin/false");
		expect_left_alone(&guard);
		assert_int_equal(count_log(world, NOT_USED), 1);
		install(paths[i], "/proc/self/stat");
		expect_left_alone(&guard);
		assert_int_equal(count_log(world, NOT_USED), 1);
	}
	expect_turn(&guard, 1);
	/* The next one is as the last, though it has no name any more. */
	assert_int_equal(kill(guard.pid, SIGKILL), 0);
	leave_guard(&guard);
	guard = await_guard(world);
	say_ready(&guard);
	expect_turn(&guard, 2);
	leave_guard(&guard);
}

/* Amid an upgrade, say, before its libraries are there. */
static void test_what_cannot_be_used_yet_is_used_later(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	assert_int_equal(sandbox_write(WORLD_CHECK, ""), 0);
	install(GUARD_AT, getenv("FAKE_GUARD"));
	expect_left_alone(&guard);
	assert_int_equal(unlink(WORLD_CHECK), 0);
	make_way(&guard);
	leave_guard(&guard);
	guard = await_guard(world);
	assert_true(runs_from(guard.pid, GUARD_AT));
	leave_guard(&guard);
}

static struct guard next_guard(struct world *world, struct guard *guard)
{
	make_way(guard);
	leave_guard(guard);
	return await_guard(world);
}

static void test_a_new_guard_that_fails_gives_way(void **state)
{
	static const enum fake_order ways[] = { FAKE_FAIL, FAKE_CRASH,
						FAKE_EXIT };
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		/* So that it is not taken before it was looked at. */
		expect_left_alone(&guard);
		install(GUARD_AT, getenv("FAKE_GUARD"));
		guard = next_guard(world, &guard);
		order(&guard, ways[i]);
		leave_guard(&guard);
		guard = await_guard(world);
		assert_false(runs_from(guard.pid, GUARD_AT));
		say_ready(&guard);
		expect_turn(&guard, (uint16_t)i);
		expect_left_alone(&guard);
		assert_int_equal(count_log(world, NOT_USED), 1);
	}
	leave_guard(&guard);
}

/* ... also soon after it was ready, but not for what others do to it. */
static void test_a_new_guard_has_to_prove_itself(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	expect_left_alone(&guard);
	install(GUARD_AT, getenv("FAKE_GUARD"));
	guard = next_guard(world, &guard);
	say_ready(&guard);
	assert_int_equal(kill(guard.pid, SIGKILL), 0);
	leave_guard(&guard);
	guard = await_guard(world);
	assert_true(runs_from(guard.pid, GUARD_AT));
	say_ready(&guard);
	expect_left_alone(&guard);
	order(&guard, FAKE_CRASH);
	leave_guard(&guard);
	guard = await_guard(world);
	assert_false(runs_from(guard.pid, GUARD_AT));
	say_ready(&guard);
	expect_turn(&guard, 1);
	leave_guard(&guard);
}

/* A guard may run another program in its place, but none as root. */
static void test_only_what_was_started_is_kept(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED"), next;
	pid_t keeper = keeper_of(world);

	expect_left_alone(&guard);
	order(&guard, FAKE_BECOME);
	await_running(guard.pid, "/bin/sleep");
	install(KEEPER_AT, getenv("KEEPER_RENEWED"));
	install(GUARD_AT, getenv("FAKE_GUARD"));
	next = await_guard(world);
	assert_true(runs_from(keeper, KEEPER_AT));
	order(&next, FAKE_FAIL);
	leave_guard(&guard);
	leave_guard(&next);
	guard = await_guard(world);
	assert_false(runs_from(guard.pid, GUARD_AT));
	say_ready(&guard);
	expect_turn(&guard, 1);
	leave_guard(&guard);
}

/* Where neither can be started, it may be the new one that can be later. */
static void test_the_new_one_is_tried_again(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	expect_left_alone(&guard);
	install(GUARD_AT, getenv("FAKE_GUARD"));
	guard = next_guard(world, &guard);
	order(&guard, FAKE_FAIL);
	leave_guard(&guard);
	guard = await_guard(world);
	assert_false(runs_from(guard.pid, GUARD_AT));
	order(&guard, FAKE_FAIL);
	leave_guard(&guard);
	guard = await_guard(world);
	assert_true(runs_from(guard.pid, GUARD_AT));
	say_ready(&guard);
	expect_turn(&guard, 1);
	leave_guard(&guard);
}

/* Does it have a file open that has no name any more? */
static bool keeps_removed(pid_t keeper)
{
	char path[64], to[PATH_MAX];
	bool found = false;

	for (int fd = 0; fd < 64; fd++) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", keeper,
			       fd);
		n = readlink(path, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		found |= strstr(to, " (deleted)") != NULL;
	}
	return found;
}

/* Once it has, the one before is forgotten. */
static void test_a_proved_guard_stays(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");
	pid_t keeper = keeper_of(world);
	int64_t until_ms = clock_ms() + PATIENCE_MS;

	expect_left_alone(&guard);
	install(GUARD_AT, getenv("FAKE_GUARD"));
	guard = next_guard(world, &guard);
	assert_true(keeps_removed(keeper));
	say_ready(&guard);
	while (keeps_removed(keeper) && clock_ms() < until_ms)
		(void)poll(NULL, 0, 5);
	order(&guard, FAKE_CRASH);
	leave_guard(&guard);
	guard = await_guard(world);
	assert_true(runs_from(guard.pid, GUARD_AT));
	assert_int_equal(count_log(world, NOT_USED), 0);
	leave_guard(&guard);
}

static void test_a_removed_guard_is_started_again(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");

	expect_left_alone(&guard);
	assert_int_equal(unlink(GUARD_AT), 0);
	assert_int_equal(unlink(KEEPER_AT), 0);
	expect_left_alone(&guard);
	assert_int_equal(kill(guard.pid, SIGKILL), 0);
	leave_guard(&guard);
	guard = await_guard(world);
	say_ready(&guard);
	expect_turn(&guard, 1);
	leave_guard(&guard);
}

/* One that hangs is of no interest any more. */
static void test_a_trial_ends_with_the_keeper(void **state)
{
	static const char script[] = "#!/bin/sh\n:>" TRIED "\nexec sleep 60\n";
	struct world *world = *state;
	struct guard guard = start_with(world, "INSTALLED");
	pid_t keeper = keeper_of(world);

	(void)unlink(TRIED);
	assert_int_equal(file_write(GUARD_AT, script, sizeof(script) - 1, 0755,
				    0, NULL), 0);
	while (access(TRIED, F_OK) < 0)
		(void)poll(NULL, 0, 5);
	assert_int_equal(kill(keeper, SIGTERM), 0);
	await_end(keeper);
	assert_int_equal(count_log(world, NOT_USED), 0);
	leave_guard(&guard);
}

static int check(const char *text)
{
	const char *const argv[] = { KEEPER_AT, "mail", KEEPER_CHECK, text,
				     NULL };
	struct answer answer = world_run(argv, WITH(), "/");
	int status = answer.status;

	answer_done(&answer);
	return status;
}

/* What one version hands over, another can read, or says that it cannot. */
static void test_what_is_handed_over_is_read(void **state)
{
	static const char *const bad[] = {
		"", "lock=3", "lock=3 guard=7 socket=4",
		"lock=3 guard=0 socket=4 since=5",
		"lock=3 guard=7 socket=4 since=", "lock 3",
		"lock=3 lock=4 guard=7 socket=4 since=5",
		"lock=-3 guard=7 socket=4 since=5",
		"lock=3 guard=2147483648 socket=4 since=5",
		"lock=3 guard=7 socket=4 since=9223372036854775808",
		"lock=3 guard=7 socket=4 since=5 kept=-1",
	};

	(void)state;
	assert_int_equal(check("lock=3 guard=7 socket=4 since=5"), 0);
	assert_int_equal(check("since=5 later=x socket=4 guard=7 lock=3"), 0);
	assert_int_equal(check("lock=3 guard=7 socket=4 since=5 runs=9 kept=8"),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (check(bad[i]) != 1)
			fail_msg("\"%s\" is taken", bad[i]);
}

#define RENEW(f) cmocka_unit_test_setup_teardown(f, setup_files, teardown_files)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RENEW(test_nothing_new_nothing_done),
		RENEW(test_a_new_guard_takes_over),
		RENEW(test_a_guard_that_does_not_make_way_is_killed),
		RENEW(test_a_new_keeper_goes_on),
		RENEW(test_a_script_that_runs_the_keeper),
		RENEW(test_both_are_new),
		RENEW(test_a_turn_is_not_disturbed),
		RENEW(test_what_cannot_be_used_is_not),
		RENEW(test_what_cannot_be_used_yet_is_used_later),
		RENEW(test_a_new_guard_that_fails_gives_way),
		RENEW(test_a_new_guard_has_to_prove_itself),
		RENEW(test_only_what_was_started_is_kept),
		RENEW(test_the_new_one_is_tried_again),
		RENEW(test_a_proved_guard_stays),
		RENEW(test_a_removed_guard_is_started_again),
		RENEW(test_a_trial_ends_with_the_keeper),
		RENEW(test_what_is_handed_over_is_read),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0 ||
	    world_own_processes() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	assert_int_equal(setenv("INSTALLED", KEEPER_AT, 1), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
