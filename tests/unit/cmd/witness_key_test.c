/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bindback witness-key as people run it, from a shell: BINDBACK is the
 * program. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/file.h"
#include "base/run.h"
#include "io/key_file.h"

#define A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Each test runs in a folder of its own. */
struct place {
	char dir[64];
};

static int setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));

	strcpy(place->dir, "/tmp/bindback-key-XXXXXX");
	*state = place;
	return mkdtemp(place->dir) && !chdir(place->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *place = *state;
	int r = chdir("/") < 0 ? -1 : file_remove_tree(place->dir, NULL);

	free(place);
	return r;
}

/* Of a shell that has the command as $key; false: it did not end so. */
static bool goes(const char *script, int status, const char *out,
		 const char *err)
{
	BUF_CLEAN key = { 0 };
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	const char *envp[] = { "LC_ALL=C", NULL, NULL };
	struct run_spec spec = { .argv = argv, .envp = envp,
				 .timeout_ms = 20000, .output_limit = 65536 };
	struct run_result result;
	struct why why = { "" };
	bool good;

	buf_printf(&key, "key=%s witness-key", getenv("BINDBACK"));
	envp[1] = key.data;
	if (run(&spec, &result, &why) < 0)
		fail_msg("%s", why.text);
	good = result.exit_status == status &&
	       strstr(result.out.data, out) && strstr(result.err.data, err);
	if (!good)
		print_error("%s: %d\n%s%s", script, result.exit_status,
			    result.out.data, result.err.data);
	run_result_done(&result);
	return good;
}

static struct keyring keys_of(const char *path)
{
	struct keyring ring = { 0 };
	struct why why = { "" };

	if (key_file_read(path, false, &ring, &why) < 0)
		fail_msg("%s", why.text);
	return ring;
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text), 0600, 0, NULL),
			 0);
}

static void test_make(void **unused)
{
	struct keyring ring;
	struct stat st;

	(void)unused;
	assert_true(goes("$key make one --file=new/keys", 0,
			 "new/keys has the key one 1 (", ""));
	assert_true(goes("$key make two --file=new/keys", 0,
			 "\n  bindback witness-key show two --file=new/keys | "
			 "ssh WITNESS bindback witness-key import -\n", ""));
	ring = keys_of("new/keys");
	assert_int_equal(ring.count, 2);
	assert_string_equal(ring.keys[0].name, "one");
	assert_int_equal(ring.keys[0].serial, 1);
	assert_memory_not_equal(ring.keys[0].secret, ring.keys[1].secret,
				KEY_SECRET);
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(stat("new/keys", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_not_equal(access("new/keys.lock", F_OK), 0);
	keyring_done(&ring);
}

static void test_make_keeps_what_is_there(void **unused)
{
	struct keyring ring;

	(void)unused;
	put("keys", "key one 1 " A "\n");
	assert_true(goes("$key make one --file=keys", 3, "",
			 "bindback witness-key: keys has a key one already; a "
			 "new one beside it is made by: bindback witness-key "
			 "rotate one --file=keys\n"));
	ring = keys_of("keys");
	assert_int_equal(ring.count, 1);
	assert_int_equal(ring.keys[0].secret[1], 0x11);
	keyring_done(&ring);
}

/* The beginning of what sha256sum makes of the secret's bytes. */
static void test_list_shows_no_secret(void **unused)
{
	(void)unused;
	put("keys", "key one 1 " A "\nkey one 2 " A "\nkey b 7 " A "\n");
	assert_true(goes("$key list --file=keys", 0,
			 "keys:\n  b 7 (4773d12e)\n  one 2 (4773d12e)\n"
			 "  one 1 (4773d12e), the one before\n", ""));
	assert_true(goes("$key list --file=keys | grep 00112233", 1, "", ""));
	put("keys", "");
	assert_true(goes("$key list --file=keys", 0, "keys: no key\n", ""));
	assert_true(goes("$key list --file=none", 3, "", "cannot open none"));
}

static void test_modes_and_how_to_mend_them(void **unused)
{
	static const char *const verbs[] = { "list", "show a", "rotate a",
					     "retire a", "make b",
					     "import -" };

	(void)unused;
	put("keys", "key a 1 " A "\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		BUF_CLEAN script = { 0 };

		assert_int_equal(chmod("keys", 0640), 0);
		buf_printf(&script, "echo key c 1 " A " | $key %s --file=keys",
			   verbs[i]);
		assert_true(goes(script.data, 3, "", "keys has mode 0640, so "
				 "that others than its owner may use it; mend "
				 "it with: chmod 600 keys\n"));
	}
}

static void test_rotate_and_retire(void **unused)
{
	struct keyring ring;

	(void)unused;
	put("keys", "key a 4294967293 " A "\n");
	assert_true(goes("$key rotate a --file=keys", 0,
			 ", which is new; a 4294967293 stays valid.\n", ""));
	assert_true(goes("$key rotate a --file=keys", 0,
			 ", which is new; a 4294967294 stays valid, a "
			 "4294967293 is dropped.\n", ""));
	ring = keys_of("keys");
	assert_int_equal(ring.count, 2);
	assert_int_equal(ring.keys[0].serial, 4294967295);
	assert_int_equal(ring.keys[1].serial, 4294967294);
	keyring_done(&ring);
	assert_true(goes("$key rotate a --file=keys", 3, "",
			 "the key a has the last serial"));
	assert_true(goes("$key retire a --file=keys", 0,
			 "keys has the key a 4294967295 (", ""));
	assert_true(goes("$key retire a --file=keys", 0,
			 " and no other of that name, as before.\n", ""));
	ring = keys_of("keys");
	assert_int_equal(ring.count, 1);
	assert_int_equal(ring.keys[0].serial, 4294967295);
	keyring_done(&ring);
	assert_true(goes("$key rotate b --file=keys", 3, "",
			 "keys has no key b; "));
	assert_true(goes("$key retire b --file=keys", 3, "",
			 "keys has no key b; "));
	assert_true(goes("$key retire b --file=no/keys", 3, "",
			 "cannot lock no/keys: No such file"));
	assert_int_not_equal(access("no", F_OK), 0);
}

static void test_from_cluster_to_witness(void **unused)
{
	struct keyring ring;

	(void)unused;
	put("keys", "key a 3 " A "\nkey a 4 " A "\nkey b 1 " A "\n");
	put("there", "key a 1 " A "\nkey c 9 " A "\n");
	assert_true(goes("$key show a --file=keys | "
			 "$key import - --file=there", 0,
			 "there has the key a 4 (4773d12e).\n"
			 "there has the key a 3 (4773d12e).\n",
			 "This is a secret"));
	ring = keys_of("there");
	assert_int_equal(ring.count, 3);
	assert_int_equal(ring.keys[0].serial, 4);
	assert_int_equal(ring.keys[1].serial, 3);
	assert_string_equal(ring.keys[2].name, "c");
	keyring_done(&ring);
	assert_true(goes("$key show a --file=keys", 0, "key a 4 " A "\n"
			 "key a 3 " A "\n", ""));
	assert_true(goes("$key show c --file=keys", 3, "",
			 "keys has no key c; "));
	assert_true(goes("$key import keys --file=new/there", 0,
			 "new/there has the key b 1 (", ""));
	ring = keys_of("new/there");
	assert_int_equal(ring.count, 3);
	keyring_done(&ring);
}

static void test_what_cannot_be_imported(void **unused)
{
	struct stat st;

	(void)unused;
	put("there", "key c 9 " A "\n");
	put("empty", "# none\n");
	assert_true(goes("$key import empty --file=there", 3, "",
			 "empty has no key\n"));
	assert_true(goes("$key import - --file=there </dev/null", 3, "",
			 "standard input has no key\n"));
	assert_true(goes("echo key a " A " | $key import - --file=there", 3,
			 "", "standard input: line 1: has too few words"));
	assert_true(goes("$key import - --file=there </dev/zero", 3, "",
			 "at most 20000 and 4194304 are allowed"));
	assert_true(goes("$key import - --file=there <&-", 3, "",
			 "cannot read standard input: "));
	assert_int_equal(stat("there", &st), 0);
	assert_int_equal(st.st_size, 8 + 64 + 1);
}

static void test_one_at_a_time(void **unused)
{
	int lock = -1;

	(void)unused;
	assert_int_equal(key_file_lock("keys", &lock, NULL), 0);
	assert_true(goes("$key make a --file=keys", 3, "", "keys is being "
			 "changed by another just now; try again\n"));
	assert_int_not_equal(access("keys", F_OK), 0);
	key_file_unlock("keys", lock);
	assert_true(goes("$key make a --file=keys", 0, "keys has the key a 1",
			 ""));
}

static void test_a_lock_leaves_nothing(void **unused)
{
	int lock = -1, next = -1;

	(void)unused;
	assert_int_equal(key_file_lock("keys", &lock, NULL), 0);
	assert_int_equal(key_file_lock("keys", &next, NULL), -EAGAIN);
	assert_int_equal(next, -1);
	key_file_unlock("keys", lock);
	assert_int_equal(key_file_lock("keys", &next, NULL), 0);
	key_file_unlock("keys", next);
	assert_int_not_equal(access("keys.lock", F_OK), 0);
}

static void test_wrong_usage(void **unused)
{
	static const char *const cases[][2] = {
		{ "", "make, list, show, import, rotate or retire is wanted" },
		{ "frob", "\"frob\" is nothing that can be done to keys" },
		{ "make", "make wants a NAME" },
		{ "import", "import wants a FILE" },
		{ "list a", "\"a\" is one word too many" },
		{ "make a b", "\"b\" is one word too many" },
		{ "make a.b", "the name \"a.b\" has a character that no key's "
		  "name has; wanted are" },
		{ "show ''", "the name \"\" is empty" },
		{ "make a --file", "--file wants a value" },
		{ "make a --name=b", "\"--name=b\" is no option" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BUF_CLEAN script = { 0 };

		buf_printf(&script, "$key %s", cases[i][0]);
		assert_true(goes(script.data, 64, "", cases[i][1]));
	}
	assert_true(goes("$key --help", 0, "  rotate NAME ", ""));
}

/* An /etc of our own, which is root's. */
static void test_the_files_that_it_takes(void **unused)
{
	(void)unused;
	if (geteuid() || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("etc", "/etc", "tmpfs", 0, NULL) < 0)
		skip();
	assert_true(goes("$key list", 3, "", "there is no key: neither "
			 KEY_FILE " nor " KEY_FILE_WITNESS " is there\n"));
	assert_true(goes("$key make a", 0, KEY_FILE " has the key a 1 (", ""));
	assert_true(goes("$key make b", 3, "", KEY_FILE " has the key a; "
			 "wanted there is one name alone"));
	assert_true(goes("$key show a | $key import -", 0,
			 KEY_FILE_WITNESS " has the key a 1 (", ""));
	assert_true(goes("$key show a | $key import -", 0, "\n  systemctl "
			 "restart bindback-witness\n", ""));
	assert_true(goes("$key rotate a", 0,
			 "\n  bindback witness-key retire a\n", ""));
	assert_true(goes("$key list", 0, ", the one before\n"
			 KEY_FILE_WITNESS ":\n  a 1 (", ""));
	assert_int_equal(unlink(KEY_FILE), 0);
	assert_true(goes("$key list", 0, KEY_FILE_WITNESS ":\n", ""));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_make),
		TEST(test_make_keeps_what_is_there),
		TEST(test_list_shows_no_secret),
		TEST(test_modes_and_how_to_mend_them),
		TEST(test_rotate_and_retire),
		TEST(test_from_cluster_to_witness),
		TEST(test_what_cannot_be_imported),
		TEST(test_one_at_a_time),
		TEST(test_a_lock_leaves_nothing),
		TEST(test_wrong_usage),
		TEST(test_the_files_that_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
