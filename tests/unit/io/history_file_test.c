/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"

#define LONG_MS 60000

struct world {
	char dir[32];
	char path[64];
};

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	strcpy(w->dir, "/tmp/history-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->path, sizeof(w->path), "%s/mta/history", w->dir);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	assert_int_equal(file_remove_tree(w->dir, NULL), 0);
	free(w);
	return 0;
}

static bool add_one(void *ctx, struct history *history)
{
	history_add(history)->time_ms = *(int *)ctx;
	return true;
}

static int append(struct world *w, int time_ms, struct why *why)
{
	return history_file_change(w->path, LONG_MS, add_one, &time_ms, why);
}

static struct history read_back(struct world *w)
{
	struct history history = { 0 };
	struct why why = { "" };

	if (history_file_read(w->path, &history, &why) < 0)
		fail_msg("%s", why.text);
	return history;
}

static void test_makes_folder_and_file(void **state)
{
	struct history history;
	struct why why = { "" };
	struct stat st;

	assert_int_equal(history_file_read(((struct world *)*state)->path,
					   &history, NULL), -ENOENT);
	assert_int_equal(append(*state, 7, &why), 0);
	assert_string_equal(why.text, "");
	history = read_back(*state);
	assert_int_equal(history.count, 1);
	assert_int_equal(history.items[0].time_ms, 7);
	history_done(&history);
	assert_int_equal(stat(((struct world *)*state)->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void test_keeps_the_latest_alone(void **state)
{
	struct history history;

	for (int i = 1; i <= HISTORY_KEPT + 3; i++)
		assert_int_equal(append(*state, i, NULL), 0);
	history = read_back(*state);
	assert_int_equal(history.count, HISTORY_KEPT);
	assert_int_equal(history.items[0].time_ms, 4);
	history_done(&history);
}

static bool add_much(void *ctx, struct history *history)
{
	struct verdict *verdict = &history_add(history)->verdict;
	struct observation obs = { .rcode = -1 };

	memset(obs.evidence, 'x', sizeof(obs.evidence) - 1);
	verdict->time_s = *(int *)ctx;
	for (int i = 0; i < 600; i++)
		verdict_add(verdict, &obs);
	return true;
}

/* What is written can be read again. */
static void test_fewer_are_kept_when_they_are_long(void **state)
{
	struct world *w = *state;
	struct history history;

	for (int i = 1; i <= 12; i++)
		assert_int_equal(history_file_change(w->path, LONG_MS,
						     add_much, &i, NULL), 0);
	history = read_back(w);
	assert_true(history.count > 1 && history.count < 12);
	assert_int_equal(history.items[history.count - 1].verdict.time_s, 12);
	history_done(&history);
}

static bool look(void *ctx, struct history *history)
{
	(void)ctx;
	(void)history;
	return false;
}

static void test_what_is_not_changed_is_not_written(void **state)
{
	struct world *w = *state;

	assert_int_equal(history_file_change(w->path, LONG_MS, look, NULL,
					     NULL), 0);
	assert_int_equal(access(w->path, F_OK), -1);
}

static void test_one_that_cannot_be_read_begins_anew(void **state)
{
	struct world *w = *state;
	struct history history;
	struct why why = { "" };

	assert_int_equal(append(w, 1, NULL), 0);
	assert_int_equal(file_write(w->path, "x", 1, 0644, 0, NULL), 0);
	assert_int_equal(append(w, 2, &why), 0);
	assert_non_null(strstr(why.text, "begins anew: "));
	assert_non_null(strstr(why.text, w->path));
	history = read_back(w);
	assert_int_equal(history.count, 1);
	history_done(&history);
}

static void test_what_cannot_be_written_is_told(void **state)
{
	struct world *w = *state;
	struct why why = { "" };

	assert_int_equal(file_mkdirs(w->path, 0755, NULL), 0);
	assert_true(append(w, 1, &why) < 0);
	assert_non_null(strstr(why.text, w->path));
	strcat(w->path, "/a");
	assert_int_equal(file_write(w->path, "", 0, 0644, 0, NULL), 0);
	strcat(w->path, "/b");
	assert_int_equal(append(w, 1, &why), -ENOTDIR);
	assert_non_null(strstr(why.text, "Not a directory"));
}

/* It tells its pid, and hangs like a disk. */
static bool hang(void *ctx, struct history *history)
{
	int fd = open(ctx, O_WRONLY | O_CLOEXEC);
	pid_t pid = getpid();

	(void)history;
	if (write(fd, &pid, sizeof(pid)) != sizeof(pid))
		return false;
	for (;;)
		(void)pause();
}

static void test_a_disk_that_hangs_is_not_waited_for(void **state)
{
	struct world *w = *state;
	struct why why = { "" };
	char fifo[64];
	pid_t pid;
	int fd;

	(void)snprintf(fifo, sizeof(fifo), "%s/pid", w->dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(history_file_change(w->path, 50, hang, fifo, &why),
			 -ETIMEDOUT);
	assert_non_null(strstr(why.text, "within 50 ms"));
	/* It is not broken off, so it is there still, and ours to end. */
	fd = open(fifo, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, &pid, sizeof(pid)), sizeof(pid));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(fd);
}

static bool vanish(void *ctx, struct history *history)
{
	(void)ctx;
	(void)history;
	_exit(0);
}

static void test_a_writer_that_vanishes_is_a_failure(void **state)
{
	struct world *w = *state;
	struct why why = { "" };

	assert_int_equal(history_file_change(w->path, LONG_MS, vanish, NULL,
					     &why), -EIO);
	assert_non_null(strstr(why.text, w->path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_makes_folder_and_file),
		TEST(test_keeps_the_latest_alone),
		TEST(test_fewer_are_kept_when_they_are_long),
		TEST(test_what_is_not_changed_is_not_written),
		TEST(test_one_that_cannot_be_read_begins_anew),
		TEST(test_what_cannot_be_written_is_told),
		TEST(test_a_disk_that_hangs_is_not_waited_for),
		TEST(test_a_writer_that_vanishes_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
