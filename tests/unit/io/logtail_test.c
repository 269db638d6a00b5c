/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/logtail.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/file.h"

#define LIMIT 4096

struct place {
	char dir[32];
	char log[64];
	struct logtail at;
	struct logtail_gap gap;
};

static int place_make(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/logtail-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	(void)snprintf(p->log, sizeof(p->log), "%s/mail.log", p->dir);
	*state = p;
	return 0;
}

static int place_free(void **state)
{
	struct place *p = *state;

	(void)file_remove_tree(p->dir, NULL);
	free(p);
	return 0;
}

static const char *beside(const struct place *p, const char *suffix)
{
	static char path[80];

	(void)snprintf(path, sizeof(path), "%s%s", p->log, suffix);
	return path;
}

static void add_to(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void add(const struct place *p, const char *text)
{
	add_to(p->log, text);
}

static void copy(const char *from, const char *to)
{
	BUF_CLEAN text = { 0 };

	assert_int_equal(file_read(from, 1 << 20, &text, NULL), 0);
	assert_int_equal(file_write(to, text.data, text.len, 0644, 0, NULL), 0);
}

static void reads_with(struct place *p, size_t limit, const char *wanted)
{
	BUF_CLEAN text = { 0 };
	struct why why = { "" };

	buf_init(&text);
	if (logtail_read(p->log, limit, &p->at, &text, &p->gap, &why) < 0)
		fail_msg("%s", why.text);
	assert_string_equal(text.data, wanted);
}

static void reads(struct place *p, const char *wanted)
{
	reads_with(p, LIMIT, wanted);
	assert_int_equal(p->gap.skipped, 0);
	assert_false(p->gap.rotated);
}

static void test_growing(void **state)
{
	struct place *p = *state;

	add(p, "one\ntwo\n");
	reads(p, "one\ntwo\n");
	reads(p, "");
	add(p, "three\nfo");
	reads(p, "three\n");
	reads(p, "");
	add(p, "ur");
	reads(p, "");
	add(p, "\nfive\n");
	reads(p, "four\nfive\n");
}

static void test_empty_first(void **state)
{
	struct place *p = *state;

	add(p, "");
	reads(p, "");
	add(p, "on");
	reads(p, "");
	add(p, "e\n");
	reads(p, "one\n");
}

/* As logrotate does it, with every suffix of its own and of Postfix's. */
static void test_renamed(void **state)
{
	static const char *const suffixes[] = {
		".1", "-20261123", ".20261123-041610",
	};
	struct place *p = *state;

	add(p, "one\n");
	reads(p, "one\n");
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		add(p, "end\n");
		assert_int_equal(rename(p->log, beside(p, suffixes[i])), 0);
		add(p, "new\n");
		reads(p, "end\nnew\n");
		reads(p, "");
		add(p, "more\n");
		reads(p, "more\n");
		assert_int_equal(unlink(beside(p, suffixes[i])), 0);
	}
}

static void test_renamed_when_empty(void **state)
{
	struct place *p = *state;

	add(p, "");
	reads(p, "");
	add(p, "one\n");
	assert_int_equal(rename(p->log, beside(p, ".1")), 0);
	add(p, "two\n");
	reads(p, "one\ntwo\n");
}

/* The daemon writes to the old one until it is told; then the new one comes.
 * A line that the old one never ends is a line all the same. */
static void test_renamed_and_not_yet_made(void **state)
{
	struct place *p = *state;

	add(p, "one\n");
	reads(p, "one\n");
	assert_int_equal(rename(p->log, beside(p, ".1")), 0);
	reads(p, "");
	add_to(beside(p, ".1"), "two\nthr");
	reads(p, "two\n");
	add_to(beside(p, ".1"), "ee");
	add(p, "four\n");
	reads(p, "three\nfour\n");
	reads(p, "");
}

static void test_copied_and_emptied(void **state)
{
	struct place *p = *state;

	add(p, "one\n");
	reads(p, "one\n");
	add(p, "two\n");
	copy(p->log, beside(p, ".1"));
	assert_int_equal(truncate(p->log, 0), 0);
	add(p, "three\n");
	reads(p, "two\nthree\n");
	/* The same, where the new one is longer than the old one was. */
	copy(p->log, beside(p, ".1"));
	assert_int_equal(truncate(p->log, 0), 0);
	add(p, "another begin\nfour\n");
	reads(p, "another begin\nfour\n");
}

/* Whatever that is: it is not what was read, and is read from its begin. */
static void test_shortened(void **state)
{
	struct place *p = *state;
	BUF_CLEAN text = { 0 };

	buf_init(&text);
	while (text.len < 1000)
		buf_printf(&text, "line %zu\n", text.len);
	add(p, text.data);
	reads(p, text.data);
	assert_int_equal(truncate(p->log, 700), 0);
	add(p, "\n");
	strcpy(text.data + 700, "\n");
	reads_with(p, LIMIT, text.data);
	assert_true(p->gap.rotated);
}

static void test_compressed(void **state)
{
	struct place *p = *state;

	add(p, "one\n");
	reads(p, "one\n");
	add(p, "lost\n");
	assert_int_equal(unlink(p->log), 0);
	add_to(beside(p, ".1.gz"), "\x1f\x8b and so on\n");
	add(p, "new\n");
	reads_with(p, LIMIT, "new\n");
	assert_true(p->gap.rotated);
	reads(p, "");
}

/* Nothing but the file that was read: neither one of another name, nor a link
 * to somewhere else, nor a folder. */
static void test_what_is_not_beside(void **state)
{
	struct place *p = *state;
	char other[80];

	(void)snprintf(other, sizeof(other), "%s/mail.log_old", p->dir);
	add(p, "one\n");
	reads(p, "one\n");
	add(p, "end\n");
	assert_int_equal(rename(p->log, other), 0);
	assert_int_equal(symlink(other, beside(p, ".1")), 0);
	assert_int_equal(mkdir(beside(p, ".2"), 0755), 0);
	assert_int_equal(mkfifo(beside(p, ".3"), 0600), 0);
	add(p, "new\n");
	reads_with(p, LIMIT, "new\n");
	assert_true(p->gap.rotated);
}

static void test_too_much(void **state)
{
	struct place *p = *state;

	/* At first the end alone. */
	add(p, "1 23456\n2 23456\n3 23456\n4 23456\n");
	reads_with(p, 20, "3 23456\n4 23456\n");
	assert_int_equal(p->gap.skipped, 12);
	add(p, "5 23456\n6 23456\n7 23456\n");
	reads_with(p, 20, "6 23456\n7 23456\n");
	assert_int_equal(p->gap.skipped, 4);
	reads_with(p, 20, "");
	assert_int_equal(p->gap.skipped, 0);
	/* Half of it is for the old file's end. */
	add(p, "8 23456\n9 23456\n");
	assert_int_equal(rename(p->log, beside(p, ".1")), 0);
	add(p, "a 23456\nb 23456\nc 23456\n");
	reads_with(p, 20, "9 23456\nc 23456\n");
	assert_int_equal(p->gap.skipped, 6 + 12);
	reads_with(p, 20, "");
}

static void test_endless_line(void **state)
{
	struct place *p = *state;
	BUF_CLEAN longer = { 0 }, text = { 0 };

	buf_init(&longer);
	buf_init(&text);
	for (size_t i = 0; i < 70000; i++)
		buf_puts(&longer, "x");
	add(p, longer.data);
	assert_int_equal(logtail_read(p->log, 1 << 20, &p->at, &text, &p->gap,
				      NULL), 0);
	assert_int_equal(text.len, 70000);
	add(p, "y\none\n");
	reads(p, "y\none\n");
}

static void test_what_cannot_be_read(void **state)
{
	struct place *p = *state;
	BUF_CLEAN text = { 0 };
	struct why why = { "" };

	buf_init(&text);
	assert_int_equal(logtail_read(p->log, LIMIT, &p->at, &text, &p->gap,
				      &why), -ENOENT);
	assert_non_null(strstr(why.text, p->log));
	assert_int_equal(logtail_read(p->dir, LIMIT, &p->at, &text, &p->gap,
				      &why), -EINVAL);
	assert_int_equal(mkfifo(p->log, 0600), 0);
	assert_int_equal(logtail_read(p->log, LIMIT, &p->at, &text, &p->gap,
				      &why), -EINVAL);
	assert_non_null(strstr(why.text, "not a regular file"));
	assert_int_equal(p->at.inode, 0);
	/* What was read stays so. */
	assert_int_equal(unlink(p->log), 0);
	add(p, "one\n");
	reads(p, "one\n");
	assert_int_equal(unlink(p->log), 0);
	assert_int_equal(logtail_read(p->log, LIMIT, &p->at, &text, &p->gap,
				      &why), -ENOENT);
	assert_int_equal(p->at.offset, 4);
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_growing),
		PLACE_TEST(test_empty_first),
		PLACE_TEST(test_renamed),
		PLACE_TEST(test_renamed_when_empty),
		PLACE_TEST(test_renamed_and_not_yet_made),
		PLACE_TEST(test_copied_and_emptied),
		PLACE_TEST(test_shortened),
		PLACE_TEST(test_compressed),
		PLACE_TEST(test_what_is_not_beside),
		PLACE_TEST(test_too_much),
		PLACE_TEST(test_endless_line),
		PLACE_TEST(test_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
