/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program as the path unit runs it: WITNESS_HOSTS. */
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/file.h"
#include "base/run.h"

#define OURS " # bindback: kept by bindback-witness while DNS is wrong, see " \
	"bindback-witness(8)"
#define OTHERS "127.0.0.1 localhost\n192.0.2.99 taken.example.com\n"
#define CONFIG "[key a]\nallow = mail.example.com .example.org\nhosts = yes\n" \
	"[key b]\nallow = other.example.com\n"

struct place {
	char dir[64];
	char config[96], wanted[96], hosts[96];
};

static void put(const char *path, const char *text)
{
	struct why why;

	if (file_write(path, text, strlen(text), 0644, 0, &why) < 0)
		fail_msg("%s", why.text);
}

static int setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));
	char folder[96];

	*state = place;
	strcpy(place->dir, "/tmp/bindback-hosts-XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	(void)snprintf(folder, sizeof(folder), "%s/run", place->dir);
	(void)snprintf(place->wanted, sizeof(place->wanted), "%s/run/hosts",
		       place->dir);
	(void)snprintf(place->config, sizeof(place->config), "%s/conf",
		       place->dir);
	(void)snprintf(place->hosts, sizeof(place->hosts), "%s/hosts",
		       place->dir);
	put(place->config, CONFIG);
	put(place->hosts, OTHERS);
	return mkdir(folder, 0755);
}

static int teardown(void **state)
{
	struct place *place = *state;
	int r = file_remove_tree(place->dir, NULL);

	free(place);
	return r;
}

/* That it ends so, and says this on standard error. */
static void expect_words(const char *const argv[], int status,
			 const char *said)
{
	const char *envp[] = { "LC_ALL=C", NULL };
	struct run_spec spec = { .argv = argv, .envp = envp, .cwd = "/",
				 .timeout_ms = 20000, .output_limit = 65536 };
	struct run_result result;
	struct why why = { "" };

	assert_non_null(argv[0]);
	if (run(&spec, &result, &why) < 0)
		fail_msg("%s", why.text);
	if (result.exit_status != status || strcmp(result.err.data, said) != 0)
		fail_msg("%d: %s%s", result.exit_status, result.out.data,
			 result.err.data);
	run_result_done(&result);
}

static void expect(struct place *place, int status, const char *said)
{
	char config[128], wanted[128], hosts[128];
	const char *argv[] = { getenv("WITNESS_HOSTS"), config, wanted, hosts,
			       NULL };

	(void)snprintf(config, sizeof(config), "--config=%s", place->config);
	(void)snprintf(wanted, sizeof(wanted), "--wanted=%s", place->wanted);
	(void)snprintf(hosts, sizeof(hosts), "--hosts=%s", place->hosts);
	expect_words(argv, status, said);
}

static void expect_hosts(struct place *place, const char *text)
{
	BUF_CLEAN got = { 0 };

	assert_int_equal(file_read(place->hosts, 65536, &got, NULL), 0);
	assert_string_equal(got.data, text);
}

static void test_put_and_taken(void **state)
{
	struct place *place = *state;
	struct stat before, after;

	put(place->wanted, "192.0.2.25 mail.example.com\n"
	    "2001:db8::25 Mail.example.com\n198.51.100.1 a.example.org");
	assert_int_equal(chmod(place->hosts, 0664), 0);
	expect(place, 0, "");
	expect_hosts(place, OTHERS
		     "192.0.2.25 mail.example.com" OURS "\n"
		     "2001:db8::25 mail.example.com" OURS "\n"
		     "198.51.100.1 a.example.org" OURS "\n");
	/* It is left alone where nothing changes. */
	assert_int_equal(stat(place->hosts, &before), 0);
	assert_int_equal(before.st_mode & 07777, 0664);
	expect(place, 0, "");
	assert_int_equal(stat(place->hosts, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	put(place->wanted, "192.0.2.26 mail.example.com\n");
	expect(place, 0, "");
	expect_hosts(place, OTHERS "192.0.2.26 mail.example.com" OURS "\n");
	/* No file: nothing is wanted. */
	assert_int_equal(unlink(place->wanted), 0);
	expect(place, 0, "");
	expect_hosts(place, OTHERS);
}

#define NOT "bindback-witness-hosts: not put in %s: "
#define NO_KEY "is no name that a key with hosts = yes may have"

/* What a subverted witness might want. */
static void test_refused(void **state)
{
	static const struct {
		const char *line, *sentence;
	} rows[] = {
		{ "192.0.2.1 www.example.com", "\"www.example.com\" " NO_KEY },
		{ "192.0.2.1 other.example.com",
		  "\"other.example.com\" " NO_KEY },
		{ "192.0.2.1 example.org", "\"example.org\" " NO_KEY },
		{ "127.0.0.1 mail.example.com",
		  "\"127.0.0.1\" is a loopback address" },
		{ "192.0.2.1 mail.example.com www.example.com",
		  "\"192.0.2.1 mail.example.com www.example.com\" is no line "
		  "as \"192.0.2.25 mail.example.com\"" },
		{ "192.0.2.1 mail.example.com\x0b#", "\"192.0.2.1 "
		  "mail.example.com\\x0b#\" is no line as \"192.0.2.25 "
		  "mail.example.com\"" },
		{ "", "\"\" is no line as \"192.0.2.25 mail.example.com\"" },
	};
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[256], said[512];

		(void)snprintf(text, sizeof(text),
			       "%s\n192.0.2.25 mail.example.com\n",
			       rows[i].line);
		(void)snprintf(said, sizeof(said), NOT "%s\n", place->hosts,
			       rows[i].sentence);
		put(place->wanted, text);
		expect(place, 0, said);
		expect_hosts(place, OTHERS "192.0.2.25 mail.example.com" OURS
			     "\n");
	}
}

static void expect_refused(struct place *place, const char *name,
			   const char *fault)
{
	char text[400], said[512];

	(void)snprintf(text, sizeof(text), "192.0.2.1 %s\n", name);
	(void)snprintf(said, sizeof(said), NOT "\"%s\" %s\n", place->hosts,
		       name, fault);
	put(place->wanted, text);
	expect(place, 0, said);
	expect_hosts(place, OTHERS);
}

/* Even where the rules would allow them. */
static void test_names_of_others(void **state)
{
	struct place *place = *state;
	char own[256] = "";

	put(place->config, "allow = .example.com x.localhost "
	    "localhost.localdomain\nhosts = yes\n");
	expect_refused(place, "taken.example.com",
		       "is in the hosts file already, by somebody else");
	expect_refused(place, "x.localhost", "is this host's own name");
	expect_refused(place, "localhost.localdomain",
		       "is this host's own name");
	/* This host's name is a full one only on some hosts. */
	assert_int_equal(gethostname(own, sizeof(own) - 1), 0);
	if (strchr(own, '.')) {
		char config[400];

		(void)snprintf(config, sizeof(config),
			       "allow = %s\nhosts = yes\n", own);
		put(place->config, config);
		expect_refused(place, own, "is this host's own name");
	}
}

static void test_twice(void **state)
{
	struct place *place = *state;
	char said[512];

	put(place->wanted, "192.0.2.25 mail.example.com\n"
	    "192.0.2.26 mail.example.com\n");
	(void)snprintf(said, sizeof(said), NOT "\"mail.example.com\" is "
		       "wanted twice\n", place->hosts);
	expect(place, 0, said);
	expect_hosts(place, OTHERS "192.0.2.25 mail.example.com" OURS "\n");
}

/* What is told is bounded, too. */
static void test_many(void **state)
{
	struct place *place = *state;
	struct buf text, said;

	buf_init(&text);
	buf_init(&said);
	for (int i = 0; i < 30; i++)
		buf_puts(&text, "x\n");
	for (int i = 0; i < 8; i++)
		buf_printf(&said, NOT "\"x\" is no line as \"192.0.2.25 "
			   "mail.example.com\"\n", place->hosts);
	buf_puts(&said, "bindback-witness-hosts: and 22 lines more\n");
	put(place->wanted, text.data);
	expect(place, 0, said.data);
	/* More than the witness ever writes is not read. */
	while (text.len < 400000)
		buf_puts(&text, "x\n");
	put(place->wanted, text.data);
	said.len = 0;
	buf_printf(&said, "bindback-witness-hosts: cannot read %s: File too "
		   "large\n", place->wanted);
	expect(place, 1, said.data);
	expect_hosts(place, OTHERS);
	buf_done(&said);
	buf_done(&text);
}

static void test_links(void **state)
{
	struct place *place = *state;
	char other[128], said[256];

	/* A wanted file that is a link is not followed. */
	(void)snprintf(other, sizeof(other), "%s/other", place->dir);
	put(other, "192.0.2.25 mail.example.com\n");
	assert_int_equal(symlink(other, place->wanted), 0);
	(void)snprintf(said, sizeof(said), "bindback-witness-hosts: cannot "
		       "read %s: Too many levels of symbolic links\n",
		       place->wanted);
	expect(place, 1, said);
	expect_hosts(place, OTHERS);
	assert_int_equal(unlink(place->wanted), 0);
	/* Nor is a hosts file replaced that is one. */
	put(place->wanted, "192.0.2.25 mail.example.com\n");
	assert_int_equal(rename(place->hosts, other), 0);
	assert_int_equal(symlink(other, place->hosts), 0);
	(void)snprintf(said, sizeof(said), "bindback-witness-hosts: cannot "
		       "open %s: it is a symbolic link; wanted is the file "
		       "itself\n", place->hosts);
	expect(place, 1, said);
	expect_hosts(place, OTHERS);
}

static void test_config(void **state)
{
	struct place *place = *state;
	char said[256];

	put(place->wanted, "192.0.2.25 mail.example.com\n");
	put(place->config, "# nothing\nhosts = perhaps\n");
	(void)snprintf(said, sizeof(said), "bindback-witness-hosts: %s: line "
		       "2: hosts: \"perhaps\" is neither yes nor no\n",
		       place->config);
	expect(place, 1, said);
	assert_int_equal(unlink(place->config), 0);
	(void)snprintf(said, sizeof(said), "bindback-witness-hosts: cannot "
		       "open %s: No such file or directory\n", place->config);
	expect(place, 1, said);
	expect_hosts(place, OTHERS);
}

/* Without --hosts it is the configuration's. */
static void test_hosts_file_of_config(void **state)
{
	struct place *place = *state;
	char config[128], wanted[128], text[256];
	const char *argv[] = { getenv("WITNESS_HOSTS"), config, wanted, NULL };

	(void)snprintf(text, sizeof(text), "hosts_file = %s\nallow = a.test\n"
		       "hosts = yes\n", place->hosts);
	put(place->config, text);
	put(place->wanted, "192.0.2.25 a.test\n");
	(void)snprintf(config, sizeof(config), "--config=%s", place->config);
	(void)snprintf(wanted, sizeof(wanted), "--wanted=%s", place->wanted);
	expect_words(argv, 0, "");
	expect_hosts(place, OTHERS "192.0.2.25 a.test" OURS "\n");
}

static void test_usage(void **state)
{
	const char *program = getenv("WITNESS_HOSTS");

	(void)state;
	expect_words((const char *[]){ program, "--help", NULL }, 0, "");
	expect_words((const char *[]){ program, "--frobnicate", NULL }, 64,
		     "bindback-witness-hosts: \"--frobnicate\" is wrong here; "
		     "see bindback-witness-hosts --help\n");
	expect_words((const char *[]){ program, "--wanted=lines", NULL }, 64,
		     "bindback-witness-hosts: --wanted: \"lines\" is no full "
		     "path\n");
	expect_words((const char *[]){ program, "now", NULL }, 64,
		     "bindback-witness-hosts: \"now\" is wrong here; see "
		     "bindback-witness-hosts --help\n");
}

/* Owner and access list go with it. */
static void test_owner(void **state)
{
	/* user::rw- user:65534:r-- group::r-- mask::r-- other::r-- */
	static const unsigned char list[] = {
		2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255,
		2, 0, 4, 0, 254, 255, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255,
		16, 0, 4, 0, 255, 255, 255, 255,
		32, 0, 4, 0, 255, 255, 255, 255,
	};
	struct place *place = *state;
	char got[sizeof(list) + 1];
	struct stat st;

	if (geteuid() || setxattr(place->hosts, "system.posix_acl_access",
				  list, sizeof(list), 0) < 0)
		skip();
	assert_int_equal(chown(place->hosts, 0, 7), 0);
	put(place->wanted, "192.0.2.25 mail.example.com\n");
	expect(place, 0, "");
	assert_int_equal(stat(place->hosts, &st), 0);
	assert_int_equal(st.st_gid, 7);
	assert_int_equal(getxattr(place->hosts, "system.posix_acl_access", got,
				  sizeof(got)), sizeof(list));
	assert_memory_equal(got, list, sizeof(list));
}

/* As containers have it. */
static void test_mounted(void **state)
{
	struct place *place = *state;
	char said[256];

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(place->hosts, place->hosts, NULL, MS_BIND, NULL) < 0)
		skip();
	put(place->wanted, "192.0.2.25 mail.example.com\n");
	(void)snprintf(said, sizeof(said), "bindback-witness-hosts: cannot "
		       "replace %s: it is mounted there by itself, as in a "
		       "container\n", place->hosts);
	expect(place, 1, said);
	assert_int_equal(umount(place->hosts), 0);
	expect_hosts(place, OTHERS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_put_and_taken),
		T(test_refused),
		T(test_names_of_others),
		T(test_twice),
		T(test_many),
		T(test_links),
		T(test_config),
		T(test_hosts_file_of_config),
		T(test_usage),
		T(test_owner),
		T(test_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
