/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "postfix" and "postconf" are scripts in a folder of our own. */
#include "io/settings.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

struct world {
	char root[64];
	struct params params;
};

static char *below(const struct world *world, const char *name)
{
	BUF_CLEAN path;

	buf_init(&path);
	buf_printf(&path, "%s/%s", world->root, name);
	return buf_steal(&path);
}

static void put(const struct world *world, const char *name, const char *text,
		mode_t mode)
{
	char *path = below(world, name);

	assert_int_equal(file_write(path, text, strlen(text), mode, 0, NULL),
			 0);
	free(path);
}

static void take_away(const struct world *world, const char *name)
{
	char *path = below(world, name);

	assert_int_equal(file_remove_tree(path, NULL), 0);
	free(path);
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	char *etc;

	(void)strcpy(world->root, "/tmp/bindback-settings.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	etc = below(world, "etc");
	assert_int_equal(file_mkdirs(etc, 0755, NULL), 0);
	world->params.config_dir = etc;
	world->params.binary = below(world, "postfix");
	put(world, "postfix", "#!/bin/sh\n", 0755);
	put(world, "postconf", "#!/bin/sh\n"
	    "echo \"args = $*\"\necho \"mail_config = $MAIL_CONFIG\"\n", 0755);
	put(world, "etc/main.cf", "a = b\n", 0644);
	put(world, "etc/master.cf", "smtp inet\n", 0644);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	params_done(&world->params);
	(void)file_remove_tree(world->root, NULL);
	free(world);
	return 0;
}

static void read_well(const struct world *world, struct settings *ret)
{
	struct why why = { "" };

	if (settings_read(&world->params, ret, &why) < 0)
		fail_msg("%s", why.text);
}

/* The reason begins with the parameter concerned. */
static void assert_refused(const struct world *world, int wanted,
			   const char *param, const char *reason)
{
	struct settings settings;
	struct why why = { "" };
	int r = settings_read(&world->params, &settings, &why);

	if (r != wanted || strncmp(why.text, param, strlen(param)) != 0 ||
	    !strstr(why.text, reason))
		fail_msg("%d, \"%s\"", r, why.text);
}

static void test_reads_the_files_and_asks_postconf(void **state)
{
	struct world *world = *state;
	struct settings settings;
	struct driver_input in;
	char wanted[PATH_MAX];

	assert_int_equal(setenv("MAIL_CONFIG", "/leaked", 1), 0);
	put(world, "etc/main.cf", "a = b\n", 0600);
	read_well(world, &settings);
	in = settings_input(&settings);
	assert_string_equal(in.config_dir, world->params.config_dir);
	assert_true(span_equals(in.main_text, "a = b\n"));
	assert_true(span_equals(in.services_text, "smtp inet\n"));
	assert_int_equal(in.origin_text.len, 0);
	assert_int_equal(in.main_mode, 0600);
	assert_int_equal(in.services_mode, 0644);
	(void)snprintf(wanted, sizeof(wanted),
		       "args = -x -c %s\nmail_config = \n", in.config_dir);
	assert_true(span_equals(in.effective_text, wanted));
	settings_done(&settings);
	settings_done(&settings);
	settings_done(NULL);
}

static void test_lists_what_a_chroot_wants(void **state)
{
	struct world *world = *state;
	struct settings settings;
	unsigned int hosts = 0;

	read_well(world, &settings);
	for (char **p = settings.host_files; *p; p++) {
		assert_int_equal(access(*p, F_OK), 0);
		hosts += strcmp(*p, "/etc/hosts") == 0;
	}
	assert_int_equal(hosts, 1);
	settings_done(&settings);
}

static void test_reads_the_file_that_myorigin_names(void **state)
{
	struct world *world = *state;
	struct settings settings;
	BUF_CLEAN script;

	buf_init(&script);
	buf_printf(&script, "#!/bin/sh\necho myorigin = %s/mailname\n",
		   world->root);
	put(world, "postconf", script.data, 0755);
	read_well(world, &settings);	/* it may be missing */
	assert_int_equal(settings.origin_text.len, 0);
	settings_done(&settings);
	put(world, "mailname", "example.com\n", 0644);
	read_well(world, &settings);
	assert_string_equal(settings.origin_text.data, "example.com\n");
	settings_done(&settings);
	put(world, "postconf", "#!/bin/sh\necho myorigin = etc\n", 0755);
	read_well(world, &settings);
	assert_int_equal(settings.origin_text.len, 0);
	settings_done(&settings);
}

static void test_a_missing_program_is_the_binarys_fault(void **state)
{
	struct world *world = *state;

	put(world, "postfix", "", 0644);
	assert_refused(world, -EACCES, "binary: ", "/postfix");
	take_away(world, "postfix");
	assert_refused(world, -ENOENT, "binary: ", "/postfix");
	free(world->params.binary);
	world->params.binary = xstrdup(world->root);
	assert_refused(world, -EISDIR, "binary: ", world->root);
}

static void test_a_bad_postconf_is_the_binarys_fault(void **state)
{
	struct world *world = *state;

	put(world, "postconf", "no program", 0755);
	assert_refused(world, -ENOEXEC, "binary: ", "/postconf");
	take_away(world, "postconf");
	assert_refused(world, -ENOENT, "binary: ", "/postconf");
}

static void test_missing_files_are_the_folders_fault(void **state)
{
	struct world *world = *state;

	take_away(world, "etc/master.cf");
	assert_refused(world, -ENOENT, "config_dir: ", "/etc/master.cf");
	take_away(world, "etc/main.cf");
	assert_refused(world, -ENOENT, "config_dir: ", "/etc/main.cf");
	take_away(world, "etc");
	assert_refused(world, -ENOENT, "config_dir: ", "/etc");
	put(world, "etc", "", 0644);
	assert_refused(world, -ENOTDIR, "config_dir: cannot use ", "/etc");
}

static void test_too_large_a_file_is_refused(void **state)
{
	struct world *world = *state;
	char *path = below(world, "etc/main.cf");

	assert_int_equal(truncate(path, 1024 * 1024 + 1), 0);
	assert_refused(world, -EFBIG, "config_dir: ", "/etc/main.cf");
	free(path);
}

static void test_what_postconf_complains_of_is_quoted(void **state)
{
	struct world *world = *state;

	put(world, "postconf", "#!/bin/sh\n"
	    "echo 'fatal: bad main.cf, line 3' >&2\nexit 1\n", 0755);
	assert_refused(world, -EINVAL, "config_dir: ",
		       "failed (status 1): fatal: bad main.cf, line 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_reads_the_files_and_asks_postconf),
		TEST(test_lists_what_a_chroot_wants),
		TEST(test_reads_the_file_that_myorigin_names),
		TEST(test_a_missing_program_is_the_binarys_fault),
		TEST(test_a_bad_postconf_is_the_binarys_fault),
		TEST(test_missing_files_are_the_folders_fault),
		TEST(test_too_large_a_file_is_refused),
		TEST(test_what_postconf_complains_of_is_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
