/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hold and release, as the keeper runs them. */
#include "cmd/turn.h"

#include "ocf_postfix.h"

#include <poll.h>

#include "base/clock.h"
#include "io/instance.h"

#define ALONE "OCF_RESKEY_require_quorum=no"
#define QUICK "OCF_RESKEY_verify_timeout=100ms"
#define HUNG_UP SPOOL_DIR "/hangup"
#define HELD INSTANCE_DIR "/master.cf.held"
#define RELEASED INSTANCE_DIR "/master.cf.released"
#define PATIENCE_MS 30000
#define OVERLAY INSTANCE_DIR "/postfix/master.cf"

static struct answer turn_call(const char *action, const char *word)
{
	static const char *const envp[] = {
		"OCF_RESOURCE_INSTANCE=mail",
		"OCF_RESKEY_CRM_meta_timeout=15000",
		NULL,
	};
	const char *const argv[] = { getenv("AGENT_PATH"), action, word,
				     NULL };

	return world_run(argv, envp, "/");
}

static void expect_turn(const char *action, const char *word, int code,
			const char *reason)
{
	struct answer answer = turn_call(action, word);

	if (answer.status != code ||
	    (reason ? !strstr(answer.err.data, reason) :
		      answer.err.len != 0))
		fail_msg("%s %s: %d, wanted %d, \"%s\"\n%s", action, word,
			 answer.status, code, reason ? reason : "",
			 answer.err.data);
	answer_done(&answer);
}

static struct state record_now(void)
{
	struct instance instance;
	struct why why = { "" };
	struct state state;

	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	if (instance_load(&instance, &state, &why) < 0)
		fail_msg("%s", why.text);
	return state;
}

static bool is_same(const char *path, const char *other)
{
	uint64_t a, b;

	assert_int_equal(file_digest(path, PROGRAM_MAX, &a, NULL), 0);
	assert_int_equal(file_digest(other, PROGRAM_MAX, &b, NULL), 0);
	return a == b;
}

/* DNS is silent here, so it starts released. */
static void start(void)
{
	struct state state;

	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(ALONE, QUICK), 0, NULL);
	state = record_now();
	assert_false(state.held);
	state_done(&state);
	(void)unlink(HUNG_UP);
}

static void await_hangup(void)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;

	while (!world_has(HUNG_UP) && clock_ms() < until_ms)
		(void)poll(NULL, 0, 5);
	assert_true(world_has(HUNG_UP));
}

/* That it is so, whole: record, overlay, and the mail server was told. */
static void expect_held(bool held, const char *reason)
{
	struct state state = record_now();

	assert_int_equal(state.held, held);
	assert_false(state.untold);
	assert_string_equal(state.hold_reason, reason);
	assert_true(is_same(OVERLAY, held ? HELD : RELEASED));
	await_hangup();
	state_done(&state);
	world_expect("monitor", WITH(), 0, NULL);
}

static void test_there_and_back(void **unused)
{
	struct state state;

	(void)unused;
	start();
	assert_false(is_same(HELD, RELEASED));
	expect_turn("hold", "lost", 0, NULL);
	expect_held(true, "another node has the claim");
	state = record_now();
	assert_in_range(state.held_since_s, clock_wall_s() - 60,
			clock_wall_s());
	state_done(&state);
	(void)unlink(HUNG_UP);
	expect_turn("release", "verdict", 0, NULL);
	expect_held(false, "the verdict is not a failure of ours");
	state = record_now();
	assert_int_equal(state.held_since_s, 0);
	state_done(&state);
}

/* Asked again it does nothing, but for a reason that is another. */
static void test_twice_is_once(void **unused)
{
	struct stat before, after;

	(void)unused;
	start();
	expect_turn("hold", "lost", 0, NULL);
	await_hangup();
	(void)unlink(HUNG_UP);
	assert_int_equal(stat(INSTANCE_DIR "/state", &before), 0);
	expect_turn("hold", "lost", 0, NULL);
	assert_int_equal(stat(INSTANCE_DIR "/state", &after), 0);
	assert_true(before.st_ino == after.st_ino);
	expect_turn("hold", "no-quorum", 0, NULL);
	assert_false(world_has(HUNG_UP));
	world_put(HUNG_UP, "", 0600);
	expect_held(true, "this part of the cluster has no quorum");
}

/* Since when is kept, so that a release by hold_max stays one. */
static void test_hold_max_stays(void **unused)
{
	struct state state;

	(void)unused;
	start();
	expect_turn("hold", "verdict", 0, NULL);
	expect_held(true, "the verdict is failed and laid to us");
	expect_turn("release", "hold-max", 0, NULL);
	expect_held(false, "hold_max has passed");
	state = record_now();
	assert_true(state.held_since_s > 0);
	state_done(&state);
}

static void test_words_that_are_none(void **unused)
{
	static const char *const bad[][2] = {
		{ "hold", "" }, { "hold", "x" }, { "hold", "lost\n" },
		{ "hold", "hold-max" }, { "hold", "not-wanted" },
		{ "release", "lost" }, { "release", "no-quorum" },
		{ "release", "no-cluster" }, { "release", "unclaimed" },
	};
	struct state state;

	(void)unused;
	start();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_turn(bad[i][0], bad[i][1], 2, "is no reason to");
	state = record_now();
	assert_false(state.held);
	state_done(&state);
	assert_false(world_has(HUNG_UP));
}

static void test_nothing_is_bound(void **unused)
{
	(void)unused;
	expect_turn("hold", "lost", 7, NULL);
	assert_int_equal(file_mkdirs(INSTANCE_DIR, 0755, NULL), 0);
	expect_turn("hold", "lost", 7, NULL);
}

/* Nobody knows what is in it then. */
static void test_a_variant_that_was_changed_is_not_used(void **unused)
{
	BUF_CLEAN text = { 0 };
	struct state state;

	(void)unused;
	start();
	assert_int_equal(file_read(HELD, PROGRAM_MAX, &text, NULL), 0);
	buf_puts(&text, "evil unix - n n - - pipe\n");
	world_put(HELD, text.data, 0644);
	expect_turn("hold", "lost", 1, "remote delivery cannot be held: " HELD
		    " is not as start made it");
	assert_int_equal(unlink(HELD), 0);
	expect_turn("hold", "lost", 1, HELD);
	state = record_now();
	assert_false(state.held);
	state_done(&state);
	assert_true(is_same(OVERLAY, RELEASED));
	assert_false(world_has(HUNG_UP));
	world_expect("monitor", WITH(), 0, NULL);
	/* What makes it anew cures it. */
	world_expect("reload-agent", WITH(ALONE, QUICK), 0, NULL);
	expect_turn("hold", "lost", 0, NULL);
	expect_held(true, "another node has the claim");
}

/* Killed between the record and the signal: the mail server still delivers. */
static void test_what_was_not_told_is_told_again(void **unused)
{
	struct instance instance;
	struct state state;

	(void)unused;
	start();
	expect_turn("hold", "lost", 0, NULL);
	await_hangup();
	state = record_now();
	state.untold = true;
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	assert_int_equal(instance_save(&instance, &state, NULL), 0);
	state_done(&state);
	(void)unlink(HUNG_UP);
	expect_turn("hold", "lost", 0, NULL);
	expect_held(true, "another node has the claim");
}

static void test_it_waits_for_the_record(void **unused)
{
	struct instance instance;
	int fd = -1, status;
	pid_t pid;

	(void)unused;
	start();
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	assert_int_equal(instance_lock(&instance, 0, &fd, NULL), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)close(fd);
		_exit(turn_call("hold", "lost").status);
	}
	/* It cannot have ended, whatever it does. */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	file_close(&fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	expect_held(true, "another node has the claim");
}

static void test_it_is_in_the_history(void **unused)
{
	struct history history = { 0 };
	const struct history_entry *last;

	(void)unused;
	start();
	expect_turn("hold", "lost", 0, NULL);
	assert_int_equal(history_file_read(HISTORY, &history, NULL), 0);
	assert_int_equal(history.count, 1);
	last = &history.items[0];
	assert_true(last->note_count > 0);
	assert_int_equal(last->notes[last->note_count - 1].kind, NOTE_HELD);
	assert_string_equal(last->notes[last->note_count - 1].text,
			    "another node has the claim");
	history_done(&history);
}

/* The cluster cannot ask for them. */
static void test_the_front_does_not_know_them(void **unused)
{
	struct answer answer = world_call("meta-data", WITH());

	(void)unused;
	assert_int_equal(answer.status, 0);
	assert_null(strstr(answer.out.data, "name=\"hold\" timeout"));
	assert_null(strstr(answer.out.data, "name=\"release\""));
	answer_done(&answer);
	answer = world_call("hold", WITH());
	assert_int_equal(answer.status, 3);
	answer_done(&answer);
	answer = world_call("release", WITH());
	assert_int_equal(answer.status, 3);
	answer_done(&answer);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, postfix_setup, postfix_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_there_and_back),
		TEST(test_twice_is_once),
		TEST(test_hold_max_stays),
		TEST(test_words_that_are_none),
		TEST(test_nothing_is_bound),
		TEST(test_a_variant_that_was_changed_is_not_used),
		TEST(test_what_was_not_told_is_told_again),
		TEST(test_it_waits_for_the_record),
		TEST(test_it_is_in_the_history),
		TEST(test_the_front_does_not_know_them),
	};

	if (world_enter() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
