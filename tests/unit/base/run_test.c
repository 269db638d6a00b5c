/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

/* Scripts stand in for programs; `run` itself knows no shell. */
static struct run_spec shell(const char *const argv[4], const char *const *env)
{
	return (struct run_spec){ argv, env, NULL, 10000, 100000 };
}

static const char *const no_env[] = { NULL };

static struct run_result ran(const char *script)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct run_spec spec = shell(argv, no_env);
	struct run_result result;
	struct why why = { "" };

	if (run(&spec, &result, &why) < 0)
		fail_msg("%s: %s", script, why.text);
	return result;
}

static void test_status_and_output(void **state)
{
	struct run_result result = ran("echo out; echo err >&2; exit 7");

	(void)state;
	assert_int_equal(result.exit_status, 7);
	assert_string_equal(result.out.data, "out\n");
	assert_string_equal(result.err.data, "err\n");
	run_result_done(&result);

	result = ran("kill -9 $$");
	assert_int_equal(result.exit_status, 128 + SIGKILL);
	run_result_done(&result);
}

static void test_what_the_program_gets(void **state)
{
	static const char *const env[] = { "A=1 2", NULL };
	static const char *const argv[] = {
		"/bin/sh", "-c",
		"pwd; echo \"$A\" \"${HOME-none}\"; cat; ls /proc/self/fd",
		NULL
	};
	struct run_spec spec = shell(argv, env);
	struct run_result result;
	int leak = fcntl(0, F_DUPFD, 200);	/* without close-on-exec */

	(void)state;
	spec.cwd = "/usr";
	assert_int_equal(run(&spec, &result, NULL), 0);
	(void)close(leak);
	/* ls itself opens descriptor 3, the folder. */
	assert_string_equal(result.out.data,
			    "/usr\n1 2 none\n0\n1\n2\n3\n");
	run_result_done(&result);
}

static void test_cannot_start(void **state)
{
	static const char *const missing[] = { "/nonexistent/x", NULL };
	static const char *const folder[] = { "/etc", NULL };
	struct run_result result = { .exit_status = 99 };
	struct run_spec spec = { missing, no_env, NULL, 1000, 1000 };
	struct why why = { "" };

	(void)state;
	assert_int_equal(run(&spec, &result, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/nonexistent/x"));
	spec.argv = folder;
	assert_int_equal(run(&spec, &result, &why), -EACCES);
	assert_int_equal(result.exit_status, 99);
}

static void test_timeout(void **state)
{
	static const char *const argv[] = { "/bin/sleep", "60", NULL };
	struct run_spec spec = { argv, no_env, NULL, 100, 1000 };
	struct run_result result = { 0 };
	struct why why = { "" };
	int64_t began = clock_ms();

	(void)state;
	assert_int_equal(run(&spec, &result, &why), -ETIMEDOUT);
	assert_in_range(clock_ms() - began, 100, 5000);
	assert_non_null(strstr(why.text, "within 100 ms"));
	assert_null(result.out.data);
}

/* Who writes without end must not keep us from looking at the clock. */
static void test_timeout_of_a_chatterbox(void **state)
{
	static const char *const argv[] = { "/usr/bin/yes", NULL };
	struct run_spec spec = { argv, no_env, NULL, 200, 1000 };
	struct run_result result;
	int64_t began = clock_ms();

	(void)state;
	assert_int_equal(run(&spec, &result, NULL), -ETIMEDOUT);
	assert_in_range(clock_ms() - began, 200, 5000);
}

static void test_output_is_cut_at_the_limit(void **state)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "head -c 9000 /dev/zero | tr '\\0' x; "
		"sleep 0.05; echo end", NULL
	};
	struct run_spec spec = { argv, no_env, NULL, 10000, 5000 };
	struct run_result result;

	(void)state;
	spec.envp = (const char *const[]){ "PATH=/bin:/usr/bin", NULL };
	assert_int_equal(run(&spec, &result, NULL), 0);
	assert_int_equal(result.out.len, 5000);
	assert_null(strstr(result.out.data, "end"));
	run_result_done(&result);
}

/* A daemon that the program left behind keeps its end of the pipe open. */
static void test_does_not_wait_for_what_is_left_behind(void **state)
{
	int64_t began = clock_ms();
	struct run_result result = ran("/bin/sleep 3 & echo started");

	(void)state;
	assert_in_range(clock_ms() - began, 0, 2500);
	assert_string_equal(result.out.data, "started\n");
	run_result_done(&result);
	run_result_done(NULL);
}

/* In the place of libc's: what hangs in the kernel does not heed it. */
static bool is_deaf;
static pid_t unkilled;

int kill(pid_t pid, int signal)
{
	unkilled = pid;
	return is_deaf ? 0 : (int)syscall(SYS_kill, pid, signal);
}

static void test_does_not_wait_for_what_cannot_be_killed(void **unused)
{
	const char *const argv[] = { "/bin/sleep", "600", NULL };
	const char *const envp[] = { NULL };
	const struct run_spec spec = { .argv = argv, .envp = envp,
				       .timeout_ms = 20 };
	struct run_result result;

	(void)unused;
	is_deaf = true;
	(void)alarm(10);
	assert_int_equal(run(&spec, &result, NULL), -ETIMEDOUT);
	(void)alarm(0);
	is_deaf = false;
	assert_int_equal(waitpid(unkilled, NULL, WNOHANG), 0);
	assert_int_equal(kill(unkilled, SIGKILL), 0);
	assert_int_equal(waitpid(unkilled, NULL, 0), unkilled);
}

/* In the place of libc's: no descriptor is left for it. */
static bool is_full;

int pidfd_open(pid_t pid, unsigned int flags)
{
	if (!is_full)
		return (int)syscall(SYS_pidfd_open, pid, flags);
	errno = EMFILE;
	return -1;
}

static void test_what_cannot_be_waited_for_is_not_left(void **unused)
{
	const char *const argv[] = { "/bin/sleep", "600", NULL };
	const struct run_spec spec = { .argv = argv, .envp = no_env,
				       .timeout_ms = 20 };
	struct run_result result;
	struct why why = { "" };

	(void)unused;
	is_full = true;
	assert_int_equal(run(&spec, &result, &why), -EMFILE);
	is_full = false;
	assert_non_null(strstr(why.text, strerror(EMFILE)));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_and_output),
		cmocka_unit_test(test_what_the_program_gets),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_of_a_chatterbox),
		cmocka_unit_test(test_does_not_wait_for_what_cannot_be_killed),
		cmocka_unit_test(test_what_cannot_be_waited_for_is_not_left),
		cmocka_unit_test(test_output_is_cut_at_the_limit),
		cmocka_unit_test(test_does_not_wait_for_what_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
