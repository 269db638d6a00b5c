/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/key_file.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"

#define A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEYS "key a 1 " A "\n"

/* Each test runs in a folder of its own. */
struct place {
	char dir[64];
	char file[80];
	char other[80];
};

static int setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));

	strcpy(place->dir, "/tmp/bindback-keys-XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	(void)snprintf(place->file, sizeof(place->file), "%s/keys",
		       place->dir);
	(void)snprintf(place->other, sizeof(place->other), "%s/other",
		       place->dir);
	*state = place;
	return file_write(place->file, KEYS, strlen(KEYS), 0600, 0, NULL);
}

static int teardown(void **state)
{
	struct place *place = *state;
	int r = file_remove_tree(place->dir, NULL);

	free(place);
	return r;
}

static int look(const char *path, bool group_may_read, struct why *why)
{
	struct keyring ring = { NULL, 77 };
	int r = key_file_read(path, group_may_read, &ring, why);

	if (r < 0) {
		assert_int_equal(ring.count, 77);
		assert_true(why->text[0]);
		assert_null(strstr(why->text, "00112233"));
		return r;
	}
	keyring_done(&ring);
	return r;
}

static void test_write_and_read(void **state)
{
	struct place *place = *state;
	const uint8_t secret[KEY_SECRET] = { 1, 2, 3 };
	struct keyring ring = { 0 }, again = { 0 };
	struct stat st;

	assert_int_equal(key_file_read(place->file, false, &ring, NULL), 0);
	assert_int_equal(keyring_add(&ring, "b", secret, NULL), 0);
	assert_int_equal(chmod(place->file, 0644), 0);
	assert_int_equal(key_file_write(place->file, &ring, NULL), 0);
	assert_int_equal(stat(place->file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(key_file_read(place->file, false, &again, NULL), 0);
	assert_int_equal(again.count, 2);
	assert_memory_equal(again.keys, ring.keys, 2 * sizeof(*ring.keys));
	keyring_done(&ring);
	keyring_done(&again);
}

static void test_modes(void **state)
{
	struct place *place = *state;
	struct why said = { "" };
	char wanted[256];

	for (mode_t mode = 0; mode < 01000; mode++) {
		struct why why = { "" };
		bool good = !(mode & 0077), group = !(mode & 0037);

		/* Root reads all. */
		if (geteuid() && !(mode & 0400))
			continue;
		assert_int_equal(chmod(place->file, mode), 0);
		assert_int_equal(look(place->file, false, &why),
				 good ? 0 : -EPERM);
		assert_int_equal(look(place->file, true, &why),
				 group ? 0 : -EPERM);
	}
	assert_int_equal(chmod(place->file, 0644), 0);
	assert_int_equal(look(place->file, true, &said), -EPERM);
	(void)snprintf(wanted, sizeof(wanted), "%s has mode 0644, so that "
		       "others than its owner may use it; mend it with: chmod "
		       "600 %s", place->file, place->file);
	assert_string_equal(said.text, wanted);
}

static void test_another_owner(void **state)
{
	struct place *place = *state;
	struct why why = { "" };

	if (geteuid())
		skip();
	assert_int_equal(chown(place->file, 1, 0), 0);
	assert_int_equal(look(place->file, false, &why), -EPERM);
	assert_non_null(strstr(why.text, " belongs to the user 1, not to "
			       "root; mend it with: chown root "));
}

static void test_roots_is_for_others_too(void **state)
{
	struct place *place = *state;
	struct why why = { "" };
	int r;

	if (geteuid())
		skip();
	assert_int_equal(chmod(place->dir, 0755), 0);
	assert_int_equal(chmod(place->file, 0440), 0);
	assert_int_equal(chown(place->file, 0, 1), 0);
	assert_int_equal(setegid(1), 0);
	assert_int_equal(seteuid(1), 0);
	r = look(place->file, true, &why);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(r, 0);
}

static void test_nothing_there(void **state)
{
	struct place *place = *state;
	struct why why = { "" };

	assert_int_equal(look(place->other, false, &why), -ENOENT);
}

static void test_a_link_is_what_it_leads_to(void **state)
{
	struct place *place = *state;
	struct keyring ring = { 0 };
	struct why why = { "" };
	struct stat st;

	assert_int_equal(symlink(place->file, place->other), 0);
	assert_int_equal(look(place->other, false, &why), 0);
	assert_int_equal(key_file_write(place->other, &ring, NULL), 0);
	assert_int_equal(lstat(place->other, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(place->file, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(chmod(place->file, 0640), 0);
	assert_int_equal(look(place->other, false, &why), -EPERM);
	assert_int_equal(unlink(place->file), 0);
	assert_int_equal(look(place->other, false, &why), -ENOENT);
}

static void test_no_files(void **state)
{
	struct place *place = *state;
	struct why why = { "" };

	assert_int_equal(mkfifo(place->other, 0600), 0);
	assert_int_equal(look(place->other, false, &why), -EINVAL);
	assert_non_null(strstr(why.text, "is no regular file"));
	assert_int_equal(look(place->dir, false, &why), -EINVAL);
	assert_int_equal(look("/dev/zero", false, &why), -EINVAL);
}

static void test_too_long(void **state)
{
	struct place *place = *state;
	struct why why = { "" };

	assert_int_equal(truncate(place->file, (4 << 20) + 1), 0);
	assert_int_equal(look(place->file, false, &why), -EFBIG);
	assert_non_null(strstr(why.text, "has 4194305 bytes; at most 4194304 "
			       "are allowed"));
	assert_int_equal(truncate(place->file, 4 << 20), 0);
	assert_int_equal(look(place->file, false, &why), -EINVAL);
	assert_non_null(strstr(why.text, "line 2: has a NUL byte"));
}

static void test_a_wrong_line(void **state)
{
	struct place *place = *state;
	struct why why = { "" };
	char wanted[256];

	assert_int_equal(file_write(place->file, KEYS "key\n",
				    strlen(KEYS "key\n"), 0600, 0, NULL), 0);
	assert_int_equal(look(place->file, false, &why), -EINVAL);
	(void)snprintf(wanted, sizeof(wanted), "%s: line 2: has too few "
		       "words; wanted is \"key NAME SERIAL SECRET\"",
		       place->file);
	assert_string_equal(why.text, wanted);
}

static void test_no_folder_to_write_to(void **state)
{
	struct keyring ring = { 0 };
	struct place *place = *state;
	struct why why = { "" };

	(void)snprintf(place->other, sizeof(place->other), "%s/no/keys",
		       place->dir);
	assert_int_equal(key_file_write(place->other, &ring, &why), -ENOENT);
	assert_true(why.text[0]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_write_and_read),
		TEST(test_modes),
		TEST(test_another_owner),
		TEST(test_roots_is_for_others_too),
		TEST(test_nothing_there),
		TEST(test_a_link_is_what_it_leads_to),
		TEST(test_no_files),
		TEST(test_too_long),
		TEST(test_a_wrong_line),
		TEST(test_no_folder_to_write_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
