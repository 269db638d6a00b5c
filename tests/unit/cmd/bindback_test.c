/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command as people run it: BINDBACK is the program, GOLDEN the folder of
 * golden verdicts. /run is an empty one of our own, where that is permitted.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/run.h"

#define WORDS_MAX 8
#define STATE "/run/bindback/mail/state"
#define OWN "/run/own"

/* Run `bindback <words>`; the exit status, and what it said. */
static int command(const char *words, struct buf *ret_out, struct buf *ret_err)
{
	const char *argv[WORDS_MAX + 2] = { getenv("BINDBACK") };
	const char *envp[] = { "LC_ALL=C", NULL };
	char *copy = xstrdup(words), *save = NULL;
	struct run_spec spec = { .argv = argv, .envp = envp, .cwd = "/",
				 .timeout_ms = 20000, .output_limit = 65536 };
	struct run_result result;
	struct why why = { "" };
	size_t count = 0;

	for (char *p = strtok_r(copy, " ", &save); p && count < WORDS_MAX;
	     p = strtok_r(NULL, " ", &save))
		argv[++count] = p;
	assert_non_null(argv[0]);
	if (run(&spec, &result, &why) < 0)
		fail_msg("%s", why.text);
	free(copy);
	*ret_out = result.out;
	*ret_err = result.err;
	return result.exit_status;
}

static void expect(const char *words, int status, const char *out,
		   const char *err)
{
	BUF_CLEAN got_out = { 0 };
	BUF_CLEAN got_err = { 0 };
	int got = command(words, &got_out, &got_err);

	if (got != status || !strstr(got_out.data, out) ||
	    !strstr(got_err.data, err))
		fail_msg("bindback %s: %d\n%s%s", words, got, got_out.data,
			 got_err.data);
}

static void test_wrong_usage_is_one_clear_sentence(void **unused)
{
	static const char *const cases[][2] = {
		{ "", "a command is wanted" },
		{ "verfy", "\"verfy\" is no command" },
		{ "verify", "--name=NAME and --ip=ADDR, or --resource=ID" },
		{ "verify --name", "--name wants a value" },
		{ "verify --frobnicate", "\"--frobnicate\" is no option" },
		{ "verify now", "\"now\" is one word too many" },
		{ "verify --name=mail --ip=192.0.2.25",
		  "--name: \"mail\" has no domain" },
		{ "verify --name=mail.example.com",
		  "--ip: " },
		{ "verify --name=mail.example.com --ip=192.0.2.256",
		  "--ip: \"192.0.2.256\" is no IPv4 or IPv6 address" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--public-ip=::1", "--public-ip: \"::1\" is a loopback" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--resolver=ns1", "--resolver: \"ns1\"" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--remote=mx.example.net --remote=mx:192.0.2.1",
		  "--remote: \"mx.example.net mx:192.0.2.1\" has "
		  "\"mx:192.0.2.1\" in it, which is no mail domain" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--sender-domain=com", "--sender-domain: \"com\"" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--witness=w.example.net --witness=mx:example.net",
		  "--witness: \"w.example.net mx:example.net\" has "
		  "\"mx:example.net\" in it, which is no witness" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--authkey=key", "--authkey: \"key\" is no full path" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--callback=25", "--callback: \"25\" is not known" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--callback-port=25", "--callback-port: \"25\" is the mail "
		  "server's own port; callback=smtp" },
		{ "plan", "--name=NAME and --ip=ADDR are wanted" },
		{ "plan --name=mail", "--name: \"mail\" has no domain" },
		{ "plan --name=mail.example.com --ip=192.0.2.25 "
		  "--config-dir=etc", "--config-dir: \"etc\"" },
		{ "plan --name=mail.example.com --ip=192.0.2.25 "
		  "--resource=../x", "--resource: resource id \"../x\"" },
		{ "plan --name=mail.example.com --ip=192.0.2.25 "
		  "--hold=perhaps", "--hold: \"perhaps\"" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--timeout=soon", "--timeout: \"soon\"" },
		{ "verify --name=mail.example.com --ip=192.0.2.25 "
		  "--output-as=json", "--output-as: \"json\"" },
		{ "verify --resource=a/b", "--resource: " },
		{ "verify --resource=mail --ip=192.0.2.25",
		  "--ip and --public-ip cannot be given with it" },
		{ "status --resource=..", "--resource: " },
		{ "status mail", "\"mail\" is one word too many" },
		{ "preflight --all --node=x", "only one of them can be" },
		{ "preflight --local --all", "only one of them can be" },
		{ "preflight --resource=../x", "--resource: resource id" },
		{ "preflight --name=mail.example.com", "--ip: " },
		{ "preflight --name=mail.example.com --ip=192.0.2.25 --all",
		  "--all cannot be given with them" },
		{ "preflight --name=mail.example.com --ip=192.0.2.25 "
		  "--remote=x", "--remote: \"x\"" },
		{ "preflight --name=mail.example.com --ip=192.0.2.25 "
		  "--witness=x", "--witness: \"x\"" },
		{ "preflight --resolver=192.0.2.53", "\"--resolver=192.0.2.53\""
		  " is no option" },
		{ "preflight --output-as=json", "--output-as: \"json\"" },
		{ "explain --resource=a --file=b", "only one of them" },
		{ "explain 9320", "\"9320\" is no event and no class; known "
		  "are 9318, 9321, 9322, NAME_UNRESOLVED, " },
		{ "explain 9318 9321", "\"9321\" is one word too many" },
		{ "explain -- 9318 9321", "\"9321\" is one word too many" },
		{ "explain 9318 --resource=..", "--resource: " },
		{ "explain 9318 --list", "nothing can be given beside --list" },
		{ "report --resource=a/b", "--resource: " },
		{ "report --history", "--history wants a value" },
		{ "report mail", "\"mail\" is one word too many" },
		{ "survey", "--list=FILE is wanted" },
		{ "survey --list=/nowhere/list", "--list: /nowhere/list: No "
		  "such file" },
		{ "survey --list=/dev/null", "--list: /dev/null: has no line" },
		{ "survey --list=/dev/null --resolver=ns1",
		  "--resolver: \"ns1 \" has \"ns1\" in it" },
		{ "survey --list=/dev/null --timeout=soon",
		  "--timeout: \"soon\" is no time" },
		{ "survey --list=/proc/self/status", "--list: "
		  "/proc/self/status, line 1: name: " },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BUF_CLEAN out = { 0 };
		BUF_CLEAN err = { 0 };

		expect(cases[i][0], 64, "", cases[i][1]);
		assert_int_equal(command(cases[i][0], &out, &err), 64);
		assert_int_equal(out.len, 0);
		assert_ptr_equal(strchr(err.data, '\n'),
				 err.data + err.len - 1);
	}
}

/* survey --list=<(...): it is read twice, and then nothing would be left that
 * is not verified. */
static void test_survey_wants_a_file(void **unused)
{
	char dir[] = "/tmp/survey-XXXXXX";
	BUF_CLEAN words = { 0 };
	char path[32];
	pid_t writer;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	writer = fork();
	if (!writer) {
		FILE *file = fopen(path, "we");

		(void)signal(SIGPIPE, SIG_IGN);
		(void)fputs("mail.example.com 192.0.2.25\n", file);
		_exit(fclose(file) != 0);
	}
	buf_printf(&words, "survey --timeout=100ms --list=%s", path);
	expect(words.data, 64, "", "cannot be read twice");
	(void)kill(writer, SIGKILL);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void test_help_and_version(void **unused)
{
	(void)unused;
	expect("--help", 0, "  verify      ask everybody", "");
	expect("--version", 0, "bindback 0.", "");
	expect("verify --help", 0, "--output-as=text|xml|html", "");
	expect("status --help", 0, "--resource=ID", "");
	expect("preflight --help", 0, "--node=NAME", "");
	expect("explain --help", 0, "--file=PATH", "");
	expect("report --help", 0, "--history=FILE", "");
}

static void test_explain_exits_as_the_verdict(void **unused)
{
	static const struct {
		const char *name;
		int status;
	} cases[] = {
		{ "verified", 0 },	{ "stale-second-nameserver", 1 },
		{ "ptr-missing", 2 },	{ "nobody-answers", 3 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BUF_CLEAN words = { 0 };

		buf_printf(&words, "explain --file=%s/%s/verdict.xml",
			   getenv("GOLDEN"), cases[i].name);
		expect(words.data, cases[i].status,
		       "mail.example.com at 192.0.2.25", "");
	}
	expect("explain --file=/nowhere", 3, "", "cannot open /nowhere");
	expect("explain --file=/dev/null", 3, "", "not a regular file");
}

static void test_explain_a_word(void **unused)
{
	BUF_CLEAN words = { 0 };

	(void)unused;
	expect("explain 9322", 0, "Event 9322: a remote does not find", "");
	expect("explain -- fcrdns_fail", 0, "FCRDNS_FAIL\n\n  From our ", "");
	buf_printf(&words, "explain --file=%s/ptr-missing/verdict.xml "
		   "PTR_MISSING", getenv("GOLDEN"));
	expect(words.data, 0, " has it:\n\n  - failed, ours: there is no PTR "
	       "of 192.0.2.25", "");
	words.len = 0;
	buf_printf(&words, "explain SPF --file=%s/ptr-missing/verdict.xml",
		   getenv("GOLDEN"));
	expect(words.data, 0, " does not have it.\n\n  An example", "");
	expect("explain 9322 --file=/nowhere", 3, "", "cannot open /nowhere");
	expect("explain 9322 --resource=none", 3, "", "no verdict of the resource none");
}

/* A /run of our own, gone with us, and a network with nobody in it. */
static bool have_own_run(void)
{
	return !unshare(CLONE_NEWNS | CLONE_NEWNET |
			(geteuid() ? CLONE_NEWUSER : 0)) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("run", "/run", "tmpfs", 0, NULL) &&
	       !mount("lib", "/var/lib", "tmpfs", 0, NULL) &&
	       !file_write(OWN, "", 0, 0644, 0, NULL);
}

static void put_state(const char *more)
{
	BUF_CLEAN text = { 0 };

	buf_printf(&text, "bindback-state 1\nname mail.example.com\n"
		   "ip 192.0.2.25\n%send\n", more);
	assert_int_equal(file_mkdirs("/run/bindback/mail", 0755, NULL), 0);
	assert_int_equal(file_write(STATE, text.data, text.len, 0644, 0, NULL),
			 0);
}

static void test_reads_what_the_agent_wrote(void **unused)
{
	(void)unused;
	if (!have_own_run())
		skip();
	expect("status", 3, "no resource is bound on this node\n", "");
	expect("explain", 3, "", "no resource is bound on this node");
	expect("verify --resource=mail", 3, "", "mail is not bound");
	put_state("master_pid 2147483647\nheld yes\nhold_reason PTR\n");
	expect("status", 2, "process 2147483647 IS GONE", "");
	expect("status --resource=mail", 2, "HELD for", "");
	expect("status --resource=other", 3, "other: not bound", "");
	expect("explain", 3, "", "there is no verdict of the resource mail");
	put_state("resolver 192.0.2.53#5353\n");
	expect("verify --resource=mail --timeout=2s --output-as=xml", 3,
	       "<observation vantage=\"resolver\" "
	       "server=\"192.0.2.53#5353\"", "");
	expect("verify --resource=mail --timeout=2s --output-as=html", 3,
	       "<title>mail.example.com: unknown</title>", "");
	expect("verify --resource=mail --timeout=2s", 3,
	       "UNKNOWN, on the path: ", "");
	/* A history that cannot be read is none, and makes place for one. */
	put_state("remotes 192.0.2.1\nverify_interval_ms 300000\n");
	assert_int_equal(file_write("/run/bindback/mail/verdict.xml",
				    "<verdict", 8, 0644, 0, NULL), 0);
	expect("verify --resource=mail --timeout=2s", 3,
	       "mail servers are asked only from the virtual addresses", "");
	expect("explain", 3, "192.0.2.25: unknown. Asked on ", "");
	put_state("held maybe\n");
	expect("status", 3, "\"held maybe\" cannot be read", "");
	assert_int_equal(file_mkdirs("/run/bindback/other", 0755, NULL), 0);
	expect("explain", 64, "", "(mail, other ...)");
}

#define GUARD "/run/bindbackd/mta"

static void put_guard(int64_t time_s, int64_t looked_s)
{
	BUF_CLEAN text = { 0 };

	buf_printf(&text, "bindback-guard 1\nself 1\ntime_s %" PRId64 "\n"
		   "identity mail.example.com 192.0.2.25 = 192.0.2.25\n"
		   "owner 2 yes 1 7 1\nconnected yes\nsynced yes\n"
		   "node 1\nnode_name node1\nnode_member yes\n"
		   "node_preflight_s %" PRId64 "\n"
		   "node_check verified mta  \n"
		   "node 2\nnode_name node2\nnode_member yes\n"
		   "node_preflight_s %" PRId64 "\n"
		   "node_check failed mta  it is not there\nend\n", time_s,
		   time_s, looked_s);
	assert_int_equal(file_mkdirs(GUARD "/live", 0755, NULL), 0);
	assert_int_equal(file_write(GUARD "/live/state", text.data, text.len,
				    0644, 0, NULL), 0);
}

/* As a guard that lives does; until the descriptor is closed. */
static int lock_guard(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(GUARD "/live/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
	return fd;
}

static void test_preflight_as_the_guards_told_it(void **unused)
{
	int64_t now_s = clock_wall_s();
	int fd;

	(void)unused;
	if (access(OWN, F_OK) < 0)
		skip();
	(void)file_remove_tree("/run/bindback", NULL);
	expect("preflight", 64, "", "no resource is bound or guarded on this "
	       "node");
	expect("preflight --all --resource=mta", 3, "",
	       "only a guard knows, and mta has none on this node");
	assert_int_equal(file_mkdirs(GUARD "/live", 0755, NULL), 0);
	expect("preflight", 3, "", "the guard of mta has told nothing yet");
	put_guard(now_s, now_s);
	expect("preflight", 3, "the guard of this node does not run", "");
	fd = lock_guard();
	expect("preflight", 0, "mta: verified\n", "");
	expect("preflight --all", 2, "  node2: mta: it is not there\n", "");
	expect("preflight --node=node2", 2, "node2 (owner)", "");
	expect("preflight --node=node1 --output-as=html", 0,
	       "<title>Preflight of mta: verified</title>", "");
	expect("preflight --node=node7", 3, "",
	       "the guard knows no node \"node7\"; it knows node1, node2");
	/* Too long ago. */
	put_guard(now_s, now_s - 900);
	expect("preflight --all", 3, " ago, too old", "");
	put_guard(now_s - 900, now_s - 900);
	expect("preflight", 3, "the guard of this node does not run", "");
	(void)close(fd);
	(void)file_remove_tree("/run/bindbackd", NULL);
}

/* By options, by the guard's parameters, and by the record: where there is no
 * mail server, no nameserver and no network. */
static void test_preflight_of_this_node(void **unused)
{
	static const char params[] =
		"bindback-params 1\ncluster-node node7\nresource-id mta\n"
		"name mail.example.org\nip 192.0.2.26\nend\n";

	(void)unused;
	if (access(OWN, F_OK) < 0)
		skip();
	expect("preflight --name=mail.example.com --ip=192.0.2.25 "
	       "--config-dir=/nowhere --timeout=1s --output-as=xml", 2,
	       "<check name=\"interface\" status=\"degraded\" "
	       "subject=\"192.0.2.25\">", "");
	put_state("remotes 192.0.2.1\nverify_interval_ms 300000\n");
	expect("preflight --timeout=1s --config-dir=/nowhere", 2,
	       "no route over IPv4 to any remote", "");
	assert_int_equal(file_mkdirs(GUARD, 0755, NULL), 0);
	(void)file_remove_tree("/run/bindback", NULL);
	assert_int_equal(file_write(GUARD "/params", params, strlen(params),
				    0644, 0, NULL), 0);
	expect("preflight --local --timeout=1s --config-dir=/nowhere", 2,
	       "mail.example.org at 192.0.2.26", "");
	expect("preflight --local --timeout=1s --config-dir=/nowhere", 2,
	       "\nnode7  ", "");
	(void)file_remove_tree("/run/bindbackd", NULL);
}

#define PAGE "/run/page.html"

static void expect_page(const char *words, const char *text)
{
	BUF_CLEAN with_output = { 0 };
	BUF_CLEAN page = { 0 };

	buf_printf(&with_output, "%s --output=" PAGE, words);
	expect(with_output.data, 0, "", "");
	assert_int_equal(file_read(PAGE, 1 << 20, &page, NULL), 0);
	if (!strstr(page.data, text))
		fail_msg("bindback %s lacks \"%s\"", words, text);
}

static void copy_history(const char *name)
{
	BUF_CLEAN path = { 0 };
	BUF_CLEAN text = { 0 };

	buf_printf(&path, "%s/../report/%s", getenv("GOLDEN"), name);
	assert_int_equal(file_read(path.data, 1 << 20, &text, NULL), 0);
	assert_int_equal(file_mkdirs("/var/lib/bindback/mta", 0755, NULL), 0);
	assert_int_equal(file_write("/var/lib/bindback/mta/history", text.data,
				    text.len, 0644, 0, NULL), 0);
}

/* After the test that leaves us a /run and a /var/lib of our own. */
static void test_reports_what_the_agent_wrote(void **unused)
{
	BUF_CLEAN both = { 0 };

	(void)unused;
	if (access(OWN, F_OK) < 0)
		skip();
	expect_page("report", "No start and no stop is recorded.");
	expect("report --resource=mta", 3, "",
	       "there is no history of the resource mta on this node");
	copy_history("move/node2");
	expect_page("report", ">Started on node2</a>");
	expect_page("report --resource=mta", ">Started on node2</a>");
	buf_printf(&both, "report --history=%s/../report/move/node1 --history"
		   "=/var/lib/bindback/mta/history", getenv("GOLDEN"));
	expect_page(both.data, ">Moved from node1 to node2</a>");
	buf_puts(&both, " --resource=other");
	expect_page(both.data, "No start and no stop is recorded.");
	expect("report --history=/nowhere", 3, "", "cannot open /nowhere");
	expect("report --history=/proc/self/status", 3, "",
	       "/proc/self/status: the history does not start with");
	expect("report --output=/run/nowhere/page", 3, "",
	       "--output: cannot open /run/nowhere/page");
	expect("report --output=/dev/full", 3, "",
	       "--output: cannot write /dev/full: No space left");
	expect("report --output=/dev/null", 0, "", "");
	assert_int_equal(access("/dev/null", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_usage_is_one_clear_sentence),
		cmocka_unit_test(test_survey_wants_a_file),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_explain_exits_as_the_verdict),
		cmocka_unit_test(test_explain_a_word),
		cmocka_unit_test(test_reads_what_the_agent_wrote),
		cmocka_unit_test(test_preflight_as_the_guards_told_it),
		cmocka_unit_test(test_preflight_of_this_node),
		cmocka_unit_test(test_reports_what_the_agent_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
