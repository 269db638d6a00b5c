/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"

/* Each test runs in a folder of its own. */
struct place {
	char dir[64];
	char path[PATH_MAX];
};

static const char *at(struct place *place, const char *name)
{
	(void)snprintf(place->path, sizeof(place->path), "%s/%s", place->dir,
		       name);
	return place->path;
}

static int setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));

	strcpy(place->dir, "/tmp/bindback-file-XXXXXX");
	*state = place;
	return mkdtemp(place->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *place = *state;
	int r = file_remove_tree(place->dir, NULL);

	free(place);
	return r;
}

static void put(struct place *place, const char *name, const char *text)
{
	assert_int_equal(file_write(at(place, name), text, strlen(text), 0644,
				    0, NULL), 0);
}

static void test_write_and_read(void **state)
{
	struct place *place = *state;
	BUF_CLEAN text = { 0 };
	struct stat st;

	assert_int_equal(file_write(at(place, "f"), "a\0b", 3, 0640, 0, NULL),
			 0);
	assert_int_equal(file_read(at(place, "f"), 3, &text, NULL), 0);
	assert_int_equal(text.len, 3);
	assert_memory_equal(text.data, "a\0b", 4);
	assert_int_equal(stat(at(place, "f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void test_digest_is_of_the_content(void **state)
{
	struct place *place = *state;
	uint64_t digest = 1;

	put(place, "f", "abc");
	assert_int_equal(file_digest(at(place, "f"), 2, &digest, NULL),
			 -EFBIG);
	assert_int_equal(file_digest(at(place, "g"), 3, &digest, NULL),
			 -ENOENT);
	assert_int_equal(digest, 1);
	assert_int_equal(file_digest(at(place, "f"), 3, &digest, NULL), 0);
	assert_true(digest == hash_fnv1a("abc", 3));
}

static void test_read_refuses_more_than_the_limit(void **state)
{
	struct place *place = *state;
	struct buf text = { 0 };
	struct why why = { "" };

	put(place, "f", "12345");
	assert_int_equal(file_read(at(place, "f"), 4, &text, &why), -EFBIG);
	assert_null(text.data);
	assert_non_null(strstr(why.text, place->path));
}

static void test_read_of_what_is_no_file(void **state)
{
	struct place *place = *state;
	struct buf text = { 0 };
	struct why why = { "" };

	assert_int_equal(file_read(at(place, "none"), 9, &text, &why),
			 -ENOENT);
	assert_int_equal(file_read(place->dir, 9, &text, &why), -EISDIR);
	assert_int_equal(mkfifo(at(place, "fifo"), 0600), 0);
	assert_int_equal(file_read(at(place, "fifo"), 9, &text, &why),
			 -EINVAL);
	assert_non_null(strstr(why.text, "not a regular file"));
	assert_null(text.data);
}

static void test_write_sets_the_age(void **state)
{
	struct place *place = *state;
	time_t now = time(NULL);
	struct stat st;

	assert_int_equal(file_write(at(place, "f"), "x", 1, 0644, 100, NULL),
			 0);
	assert_int_equal(stat(at(place, "f"), &st), 0);
	assert_in_range(st.st_mtime, now - 101, now - 90);
}

static void test_failed_write_leaves_the_old_file(void **state)
{
	struct place *place = *state;
	BUF_CLEAN text = { 0 };
	struct why why = { "" };

	put(place, "f", "old");
	assert_int_equal(mkdir(at(place, "d"), 0755), 0);
	/* A folder in the way makes the rename fail. */
	assert_int_equal(file_write(at(place, "d"), "new", 3, 0644, 0, &why),
			 -EISDIR);
	assert_non_null(strstr(why.text, place->path));
	assert_int_equal(file_write(at(place, "no/f"), "new", 3, 0644, 0,
				    &why), -ENOENT);
	assert_int_equal(file_read(at(place, "f"), 9, &text, NULL), 0);
	assert_string_equal(text.data, "old");
	/* ... and no temporary stays. */
	assert_int_equal(unlink(at(place, "f")), 0);
	assert_int_equal(rmdir(at(place, "d")), 0);
	assert_int_equal(rmdir(place->dir), 0);
}

/* What another put in the temporary's place is not written to. */
static void test_write_makes_a_temporary_of_its_own(void **state)
{
	struct place *place = *state;
	char temp[32], other[PATH_MAX];
	BUF_CLEAN text = { 0 };
	struct stat st;

	(void)snprintf(temp, sizeof(temp), "f.%ld", (long)getpid());
	put(place, "other", "precious");
	strcpy(other, at(place, "other"));
	assert_int_equal(link(other, at(place, temp)), 0);
	put(place, "f", "new");
	assert_int_equal(file_read(other, 20, &text, NULL), 0);
	assert_string_equal(text.data, "precious");
	assert_int_equal(stat(at(place, "f"), &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(stat(at(place, temp), &st), -1);
}

static void test_write_replaces_a_link_not_its_target(void **state)
{
	struct place *place = *state;
	char target[PATH_MAX];
	BUF_CLEAN text = { 0 };

	put(place, "target", "precious");
	strcpy(target, at(place, "target"));
	assert_int_equal(symlink(target, at(place, "link")), 0);
	put(place, "link", "new");
	assert_int_equal(file_read(target, 20, &text, NULL), 0);
	assert_string_equal(text.data, "precious");
}

static void test_mkdirs(void **state)
{
	struct place *place = *state;
	struct why why = { "" };
	struct stat st;

	assert_int_equal(file_mkdirs(at(place, "a/b/c"), 0700, NULL), 0);
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(at(place, "a/b"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(file_mkdirs(at(place, "a/b"), 0700, NULL), 0);

	put(place, "f", "x");
	assert_int_equal(file_mkdirs(at(place, "f/g"), 0700, &why), -ENOTDIR);
	assert_int_equal(file_mkdirs(at(place, "f"), 0700, &why), -ENOTDIR);
	assert_non_null(strstr(why.text, place->path));
}

static void test_remove_tree(void **state)
{
	struct place *place = *state;
	char outside[PATH_MAX];
	struct stat st;

	put(place, "outside", "x");
	strcpy(outside, at(place, "outside"));
	assert_int_equal(file_mkdirs(at(place, "t/a/b"), 0755, NULL), 0);
	put(place, "t/a/f", "x");
	assert_int_equal(symlink(outside, at(place, "t/link")), 0);
	assert_int_equal(file_remove_tree(at(place, "t"), NULL), 0);
	assert_int_equal(stat(at(place, "t"), &st), -1);
	assert_int_equal(stat(outside, &st), 0);
	assert_int_equal(file_remove_tree(at(place, "t"), NULL), 0);
}

/* The state of a guard that was subverted, read by root. */
static void test_foreign_files_are_not_trusted(void **state)
{
	struct place *place = *state;
	BUF_CLEAN text = { 0 };
	char outside[PATH_MAX];
	struct why why = { "" };

	put(place, "outside", "secret");
	strcpy(outside, at(place, "outside"));
	assert_int_equal(file_mkdirs(at(place, "t"), 0755, NULL), 0);
	put(place, "t/f", "fine");
	assert_int_equal(file_read_foreign(at(place, "t/f"), 9, &text, NULL),
			 0);
	assert_string_equal(text.data, "fine");
	assert_int_equal(file_read_foreign(at(place, "t/f"), 3, &text, &why),
			 -EFBIG);
	assert_int_equal(file_read_foreign(at(place, "t/g"), 9, &text, &why),
			 -ENOENT);
	assert_int_equal(symlink(outside, at(place, "t/link")), 0);
	assert_int_equal(file_read_foreign(at(place, "t/link"), 9, &text,
					   &why), -ELOOP);
	assert_non_null(strstr(why.text, place->path));
	assert_int_equal(mkfifo(at(place, "t/fifo"), 0644), 0);
	assert_int_equal(file_read_foreign(at(place, "t/fifo"), 9, &text,
					   &why), -EINVAL);
	assert_int_equal(symlink("t", at(place, "u")), 0);
	assert_int_equal(file_read_foreign(at(place, "u/f"), 9, &text, &why),
			 -ENOTDIR);
	assert_string_equal(text.data, "fine");
}

static void test_foreign_files_are_the_folders_owners(void **state)
{
	struct place *place = *state;
	BUF_CLEAN text = { 0 };
	struct why why = { "" };

	if (geteuid() != 0)
		skip();
	put(place, "f", "secret");
	assert_int_equal(chown(place->dir, 1, 1), 0);
	assert_int_equal(file_read_foreign(at(place, "f"), 9, &text, &why),
			 -EPERM);
	assert_null(text.data);
	assert_int_equal(chown(place->path, 1, 1), 0);
	assert_int_equal(file_read_foreign(at(place, "f"), 9, &text, &why), 0);
}

/* One who is hostile makes it deep. */
static void test_remove_of_what_is_too_deep(void **state)
{
	struct place *place = *state;
	char path[PATH_MAX] = "t";
	struct why why = { "" };

	for (int i = 0; i < 40; i++)
		strcat(path, "/d");
	assert_int_equal(file_mkdirs(at(place, path), 0755, NULL), 0);
	assert_int_equal(file_remove_tree(at(place, "t"), &why), -ELOOP);
	path[39] = '\0';
	assert_int_equal(file_remove_tree(at(place, path), NULL), 0);
	assert_int_equal(file_remove_tree(at(place, "t"), NULL), 0);
}

static void test_remove_that_fails(void **state)
{
	struct place *place = *state;
	struct why why = { "" };

	put(place, "f", "x");
	assert_int_equal(file_remove_tree(at(place, "f/g"), &why), -ENOTDIR);
	assert_non_null(strstr(why.text, place->path));
}

static void test_paths_that_are_too_long(void **state)
{
	char path[PATH_MAX + 1];
	struct why why = { "" };

	(void)state;
	memset(path, 'x', PATH_MAX);
	path[0] = '/';
	path[PATH_MAX] = '\0';
	assert_int_equal(file_mkdirs(path, 0755, &why), -ENAMETOOLONG);
	assert_non_null(strstr(why.text, "too long"));
	path[PATH_MAX - 1] = '\0';	/* no room for the temporary's name */
	why.text[0] = '\0';
	assert_int_equal(file_write(path, "x", 1, 0644, 0, &why),
			 -ENAMETOOLONG);
	assert_non_null(strstr(why.text, "too long"));
}

static void test_close(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int copy = fd;

	(void)state;
	file_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	file_close(&fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void expect_text(const char *path, const char *text)
{
	BUF_CLEAN got = { 0 };

	assert_int_equal(file_read(path, 100, &got, NULL), 0);
	assert_string_equal(got.data, text);
}

static void test_replace(void **state)
{
	struct place *place = *state;
	FD_CLEAN int fd = -1;
	struct why why = { "" };
	struct stat st;

	put(place, "file", "old");
	assert_int_equal(chmod(at(place, "file"), 0640), 0);
	fd = open(place->path, O_RDONLY);
	assert_int_equal(file_replace(place->path, fd, "new", 3, &why), 0);
	expect_text(place->path, "new");
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* What is open now is not what is there. */
	assert_int_equal(file_replace(place->path, fd, "more", 4, &why),
			 -ESTALE);
	assert_non_null(strstr(why.text, "it was changed meanwhile"));
	expect_text(place->path, "new");
	assert_int_equal(file_replace("/nowhere/file", fd, "", 0, &why),
			 -ENOENT);
	/* Nothing is left beside it. */
	assert_int_equal(unlink(place->path), 0);
	assert_int_equal(rmdir(place->dir), 0);
	assert_int_equal(mkdir(place->dir, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replace),
		TEST(test_write_and_read),
		TEST(test_digest_is_of_the_content),
		TEST(test_read_refuses_more_than_the_limit),
		TEST(test_read_of_what_is_no_file),
		TEST(test_foreign_files_are_not_trusted),
		TEST(test_foreign_files_are_the_folders_owners),
		TEST(test_write_sets_the_age),
		TEST(test_failed_write_leaves_the_old_file),
		TEST(test_write_makes_a_temporary_of_its_own),
		TEST(test_write_replaces_a_link_not_its_target),
		TEST(test_mkdirs),
		TEST(test_remove_tree),
		TEST(test_remove_of_what_is_too_deep),
		TEST(test_remove_that_fails),
		cmocka_unit_test(test_paths_that_are_too_long),
		cmocka_unit_test(test_close),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
