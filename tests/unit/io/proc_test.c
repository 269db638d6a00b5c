/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/proc.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fake_mta.h"

/* "master", in a folder of its own. */
struct world {
	char root[64];
	char path[PATH_MAX];
	pid_t pid;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	(void)strcpy(world->root, "/tmp/bindback-proc.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	(void)snprintf(world->path, PATH_MAX, "%s/master", world->root);
	fake_program(world->root, "master");
	world->pid = fake_begin(&(struct fake_process){
		.dir = world->root,
		.name = "master",
		.cwd = world->root,
		.env = "MAIL_CONFIG=/run/x",
	});
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	fake_kill(world->pid);
	(void)file_remove_tree(world->root, NULL);
	free(world);
	return 0;
}

static void test_tells_group_state_and_start(void **state)
{
	struct world *world = *state;
	struct process process, again, own;

	assert_int_equal(proc_stat(world->pid, &process), 0);
	assert_int_equal(process.pid, world->pid);
	assert_int_equal(process.group, world->pid);
	assert_true(process.state == 'S' || process.state == 'R');
	assert_int_equal(proc_stat(getpid(), &own), 0);
	assert_true(process.start_ticks >= own.start_ticks);
	fake_freeze(world->pid);
	assert_int_equal(proc_stat(world->pid, &again), 0);
	assert_int_equal(again.state, 'T');
	assert_int_equal(again.start_ticks, process.start_ticks);
}

/* What a name holds must not be taken for what comes after it. */
static void test_reads_past_any_name(void **state)
{
	struct process before, after;

	(void)state;
	assert_int_equal(proc_stat(getpid(), &before), 0);
	assert_int_equal(prctl(PR_SET_NAME, "a) Z 1 (b) 9"), 0);
	assert_int_equal(proc_stat(getpid(), &after), 0);
	assert_int_equal(after.group, getpgrp());
	assert_int_equal(after.state, 'R');
	assert_int_equal(after.start_ticks, before.start_ticks);
}

static void test_nobody_is_told_as_nobody(void **state)
{
	struct process process = { .pid = 42 };
	char link[PATH_MAX];

	(void)state;
	assert_int_equal(proc_stat(INT_MAX, &process), -ESRCH);
	assert_int_equal(process.pid, 42);
	assert_int_equal(proc_link(INT_MAX, PROC_EXE, link), -ENOENT);
}

static void test_links_outlive_their_files(void **state)
{
	struct world *world = *state;
	char link[PATH_MAX];

	assert_int_equal(proc_link(world->pid, PROC_EXE, link), 0);
	assert_string_equal(link, world->path);
	assert_int_equal(proc_link(world->pid, PROC_CWD, link), 0);
	assert_string_equal(link, world->root);
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(proc_link(world->pid, PROC_EXE, link), 0);
	assert_string_equal(link, world->path);
}

static void test_finds_a_variable_by_its_whole_name(void **state)
{
	struct world *world = *state;
	BUF_CLEAN value = { 0 };

	assert_int_equal(proc_env(world->pid, "MAIL_CONFIG", &value), 0);
	assert_string_equal(value.data, "/run/x");
	assert_int_equal(proc_env(world->pid, "MAIL", &value), -ENOENT);
	assert_int_equal(proc_env(world->pid, "CONFIG", &value), -ENOENT);
	assert_true(proc_env(INT_MAX, "MAIL_CONFIG", &value) < 0);
}

static void test_tells_who_holds_a_socket(void **state)
{
	struct world *world = *state;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_true(proc_has_socket(getpid(), (uint32_t)st.st_ino));
	assert_false(proc_has_socket(world->pid, (uint32_t)st.st_ino));
	(void)close(fd);
	assert_false(proc_has_socket(getpid(), (uint32_t)st.st_ino));
	assert_false(proc_has_socket(INT_MAX, (uint32_t)st.st_ino));
}

struct walk {
	pid_t wanted;
	unsigned int seen, calls, limit;
};

static bool walked(void *ctx, pid_t pid)
{
	struct walk *walk = ctx;

	walk->seen += pid == walk->wanted;
	return ++walk->calls != walk->limit;
}

/* A process in a PID namespace of its own, as in a container. */
static void test_tells_a_container_from_here(void **state)
{
	const struct world *world = *state;
	pid_t shell, inside;
	int fd[2];

	assert_false(proc_is_foreign(getpid(), PROC_NS_PID));
	assert_false(proc_is_foreign(world->pid, PROC_NS_PID));
	assert_false(proc_is_foreign(INT_MAX, PROC_NS_PID));
	if (getuid() != 0)
		return;
	assert_int_equal(pipe(fd), 0);
	shell = fork();
	if (!shell) {
		if (unshare(CLONE_NEWPID) < 0)
			_exit(1);
		inside = fork();
		if (!inside)
			for (;;)
				pause();
		_exit(write(fd[1], &inside, sizeof(inside)) < 0);
	}
	assert_int_equal(read(fd[0], &inside, sizeof(inside)),
			 sizeof(inside));
	assert_true(proc_is_foreign(inside, PROC_NS_PID));
	assert_int_equal(kill(inside, SIGKILL), 0);
	assert_int_equal(waitpid(shell, NULL, 0), shell);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void test_goes_through_all_or_until_told(void **state)
{
	struct world *world = *state;
	struct walk all = { .wanted = world->pid };
	struct walk one = { .limit = 1 };

	assert_int_equal(proc_each(walked, &all), 0);
	assert_int_equal(all.seen, 1);
	assert_true(all.calls > 1);
	assert_int_equal(proc_each(walked, &one), 0);
	assert_int_equal(one.calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_tells_group_state_and_start),
		cmocka_unit_test(test_reads_past_any_name),
		cmocka_unit_test(test_nobody_is_told_as_nobody),
		TEST(test_tells_a_container_from_here),
		TEST(test_links_outlive_their_files),
		TEST(test_finds_a_variable_by_its_whole_name),
		TEST(test_tells_who_holds_a_socket),
		TEST(test_goes_through_all_or_until_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
