/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/authkey.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "io/authkey_copy.h"

#define HEX16 "0123456789abcdef"
#define SECRET HEX16 HEX16 HEX16 HEX16
#define ONE "key mail 1 " SECRET "\n"
#define TWO "# replaced on Monday\nkey mail 1 " SECRET "\nkey mail 2 " \
	SECRET "\n"
#define OTHER "key other 1 " SECRET "\n"

struct place {
	char dir[32], key[48], copy[48];
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->dir, "/tmp/authkey-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(place->key, sizeof(place->key), "%s/key", place->dir);
	(void)snprintf(place->copy, sizeof(place->copy), "%s/copy",
		       place->dir);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	int r = file_remove_tree(place->dir, NULL);

	free(place);
	return r;
}

static void put(const char *path, const char *text, mode_t mode)
{
	assert_int_equal(file_write(path, text, strlen(text), mode, 0, NULL),
			 0);
}

static void expect_refused(const char *path, bool copied, int error,
			   const char *says)
{
	struct key keys[KEYS_EACH] = { { .serial = 7 } };
	struct why why = { "" };
	size_t count = 7;

	assert_int_equal(authkey_load(path, copied, keys, &count, &why),
			 error);
	if (!strstr(why.text, says))
		fail_msg("refused with \"%s\"", why.text);
	assert_int_equal(count, 7);
	assert_int_equal(keys[0].serial, 7);
}

static void test_the_newest_key_comes_first(void **state)
{
	const struct place *place = *state;
	struct key keys[KEYS_EACH];
	struct why why = { "" };
	size_t count = 0;

	put(place->key, TWO, 0600);
	assert_int_equal(authkey_load(place->key, false, keys, &count, &why),
			 0);
	assert_int_equal(count, 2);
	assert_int_equal(keys[0].serial, 2);
	assert_int_equal(keys[1].serial, 1);
	assert_string_equal(keys[0].name, "mail");
	assert_int_equal(keys[0].secret[1], 0x23);
	put(place->key, ONE, 0400);
	assert_int_equal(authkey_load(place->key, false, keys, &count, &why),
			 0);
	assert_int_equal(count, 1);
}

static void test_what_is_unfit_is_refused(void **state)
{
	const struct place *place = *state;

	expect_refused(place->key, false, -ENOENT, place->key);
	put(place->key, ONE, 0644);
	expect_refused(place->key, false, -EPERM, place->key);
	put(place->key, ONE, 0440);
	expect_refused(place->key, false, -EPERM, place->key);
	put(place->key, "# none\n", 0600);
	expect_refused(place->key, false, -EINVAL, "has no key");
	put(place->key, ONE OTHER, 0600);
	expect_refused(place->key, false, -EINVAL, "several names, such as "
		       "mail and other");
	put(place->key, "key mail\n", 0600);
	expect_refused(place->key, false, -EINVAL, "1");
}

static void expect_copy(const struct place *place, int copied,
			const char *unfit)
{
	struct why said = { "" }, why = { "" };
	struct stat st;

	assert_int_equal(authkey_copy(place->key, place->copy, getgid(),
				      &said, &why), copied);
	if (*unfit ? !strstr(said.text, unfit) : *said.text)
		fail_msg("said: \"%s\"", said.text);
	assert_int_equal(lstat(place->copy, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0440);
	assert_int_equal(st.st_gid, getgid());
}

static void expect_serial(const char *copy, uint32_t serial)
{
	struct key keys[KEYS_EACH];
	struct why why = { "" };
	size_t count;

	if (authkey_load(copy, true, keys, &count, &why) < 0)
		fail_msg("%s", why.text);
	assert_int_equal(keys[0].serial, serial);
}

static void test_the_copy_follows(void **state)
{
	const struct place *place = *state;

	put(place->key, ONE, 0600);
	expect_copy(place, AUTHKEY_MADE, "");
	expect_copy(place, AUTHKEY_STANDS, "");
	expect_serial(place->copy, 1);
	expect_refused(place->copy, false, -EPERM, place->copy);
	put(place->key, TWO, 0600);
	expect_copy(place, AUTHKEY_CHANGED, "");
	expect_copy(place, AUTHKEY_STANDS, "");
	expect_serial(place->copy, 2);
	/* Somebody made it readable. */
	assert_int_equal(chmod(place->copy, 0444), 0);
	expect_copy(place, AUTHKEY_CHANGED, "");
}

static void test_the_copy_says_why_there_is_none(void **state)
{
	const struct place *place = *state;

	expect_copy(place, AUTHKEY_MADE, place->key);
	expect_copy(place, AUTHKEY_STANDS, place->key);
	expect_refused(place->copy, true, -EINVAL, strerror(ENOENT));
	put(place->key, ONE, 0644);
	expect_copy(place, AUTHKEY_CHANGED, place->key);
	expect_refused(place->copy, true, -EINVAL, "0644");
	assert_int_equal(chmod(place->key, 0600), 0);
	expect_copy(place, AUTHKEY_CHANGED, "");
	expect_serial(place->copy, 1);
}

static void test_links_and_folders_are_not_followed(void **state)
{
	const struct place *place = *state;
	char victim[48];
	struct stat st;

	(void)snprintf(victim, sizeof(victim), "%s/victim", place->dir);
	put(victim, "untouched", 0600);
	put(place->key, ONE, 0600);
	assert_int_equal(symlink(victim, place->copy), 0);
	expect_copy(place, AUTHKEY_CHANGED, "");
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 9);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_a_copy_that_cannot_be_made_leaves_nothing(void **state)
{
	const struct place *place = *state;
	struct why said = { "" }, why = { "" };
	char inside[64];

	put(place->key, ONE, 0600);
	assert_int_equal(mkdir(place->copy, 0755), 0);
	(void)snprintf(inside, sizeof(inside), "%s/x", place->copy);
	assert_int_equal(mkdir(inside, 0755), 0);
	assert_int_equal(authkey_copy(place->key, place->copy, getgid(), &said,
				      &why), -EISDIR);
	assert_non_null(strstr(why.text, place->copy));
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(place->copy), 0);
	assert_int_equal(unlink(place->key), 0);
	assert_int_equal(rmdir(place->dir), 0);
	assert_int_equal(mkdir(place->dir, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_the_newest_key_comes_first),
		TEST(test_what_is_unfit_is_refused),
		TEST(test_the_copy_follows),
		TEST(test_the_copy_says_why_there_is_none),
		TEST(test_links_and_folders_are_not_followed),
		TEST(test_a_copy_that_cannot_be_made_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
