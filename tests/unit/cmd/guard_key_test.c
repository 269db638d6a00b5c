/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The witnesses' key: what the agent does with it, and what the guard has. */
#include <poll.h>

#include "ocf_postfix.h"

#include "base/clock.h"

#define KEY "/run/authkey"
#define COPY GUARD_ROOT "/mail/authkey"
#define STATE GUARD_ROOT "/mail/live/state"
#define VERDICT GUARD_ROOT "/mail/live/verdict.xml"
#define HEX16 "0123456789abcdef"
#define SECRET HEX16 HEX16 HEX16 HEX16
#define ONE "key mail 1 " SECRET "\n"
#define TWO "key mail 2 " SECRET "\n" ONE
#define PATIENT_MS 20000

#define ALONE "OCF_RESKEY_require_quorum=no"
#define OBSERVE "OCF_RESKEY_mode=observe"
#define WITNESSES "OCF_RESKEY_witnesses=192.0.2.77"
#define AUTHKEY "OCF_RESKEY_authkey=" KEY
#define DEEP "OCF_CHECK_LEVEL=10"

static void expect_in(const char *path, const char *with)
{
	BUF_CLEAN text = { 0 };

	assert_int_equal(file_read(path, PROGRAM_MAX, &text, NULL), 0);
	if (!strstr(text.data, with))
		fail_msg("\"%s\" is not in %s:\n%s", with, path, text.data);
}

static void expect_not_in(const char *path, const char *without)
{
	BUF_CLEAN text = { 0 };

	assert_int_equal(file_read(path, PROGRAM_MAX, &text, NULL), 0);
	if (strstr(text.data, without))
		fail_msg("\"%s\" is in %s:\n%s", without, path, text.data);
}

static void expect_copy(const char *with)
{
	const struct passwd *user = getpwnam(GUARD_USER);
	struct stat st;

	assert_non_null(user);
	assert_int_equal(lstat(COPY, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0440);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_gid, user->pw_gid);
	expect_in(COPY, with);
}

/* What the guard, which is not root, found. */
static void await_in(const char *path, const char *line)
{
	const int64_t until_ms = clock_ms() + PATIENT_MS;
	BUF_CLEAN text = { 0 };

	do {
		buf_done(&text);
		if (!file_read(path, PROGRAM_MAX, &text, NULL) &&
		    strstr(text.data, line))
			return;
		(void)poll(NULL, 0, 20);
	} while (clock_ms() < until_ms);
	fail_msg("\"%s\" is not in:\n%s", line, text.data ? text.data : "");
}

static void test_validate_all_wants_a_key_on_this_node(void **unused)
{
	(void)unused;
	(void)unlink(KEY);
	/* Of the host only level 10 says anything. */
	world_expect("validate-all", WITH(WITNESSES, AUTHKEY), 0, NULL);
	world_expect("validate-all", WITH(DEEP, AUTHKEY), 0, NULL);
	world_expect("validate-all", WITH(DEEP, WITNESSES, AUTHKEY), 5,
		     "authkey: cannot open " KEY);
	world_put(KEY, ONE, 0644);
	world_expect("validate-all", WITH(DEEP, WITNESSES, AUTHKEY), 5,
		     "chmod 600 " KEY);
	world_put(KEY, "# none yet\n", 0600);
	world_expect("validate-all", WITH(DEEP, WITNESSES, AUTHKEY), 5,
		     "authkey: " KEY " has no key");
	world_put(KEY, ONE, 0600);
	world_expect("validate-all", WITH(DEEP, WITNESSES, AUTHKEY), 0, NULL);
}

static void test_the_guard_has_what_the_agent_has(void **unused)
{
	(void)unused;
	world_put(KEY, ONE, 0600);
	world_expect("start", WITH(OBSERVE, ALONE, WITNESSES, AUTHKEY), 0,
		     NULL);
	expect_copy(ONE);
	await_in(STATE, "node_check verified witness key ");
	world_put(KEY, TWO, 0600);
	world_expect("monitor", WITH(OBSERVE, WITNESSES, AUTHKEY), 0, NULL);
	expect_copy(ONE);	/* level 0 does nothing for it */
	world_expect("monitor", WITH(OBSERVE, WITNESSES, AUTHKEY, DEEP), 0,
		     NULL);
	expect_copy("key mail 2 ");
	/* Without witnesses it has no use, and is not kept. */
	world_expect("reload-agent", WITH(OBSERVE, ALONE, AUTHKEY), 0, NULL);
	assert_false(world_has(COPY));
	world_expect("reload-agent", WITH(OBSERVE, ALONE, WITNESSES, AUTHKEY),
		     0, NULL);
	expect_copy("key mail 2 ");
	world_expect("stop", WITH(OBSERVE), 0, NULL);
	assert_false(world_has(GUARD_ROOT "/mail"));
}

static void test_mail_flows_without_a_key(void **unused)
{
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";

	(void)unused;
	(void)unlink(KEY);
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(ALONE, quick, WITNESSES, AUTHKEY), 0, NULL);
	/* For bindback verify --resource. */
	expect_in(INSTANCE_DIR "/state", "\nwitnesses 192.0.2.77\nauthkey " KEY
		  "\ncallback_port 9322\ncallback bindback\n");
	/* Mail waits for the start's verdict, but for no witness. */
	expect_not_in(INSTANCE_DIR "/verdict.xml", "cannot open " KEY);
	expect_copy("# ");
	await_in(STATE, "node_check degraded witness key witnesses cannot be "
		 "asked from here: ");
	/* The guard asks them, now that all is bound. */
	await_in(VERDICT, "cannot open " KEY);
	world_expect("monitor", WITH(DEEP, WITNESSES, AUTHKEY), 0, NULL);
	world_put(KEY, TWO, 0600);
	world_expect("monitor", WITH(DEEP, WITNESSES, AUTHKEY), 0, NULL);
	expect_copy("key mail 2 ");
	assert_int_equal(chmod(KEY, 0604), 0);
	world_expect("monitor", WITH(DEEP, WITNESSES, AUTHKEY), 0, NULL);
	expect_copy("# ");
	world_expect("stop", WITH(), 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, postfix_setup, postfix_teardown)
		TEST(test_validate_all_wants_a_key_on_this_node),
		TEST(test_the_guard_has_what_the_agent_has),
		TEST(test_mail_flows_without_a_key),
	};

	if (world_enter() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
