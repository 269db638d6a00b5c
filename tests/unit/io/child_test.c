/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENT_MS 20000
#define HASTY_MS 30
#define LIMIT 65536

/* What the loop's calls brought. */
struct told {
	qb_loop_t *loop;
	int count;
	int error;
	size_t len;
	char bytes[64];
};

static int say(void *arg, int fd)
{
	return child_answer(fd, arg, strlen(arg));
}

static int say_and_fail(void *arg, int fd)
{
	return say(arg, fd) ? 7 : 3;
}

static int say_without_end(void *arg, int fd)
{
	while (!say(arg, fd))
		;
	return 0;
}

static _Noreturn int hang(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	(void)alarm(2 * PATIENT_MS / 1000);
	for (;;)
		(void)pause();
}

/* Its answer is closed, itself it goes on. */
static int close_and_hang(void *arg, int fd)
{
	(void)close(fd);
	return hang(arg, fd);
}

static int die(void *arg, int fd)
{
	(void)say(arg, fd);
	return raise(SIGKILL);
}

static int say_much(void *arg, int fd)
{
	static const char zeros[LIMIT];

	(void)arg;
	return child_answer(fd, zeros, sizeof(zeros));
}

static void on_done(void *ctx, const void *bytes, size_t len, int error)
{
	struct told *told = ctx;

	told->count++;
	told->error = error;
	told->len = len;
	if (len)
		memcpy(told->bytes, bytes,
		       len < sizeof(told->bytes) ? len : sizeof(told->bytes));
	qb_loop_stop(told->loop);
}

static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* On a loop, and waiting: both must tell the same. */
static struct told ask(child_fn *fn, const char *text, int64_t timeout_ms,
		       size_t limit)
{
	char copy[64];
	const struct child_spec spec = { fn, copy, timeout_ms, limit, false };
	struct told told = { .loop = qb_loop_create() };
	struct why why = { "" };
	struct child *child;
	void *bytes = NULL;
	size_t len = 0;
	int r;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(child_start(told.loop, &spec, on_done, &told, &child,
				     NULL), 0);
	assert_int_equal(told.count, 0);
	qb_loop_run(told.loop);
	assert_int_equal(told.count, 1);
	assert_no_child();
	qb_loop_destroy(told.loop);
	r = child_run(&spec, &bytes, &len, &why);
	assert_no_child();
	assert_int_equal(r, told.error);
	assert_int_equal(len, told.len);
	assert_int_equal(r < 0, why.text[0] != '\0');
	if (len)
		assert_memory_equal(bytes, told.bytes,
				    len < sizeof(told.bytes) ?
					    len : sizeof(told.bytes));
	free(bytes);
	return told;
}

static void test_the_answer_comes(void **state)
{
	struct told told = ask(say, "hello", PATIENT_MS, 5);

	(void)state;
	assert_int_equal(told.error, 0);
	assert_int_equal(told.len, 5);
	assert_memory_equal(told.bytes, "hello", 5);
}

static void test_no_answer_is_one(void **state)
{
	struct told told = ask(say, "", PATIENT_MS, 5);

	(void)state;
	assert_int_equal(told.error, 0);
	assert_int_equal(told.len, 0);
}

static void test_a_long_answer_is_whole(void **state)
{
	struct told told = ask(say_much, "", PATIENT_MS, LIMIT);

	(void)state;
	assert_int_equal(told.error, 0);
	assert_int_equal(told.len, LIMIT);
}

static void test_too_much_is_refused(void **state)
{
	(void)state;
	assert_int_equal(ask(say, "hello", PATIENT_MS, 4).error, -EFBIG);
	assert_int_equal(ask(say_without_end, "more ", PATIENT_MS, LIMIT)
				 .error, -EFBIG);
}

static void test_failure_counts_more_than_words(void **state)
{
	(void)state;
	assert_int_equal(ask(say_and_fail, "x", PATIENT_MS, LIMIT).error,
			 -EIO);
	assert_int_equal(ask(die, "x", PATIENT_MS, LIMIT).error, -EIO);
}

static void test_silence_ends_at_its_time(void **state)
{
	(void)state;
	assert_int_equal(ask(hang, "", HASTY_MS, LIMIT).error, -ETIMEDOUT);
	assert_int_equal(ask(close_and_hang, "", HASTY_MS, LIMIT).error,
			 -ETIMEDOUT);
}

static int tell_surroundings(void *arg, int fd)
{
	DIR *dir = opendir("/proc/self/fd");
	char text[64] = "", target[32], path[300];
	struct sigaction action;
	struct dirent *entry;

	(void)arg;
	while (dir && (entry = readdir(dir))) {
		ssize_t n;

		if (atoi(entry->d_name) > 2)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%s",
			       entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (strcmp(target, "/dev/null") == 0)
			(void)strcat(text, "null ");
	}
	/* fd 3 is the answer, 4 is this folder. */
	(void)sigaction(SIGUSR1, NULL, &action);
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		       "%d %d %d", fd, dup(0),
		       action.sa_handler == SIG_DFL);
	return child_answer(fd, text, strlen(text));
}

static void ignore(int number)
{
	(void)number;
}

static void test_it_has_nothing_of_ours(void **state)
{
	int mine = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct told told;

	(void)state;
	(void)signal(SIGUSR1, ignore);
	told = ask(tell_surroundings, "", PATIENT_MS, LIMIT);
	assert_string_equal(told.bytes, "null null null 3 5 1");
	(void)signal(SIGUSR1, SIG_DFL);
	(void)close(mine);
}

static void on_timer(void *data)
{
	qb_loop_stop(data);
}

static void test_cancelled_it_is_gone_and_silent(void **state)
{
	const struct child_spec spec = { hang, NULL, HASTY_MS, LIMIT, false };
	struct told told = { .loop = qb_loop_create() };
	qb_loop_timer_handle timer;
	struct child *child;

	(void)state;
	assert_int_equal(child_start(told.loop, &spec, on_done, &told, &child,
				     NULL), 0);
	child_cancel(child);
	child_cancel(NULL);
	assert_no_child();
	(void)qb_loop_timer_add(told.loop, QB_LOOP_LOW,
				2 * HASTY_MS * 1000000ULL, told.loop,
				on_timer, &timer);
	qb_loop_run(told.loop);
	assert_int_equal(told.count, 0);
	qb_loop_destroy(told.loop);
}

/* Spared at its time, it does what it had to. */
static int wait_and_mark(void *arg, int fd)
{
	volatile int *shared = arg;

	(void)fd;
	while (!shared[0])
		(void)sched_yield();
	shared[1] = 1;
	return 0;
}

static void test_what_is_spared_goes_on(void **state)
{
	volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct child_spec spec = { wait_and_mark, (void *)shared,
					 HASTY_MS, LIMIT, true };
	void *bytes;
	size_t len;

	(void)state;
	assert_int_equal(child_run(&spec, &bytes, &len, NULL), -ETIMEDOUT);
	shared[0] = 1;
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(shared[1], 1);
	(void)munmap((void *)shared, 4096);
}

/* On a loop it is reaped when it ends, though nobody asks any more. */
static void end_when_reaped(void *data)
{
	struct told *told = data;
	qb_loop_timer_handle timer;

	siginfo_t info;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
	    errno == ECHILD)
		qb_loop_stop(told->loop);
	else
		(void)qb_loop_timer_add(told->loop, QB_LOOP_LOW, 1000000, told,
					end_when_reaped, &timer);
}

static void test_what_ends_late_is_reaped(void **state)
{
	volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct child_spec spec = { wait_and_mark, (void *)shared,
					 HASTY_MS, LIMIT, true };
	struct told told = { .loop = qb_loop_create() };
	struct child *child;

	(void)state;
	assert_int_equal(child_start(told.loop, &spec, on_done, &told, &child,
				     NULL), 0);
	qb_loop_run(told.loop);
	assert_int_equal(told.error, -ETIMEDOUT);
	shared[0] = 1;
	(void)alarm(PATIENT_MS / 1000);
	end_when_reaped(&told);
	qb_loop_run(told.loop);
	(void)alarm(0);
	assert_no_child();
	qb_loop_destroy(told.loop);
	(void)munmap((void *)shared, 4096);
}

static int mark_and_hang(void *arg, int fd)
{
	*(volatile pid_t *)arg = getpid();
	return hang(arg, fd);
}

/* Who starts a child and dies takes it along. */
static void test_it_ends_with_its_parent(void **state)
{
	volatile pid_t *child = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct child_spec spec = { mark_and_hang, (void *)child,
					 PATIENT_MS, 0, false };
	void *bytes;
	size_t len;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(child_run(&spec, &bytes, &len, NULL) < 0);
	(void)alarm(PATIENT_MS / 1000);
	while (!*child)
		(void)sched_yield();
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (kill(*child, 0) == 0)
		(void)sched_yield();
	(void)alarm(0);
	(void)munmap((void *)child, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_answer_comes),
		cmocka_unit_test(test_no_answer_is_one),
		cmocka_unit_test(test_a_long_answer_is_whole),
		cmocka_unit_test(test_too_much_is_refused),
		cmocka_unit_test(test_failure_counts_more_than_words),
		cmocka_unit_test(test_silence_ends_at_its_time),
		cmocka_unit_test(test_it_has_nothing_of_ours),
		cmocka_unit_test(test_cancelled_it_is_gone_and_silent),
		cmocka_unit_test(test_what_is_spared_goes_on),
		cmocka_unit_test(test_what_ends_late_is_reaped),
		cmocka_unit_test(test_it_ends_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
