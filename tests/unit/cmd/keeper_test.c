/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keeper, and a guard that was subverted: this test plays it. */
#include "keeper_play.h"

#define HOLD_LOST "hold lost |"

static void test_a_turn_is_done_and_answered(void **state)
{
	struct guard guard = start(*state);
	BUF_CLEAN text = { 0 };

	ask(&guard, true, TURN_LOST, 7);
	expect_answer(&guard, 7, true);
	assert_int_equal(turns(&text), 1);
	/* Nothing but this, whoever started the keeper. */
	assert_string_equal(text.data,
			    HOLD_LOST " OCF_RESOURCE_INSTANCE=mail"
			    " OCF_RESKEY_CRM_meta_timeout=15000"
			    " PATH=/usr/sbin:/usr/bin:/sbin:/bin |"
			    " 0:/dev/null 1:/dev/null 2:/dev/null"
			    " cwd / umask 022 signals fine\n");
	leave_guard(&guard);
}

static void test_each_reason_has_its_word(void **state)
{
	struct guard guard = start(*state);
	BUF_CLEAN text = { 0 };

	ask(&guard, false, TURN_VERDICT, 1);
	expect_answer(&guard, 1, true);
	ask(&guard, true, TURN_NO_CLUSTER, 65535);
	expect_answer(&guard, 65535, true);
	assert_int_equal(turns(&text), 2);
	assert_memory_equal(text.data, "release verdict |", 17);
	assert_non_null(strstr(text.data, "\nhold no-cluster |"));
	leave_guard(&guard);
}

static void test_a_turn_that_fails_is_told(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);

	assert_int_equal(sandbox_write(WORLD_STATUS, "1"), 0);
	ask(&guard, true, TURN_LOST, 7);
	expect_answer(&guard, 7, false);
	ask(&guard, true, TURN_LOST, 8);
	expect_answer(&guard, 8, false);
	assert_int_equal(count_log(world, "hold (lost) was not done: the agent "
				   "ended with status 1"), 1);
	leave_guard(&guard);
}

static void test_one_turn_at_a_time(void **state)
{
	struct guard guard = start(*state);

	assert_int_equal(mkfifo(WORLD_HANG, 0600), 0);
	ask(&guard, true, TURN_LOST, 1);
	ask(&guard, false, TURN_VERDICT, 2);
	ask(&guard, true, TURN_LOST, 3);
	expect_answer(&guard, 2, false);
	expect_answer(&guard, 3, false);
	(void)close(open(WORLD_HANG, O_WRONLY | O_CLOEXEC));
	expect_answer(&guard, 1, true);
	assert_int_equal(count_turns(), 1);
	leave_guard(&guard);
}

static void test_an_agent_that_hangs_is_killed(void **state)
{
	struct world *world = *state;
	struct guard guard = start_with(world, "KEEPER_TURN_200");

	assert_int_equal(mkfifo(WORLD_HANG, 0600), 0);
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, false);
	assert_int_equal(count_log(world, "the agent was ended by signal 9"),
			 1);
	leave_guard(&guard);
}

/* A few at once, then one a second: of many that are asked for as fast as they
 * are answered, no more are done than the time allows. */
static void test_turns_have_a_pace(void **state)
{
	struct guard guard = start(*state);
	int64_t began_ms = clock_ms(), took_ms;
	unsigned int done = 0, refused = 0;

	for (uint16_t i = 0; i < 12; i++) {
		uint16_t number;

		ask(&guard, i % 2, TURN_VERDICT, i);
		*(next_answer(&guard, &number) ? &done : &refused) += 1;
		assert_int_equal(number, i);
	}
	took_ms = clock_ms() - began_ms;
	assert_in_range(done, 1, (uint64_t)(3 + took_ms / 1000));
	assert_int_equal(count_turns(), done);
	assert_int_equal(done + refused, 12);
	leave_guard(&guard);
}

/* Each byte of a turn changed to what it may not be, and other lengths. */
static void test_what_is_no_turn_is_not_obeyed(void **state)
{
	static const uint8_t wrong[TURN_BYTES - 2][3] = {
		{ 'A', 'b', 0 }, { 'A', 0, 't' }, { 0, 2, 255 },
		{ 2, 128, 255 }, { 0, 128, 255 }, { 1, 128, 255 },
	};
	static const size_t lengths[] = { 0, 1, 7, 9, 16, 60000 };
	struct world *world = *state;
	struct guard guard = start(world);
	const struct turn turn = { true, TURN_LOST, 9 };
	uint8_t bytes[60000] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		for (size_t k = 0; k < 3; k++) {
			turn_encode(&turn, bytes);
			bytes[i] = wrong[i][k];
			assert_int_equal(send(guard.fd, bytes, TURN_BYTES,
					      MSG_NOSIGNAL), TURN_BYTES);
		}
	turn_encode(&turn, bytes);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		assert_int_equal(send(guard.fd, bytes, lengths[i],
				      MSG_NOSIGNAL), lengths[i]);
	say_ready(&guard);
	ask(&guard, false, TURN_VERDICT, 10);
	expect_answer(&guard, 10, true);
	assert_int_equal(count_turns(), 1);
	assert_int_equal(count_log(world, "\"alive\" nor a turn"), 1);
	leave_guard(&guard);
}

static void test_no_turn_before_it_is_ready(void **state)
{
	struct world *world = *state;
	struct guard guard;
	char said[LINE_MAX_LEN];

	begin_start(world, "KEEPER");
	guard = await_guard(world);
	ask(&guard, true, TURN_LOST, 1);
	say_ready(&guard);
	assert_int_equal(end_start(world, said), 0);
	ask(&guard, true, TURN_LOST, 2);
	expect_answer(&guard, 2, true);
	assert_int_equal(count_turns(), 1);
	leave_guard(&guard);
}

static void send_descriptor(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (char[]){ 'x' }, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	assert_int_equal(sendmsg(to, &msg, MSG_NOSIGNAL), 1);
}

static void test_descriptors_do_not_stay(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	unsigned int before;
	int ends[2];
	char byte;

	/* By then it has hung up on who started it. */
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, true);
	before = count_descriptors(keeper_of(world));
	assert_true(before >= 6);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < 10; i++)
		send_descriptor(guard.fd, ends[1]);
	(void)close(ends[1]);
	/* The last of them was closed: not by us. */
	await(ends[0]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	assert_int_equal(count_descriptors(keeper_of(world)), before);
	(void)close(ends[0]);
	leave_guard(&guard);
}

/* It reads so many packets in a second, and the kernel keeps no more than a
 * few: a guard that says too much fills its own queue. */
static void test_a_flood_is_read_slowly(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	int64_t began_ms = clock_ms(), took_ms;
	unsigned int sent = 0, queued = 0;
	uint8_t bytes[TURN_BYTES];

	turn_encode(&(struct turn){ true, TURN_LOST, 1 }, bytes);
	(void)fcntl(guard.fd, F_SETFL, O_NONBLOCK);
	while (send(guard.fd, bytes, TURN_BYTES, MSG_NOSIGNAL) > 0)
		queued++;
	for (int i = 0; i < 3; i++) {
		struct pollfd at = { .fd = guard.fd, .events = POLLOUT };

		(void)poll(&at, 1, 1000);
		while (send(guard.fd, bytes, TURN_BYTES, MSG_NOSIGNAL) > 0)
			sent++;
		while (recv(guard.fd, bytes, TURN_BYTES, 0) > 0)
			turn_encode(&(struct turn){ true, TURN_LOST, 1 },
				    bytes);
	}
	took_ms = clock_ms() - began_ms;
	assert_true(queued > 0 && sent > 0);
	assert_in_range(sent, 1, (uint64_t)(16 * (took_ms / 1000 + 2)));
	assert_in_range(count_turns(), 1, (uint64_t)(3 + took_ms / 1000));
	assert_int_equal(count_log(world, "says too much"), 1);
	leave_guard(&guard);
}

static void test_a_guard_that_hangs_up_is_replaced(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world), next;

	order_and_wait(&guard, FAKE_DEAF);
	(void)close(guard.fd);
	order_and_wait(&guard, FAKE_CLOSE);
	next = await_guard(world);
	assert_false(runs(guard.pid));
	(void)close(guard.drive);
	say_ready(&next);
	ask(&next, true, TURN_LOST, 1);
	expect_answer(&next, 1, true);
	assert_int_equal(count_log(world, "it hung up on its keeper"), 1);
	leave_guard(&next);
}

static void test_a_guard_that_dies_is_replaced(void **state)
{
	static const enum fake_order ways[] = { FAKE_CRASH, FAKE_FAIL };
	struct world *world = *state;
	struct guard guard = start(world);

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		order(&guard, ways[i]);
		leave_guard(&guard);
		guard = await_guard(world);
		say_ready(&guard);
	}
	assert_int_equal(kill(guard.pid, SIGKILL), 0);
	leave_guard(&guard);
	guard = await_guard(world);
	say_ready(&guard);
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, true);
	leave_guard(&guard);
}

/* It says nothing any more, as one that hangs; until then it lives. */
static void test_a_silent_guard_is_replaced(void **state)
{
	const char alive = KEEPER_ALIVE;
	struct world *world = *state;
	struct guard guard = start_with(world, "KEEPER_SILENCE_2000"), next;

	for (int i = 0; i < 12; i++) {
		assert_int_equal(send(guard.fd, &alive, 1, MSG_NOSIGNAL), 1);
		(void)poll(NULL, 0, 300);
	}
	assert_true(runs(guard.pid));
	next = await_guard(world);
	assert_false(runs(guard.pid));
	assert_int_equal(count_log(world, "it gave no sign of life"), 1);
	leave_guard(&guard);
	leave_guard(&next);
}

/* What the last guard asked for is not answered to the next one. */
static void test_a_new_guard_hears_nothing_of_the_old(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);

	assert_int_equal(mkfifo(WORLD_HANG, 0600), 0);
	ask(&guard, true, TURN_LOST, 1);
	(void)open(WORLD_HANG, O_WRONLY | O_CLOEXEC);
	order(&guard, FAKE_CRASH);
	leave_guard(&guard);
	guard = await_guard(world);
	say_ready(&guard);
	ask(&guard, true, TURN_LOST, 2);
	expect_answer(&guard, 2, false);
	leave_guard(&guard);
}

/* ... also when it is done only now. */
static void test_a_turn_outlives_its_guard(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	uint16_t number = 1, answered;
	bool done;

	assert_int_equal(mkfifo(WORLD_HANG, 0600), 0);
	ask(&guard, true, TURN_LOST, number);
	while (!count_turns())
		(void)poll(NULL, 0, 5);
	order(&guard, FAKE_CRASH);
	leave_guard(&guard);
	guard = await_guard(world);
	say_ready(&guard);
	(void)close(open(WORLD_HANG, O_WRONLY | O_CLOEXEC));
	assert_int_equal(unlink(WORLD_HANG), 0);
	do {
		ask(&guard, true, TURN_LOST, ++number);
		done = next_answer(&guard, &answered);
		assert_int_equal(answered, number);
	} while (!done);
	leave_guard(&guard);
}

static void test_nothing_of_a_guard_stays(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world), next;
	pid_t strays[5];

	order(&guard, FAKE_STRAYS);
	for (size_t i = 0; i < ARRAY_SIZE(strays); ) {
		await(guard.drive);
		if (recv(guard.drive, &strays[i], sizeof(*strays), 0) > 1)
			i++;
	}
	order(&guard, FAKE_CRASH);
	next = await_guard(world);
	for (size_t i = 0; i < ARRAY_SIZE(strays); i++)
		await_gone(strays[i]);
	leave_guard(&guard);
	leave_guard(&next);
}

static void test_it_cannot_signal_its_keeper(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	char byte = 0;

	order(&guard, FAKE_SIGNAL);
	await(guard.drive);
	/* Another user there is only for root. */
	if (recv(guard.drive, &byte, 1, 0) != 1) {
		leave_guard(&guard);
		skip();
	}
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, true);
	leave_guard(&guard);
}

static void test_another_program_is_ended_as_a_guard_is(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	pid_t keeper = keeper_of(world);

	order(&guard, FAKE_BECOME);
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, true);
	assert_int_equal(kill(keeper, SIGTERM), 0);
	await_end(keeper);
	assert_false(runs(guard.pid));
	leave_guard(&guard);
}

static void test_told_to_end_it_leaves_nothing(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	pid_t keeper = keeper_of(world);

	order_and_wait(&guard, FAKE_DEAF);
	order(&guard, FAKE_STRAYS);
	assert_int_equal(kill(keeper, SIGTERM), 0);
	await_end(keeper);
	/* Whatever is left would be ours now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(guard_lock_owner(world->files.keeper_lock, NULL), 0);
	leave_guard(&guard);
}

static void test_it_ends_with_a_guard_that_is_done(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	pid_t keeper = keeper_of(world);

	order(&guard, FAKE_EXIT);
	await_end(keeper);
	leave_guard(&guard);
}

static void test_it_ends_with_its_instance(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	pid_t keeper = keeper_of(world);

	assert_int_equal(guard_files_remove(&world->files, NULL), 0);
	await_end(keeper);
	assert_false(runs(guard.pid));
	leave_guard(&guard);
}

static void test_it_ends_when_its_lock_is_replaced(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);
	pid_t keeper = keeper_of(world);

	assert_int_equal(file_write(world->files.keeper_lock, "", 0, 0644, 0,
				    NULL), 0);
	await_end(keeper);
	assert_false(runs(guard.pid));
	leave_guard(&guard);
}

static void test_a_killed_keeper_leaves_no_guard(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);

	order_and_wait(&guard, FAKE_DEAF);
	assert_int_equal(kill(keeper_of(world), SIGKILL), 0);
	await_gone(guard.pid);
	leave_guard(&guard);
}

static void expect_failure(struct world *world, const char *reason)
{
	char said[LINE_MAX_LEN];

	assert_int_equal(end_start(world, said), 1);
	if (!strstr(said, reason) || strchr(said, '\n') != said + strlen(said) - 1)
		fail_msg("wanted \"%s\": \"%s\"", reason, said);
}

static void test_one_keeper_alone(void **state)
{
	struct world *world = *state;
	struct guard guard = start(world);

	begin_start(world, "KEEPER");
	expect_failure(world, "another process has it");
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, true);
	leave_guard(&guard);
}

static void test_a_first_guard_that_fails_is_told(void **state)
{
	struct world *world = *state;
	struct guard guard;

	begin_start(world, "KEEPER");
	guard = await_guard(world);
	order(&guard, FAKE_FAIL);
	expect_failure(world, "the guard ended with status 3 before it was "
		       "ready");
	leave_guard(&guard);
	begin_start(world, "KEEPER_READY_200");
	expect_failure(world, "the guard was killed: it was not ready in "
		       "time");
}

/* A starter whose time was over: what it started serves the next one. */
static void test_who_started_it_may_be_gone(void **state)
{
	struct world *world = *state;
	struct guard guard;

	begin_start(world, "KEEPER");
	guard = await_guard(world);
	assert_int_equal(kill(world->starter, SIGKILL), 0);
	assert_int_equal(waitpid(world->starter, NULL, 0), world->starter);
	(void)close(world->err);
	say_ready(&guard);
	ask(&guard, true, TURN_LOST, 1);
	expect_answer(&guard, 1, true);
	leave_guard(&guard);
}

static void test_no_folder_no_keeper(void **state)
{
	struct world *world = *state;

	assert_int_equal(guard_files_remove(&world->files, NULL), 0);
	begin_start(world, "KEEPER");
	expect_failure(world, world->files.keeper_lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_turn_is_done_and_answered),
		TEST(test_each_reason_has_its_word),
		TEST(test_a_turn_that_fails_is_told),
		TEST(test_one_turn_at_a_time),
		TEST(test_an_agent_that_hangs_is_killed),
		TEST(test_turns_have_a_pace),
		TEST(test_what_is_no_turn_is_not_obeyed),
		TEST(test_no_turn_before_it_is_ready),
		TEST(test_descriptors_do_not_stay),
		TEST(test_a_flood_is_read_slowly),
		TEST(test_a_guard_that_hangs_up_is_replaced),
		TEST(test_a_guard_that_dies_is_replaced),
		TEST(test_a_silent_guard_is_replaced),
		TEST(test_a_new_guard_hears_nothing_of_the_old),
		TEST(test_a_turn_outlives_its_guard),
		TEST(test_nothing_of_a_guard_stays),
		TEST(test_it_cannot_signal_its_keeper),
		TEST(test_another_program_is_ended_as_a_guard_is),
		TEST(test_told_to_end_it_leaves_nothing),
		TEST(test_it_ends_with_a_guard_that_is_done),
		TEST(test_it_ends_with_its_instance),
		TEST(test_it_ends_when_its_lock_is_replaced),
		TEST(test_a_killed_keeper_leaves_no_guard),
		TEST(test_one_keeper_alone),
		TEST(test_a_first_guard_that_fails_is_told),
		TEST(test_who_started_it_may_be_gone),
		TEST(test_no_folder_no_keeper),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0 ||
	    world_own_processes() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
