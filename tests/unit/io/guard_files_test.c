/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/guard_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "sandbox.h"

static struct guard_files make(const char *id)
{
	struct instance instance;
	struct guard_files files;

	assert_int_equal(instance_init(id, &instance, NULL), 0);
	guard_files_of(&instance, &files);
	assert_int_equal(guard_files_make(&files, getuid(), getgid(), NULL),
			 0);
	return files;
}

static void test_the_longest_id_has_its_paths(void **unused)
{
	struct instance instance;
	struct guard_files files;
	char id[INSTANCE_ID_MAX + 1];

	(void)unused;
	memset(id, 'x', INSTANCE_ID_MAX);
	id[INSTANCE_ID_MAX] = '\0';
	assert_int_equal(instance_init(id, &instance, NULL), 0);
	guard_files_of(&instance, &files);
	assert_memory_equal(files.dir, "/run/bindbackd/x", 16);
	assert_string_equal(strrchr(files.keeper_lock, '/'), "/keeper.lock");
	assert_string_equal(strstr(files.verdict, "/live"),
			    "/live/verdict.xml");
	/* It must fit struct sockaddr_un. */
	assert_string_equal(strstr(files.socket, "/live"), "/live/socket");
	assert_true(strlen(files.socket) <
		    sizeof(((struct sockaddr_un *)NULL)->sun_path));
}

static void expect_folder(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(st.st_uid, getuid());
}

static void test_folders_are_made_and_put_right(void **unused)
{
	struct guard_files files = make("mail");

	(void)unused;
	assert_int_equal(chmod(files.live, 0777), 0);
	files = make("mail");
	expect_folder(GUARD_ROOT);
	expect_folder(files.dir);
	expect_folder(files.live);
	assert_int_equal(sandbox_write(files.state, "x"), 0);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
	assert_int_equal(access(files.dir, F_OK), -1);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
}

static void test_no_folder_where_something_else_is(void **unused)
{
	struct guard_files files = make("mail");
	struct why why = { "" };

	(void)unused;
	assert_int_equal(rmdir(files.live), 0);
	assert_int_equal(symlink("/tmp", files.live), 0);
	assert_int_equal(guard_files_make(&files, getuid(), getgid(), &why),
			 -ENOTDIR);
	assert_non_null(strstr(why.text, files.live));
	assert_int_equal(guard_files_remove(&files, NULL), 0);
	assert_int_equal(sandbox_write(files.dir, "x"), 0);
	assert_int_equal(guard_files_make(&files, getuid(), getgid(), &why),
			 -ENOTDIR);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
}

/* Runs in a process of its own, as one loses its lock by asking. */
static int run_locker(const char *path, int ready, int end)
{
	char byte;
	int fd;

	if (guard_lock(path, &fd, NULL) < 0)
		return 1;
	if (write(ready, "", 1) != 1)
		return 1;
	return read(end, &byte, 1) == 0 ? 0 : 1;
}

static pid_t start_locker(const char *path, int *ret_end)
{
	int ready[2], end[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)close(end[1]);
		_exit(run_locker(path, ready[1], end[0]));
	}
	(void)close(ready[1]);
	(void)close(end[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	*ret_end = end[1];
	return pid;
}

static void test_a_lock_tells_its_owner_and_ends_with_it(void **unused)
{
	struct guard_files files = make("mail");
	struct why why = { "" };
	int end, fd = -1;
	pid_t pid;

	(void)unused;
	assert_int_equal(guard_lock_owner(files.keeper_lock, NULL), 0);
	pid = start_locker(files.keeper_lock, &end);
	assert_int_equal(guard_lock_owner(files.keeper_lock, NULL), pid);
	assert_int_equal(guard_lock(files.keeper_lock, &fd, &why), -EBUSY);
	assert_int_equal(fd, -1);
	assert_non_null(strstr(why.text, "another process has it"));
	(void)close(end);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(guard_lock_owner(files.keeper_lock, NULL), 0);
	assert_int_equal(guard_lock(files.keeper_lock, &fd, NULL), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(guard_lock_stands(files.keeper_lock, fd));
	assert_int_equal(unlink(files.keeper_lock), 0);
	assert_false(guard_lock_stands(files.keeper_lock, fd));
	assert_int_equal(sandbox_write(files.keeper_lock, ""), 0);
	assert_false(guard_lock_stands(files.keeper_lock, fd));
	file_close(&fd);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
}

/* Everybody may read the file, and lock it for that. */
static void test_a_reader_keeps_nobody_from_it(void **unused)
{
	struct guard_files files = make("mail");
	struct flock lock = { .l_type = F_RDLCK };
	int ready[2], end[2], fd = -1, other;
	char byte;
	pid_t pid;

	(void)unused;
	assert_int_equal(sandbox_write(files.keeper_lock, ""), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)close(end[1]);
		other = open(files.keeper_lock, O_RDONLY | O_CLOEXEC);
		if (fcntl(other, F_SETLK, &lock) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(end[0], &byte, 1) == 0 ? 0 : 1);
	}
	(void)close(ready[1]);
	(void)close(end[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(guard_lock_owner(files.keeper_lock, NULL), 0);
	assert_int_equal(guard_lock(files.keeper_lock, &fd, NULL), 0);
	assert_true(guard_lock_stands(files.keeper_lock, fd));
	file_close(&fd);
	(void)close(ready[0]);
	(void)close(end[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
}

/* Nobody who must not be believed can be pointed at. */
static void test_a_lock_of_no_process_has_no_owner(void **unused)
{
	struct flock lock = { .l_type = F_WRLCK };
	struct guard_files files = make("mail");
	struct why why = { "" };
	int fd = open(files.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	(void)unused;
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	assert_int_equal(guard_lock_owner(files.lock, &why), -EREMOTE);
	assert_non_null(strstr(why.text, files.lock));
	(void)close(fd);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
}

static void expect_no_lock(const char *path, int r)
{
	struct why why = { "" };
	int fd = -1;

	assert_int_equal(guard_lock(path, &fd, &why), r);
	assert_int_equal(fd, -1);
	assert_non_null(strstr(why.text, path));
	assert_int_equal(guard_lock_owner(path, &why), r);
}

static void test_what_lies_in_the_lock_s_place_is_not_followed(void **unused)
{
	struct guard_files files = make("mail");

	(void)unused;
	assert_int_equal(symlink("/run/made", files.lock), 0);
	expect_no_lock(files.lock, -ELOOP);
	assert_int_equal(access("/run/made", F_OK), -1);
	assert_int_equal(unlink(files.lock), 0);
	assert_int_equal(mkfifo(files.lock, 0644), 0);
	expect_no_lock(files.lock, -EINVAL);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
}

/* What it said before is not true any more, and would be believed. */
static void test_a_state_that_cannot_be_written_is_gone(void **unused)
{
	const struct guard_files files = make("said");
	struct guard_view *view = xcalloc(1, sizeof(*view));
	char temp[GUARD_PATH_MAX + 16];
	struct why why = { "" };

	(void)unused;
	assert_int_equal(guard_view_save(&files, view, &why), 0);
	/* In the way of what is to take its place. */
	(void)snprintf(temp, sizeof(temp), "%s.%d", files.state, getpid());
	assert_int_equal(mkdir(temp, 0755), 0);
	assert_int_equal(guard_view_save(&files, view, &why), -EEXIST);
	assert_non_null(strstr(why.text, files.state));
	assert_int_equal(guard_view_load(&files, view, NULL), -ENOENT);
	assert_int_equal(rmdir(temp), 0);
	assert_int_equal(guard_view_save(&files, view, &why), 0);
	assert_int_equal(guard_view_load(&files, view, NULL), 0);
	assert_int_equal(guard_files_remove(&files, NULL), 0);
	free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longest_id_has_its_paths),
		cmocka_unit_test(test_folders_are_made_and_put_right),
		cmocka_unit_test(test_no_folder_where_something_else_is),
		cmocka_unit_test(test_a_lock_tells_its_owner_and_ends_with_it),
		cmocka_unit_test(test_a_state_that_cannot_be_written_is_gone),
		cmocka_unit_test(test_a_reader_keeps_nobody_from_it),
		cmocka_unit_test(test_a_lock_of_no_process_has_no_owner),
		cmocka_unit_test(
			test_what_lies_in_the_lock_s_place_is_not_followed),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
