/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent tells by itself, at the sockets of journald and syslog. */
#include "ocf_postfix.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"

#define JOURNAL_DIR "/run/systemd/journal"
#define ENTRY_MAX 20000
#define TRIES 200
#define REMOTE "192.0.2.26"	/* on the loopback interface, as all of it is */

struct ends {
	int journal;
	int syslog;
};

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* /dev/log may be a link into /run, or a socket of the host's. */
static int listen_as_syslog(void)
{
	int fd = listen_at(JOURNAL_DIR "/dev-log");
	struct stat st;

	if (!lstat("/dev/log", &st) && !S_ISLNK(st.st_mode))
		assert_int_equal(mount(JOURNAL_DIR "/dev-log", "/dev/log", NULL,
				       MS_BIND, NULL), 0);
	return fd;
}

static int setup(void **state)
{
	struct ends *ends = xcalloc(1, sizeof(*ends));

	*state = ends;
	if (postfix_setup(state))
		return -1;
	*state = ends;
	assert_int_equal(file_mkdirs(JOURNAL_DIR, 0755, NULL), 0);
	ends->journal = listen_at(JOURNAL_DIR "/socket");
	ends->syslog = listen_as_syslog();
	return 0;
}

static int teardown(void **state)
{
	struct ends *ends = *state;

	(void)close(ends->journal);
	(void)close(ends->syslog);
	(void)umount2("/dev/log", MNT_DETACH);
	assert_int_equal(file_remove_tree(JOURNAL_DIR, NULL), 0);
	free(ends);
	return postfix_teardown(state);
}

/* Everything that came so far. */
static void drain(int fd, struct buf *ret)
{
	char *entry = xcalloc(1, ENTRY_MAX);
	ssize_t n;

	buf_init(ret);
	while ((n = recv(fd, entry, ENTRY_MAX, 0)) > 0) {
		buf_add(ret, entry, (size_t)n);
		buf_puts(ret, "\n");
	}
	free(entry);
}

static void has(const struct buf *text, const char *wanted)
{
	if (!strstr(text->data, wanted))
		fail_msg("\"%s\" is not in:\n%s", wanted, text->data);
}

static void has_not(const struct buf *text, const char *unwanted)
{
	if (strstr(text->data, unwanted))
		fail_msg("\"%s\" is in:\n%s", unwanted, text->data);
}

static void refused_start(void)
{
	world_expect("start", WITH("OCF_RESKEY_require_quorum=no"), 1,
		     VIP " is not on this node");
}

static void test_to_the_journal_with_fields(void **state)
{
	static const char *const fields[] = {
		"MESSAGE=event 9321: mail.example.com cannot be used over IPv4",
		"\nMESSAGE_ID=f2553a9ad26348eba8f9ec87ddfa3923\n",
		"\nPRIORITY=3\n", "\nSYSLOG_IDENTIFIER=bindback\n",
		"\nBINDBACK_EVENT=9321\n", "\nBINDBACK_INSTANCE=mail\n",
		"\nBINDBACK_CLASS=ADDRESS_MISSING\n", "\nBINDBACK_NEWS=new\n",
		"\nBINDBACK_CODE=10049\n",
		"\nBINDBACK_EVIDENCE=ip: " VIP " is not on this node",
	};
	struct ends *ends = *state;
	BUF_CLEAN journal = { 0 };
	BUF_CLEAN syslog = { 0 };

	refused_start();
	drain(ends->journal, &journal);
	drain(ends->syslog, &syslog);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		has(&journal, fields[i]);
	has_not(&syslog, "event 9321");
}

static void test_to_syslog_where_no_journal_is(void **state)
{
	struct ends *ends = *state;
	BUF_CLEAN syslog = { 0 };

	if (access("/dev/log", F_OK) < 0)
		skip();
	(void)close(ends->journal);
	ends->journal = -1;
	refused_start();
	drain(ends->syslog, &syslog);
	has(&syslog, "]: mail: event 9321: mail.example.com cannot be used "
	    "over IPv4, ADDRESS_MISSING; ");
}

/* As long as there is room, for who is to read it. */
static void fill(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	while (sendto(fd, "full", 4, 0, (struct sockaddr *)&to,
		      sizeof(to)) == 4)
		;
	assert_int_equal(errno, EAGAIN);
	(void)close(fd);
}

/* syslog(3) would wait, and a stop with it, until the node is fenced. */
static void test_a_log_that_hangs_stops_nothing(void **state)
{
	struct ends *ends = *state;
	BUF_CLEAN syslog = { 0 };
	BUF_CLEAN again = { 0 };

	if (access("/dev/log", F_OK) < 0)
		skip();
	fill(JOURNAL_DIR "/socket");
	fill(JOURNAL_DIR "/dev-log");
	refused_start();
	world_expect("stop", WITH(), 0, NULL);
	drain(ends->syslog, &syslog);
	has_not(&syslog, "mail");
	refused_start();
	drain(ends->syslog, &again);
	has(&again, "]: mail: event 9321: ");
}

/* No log keeps a line of who does not read for long. */
static void monitor_20(const struct ends *ends)
{
	BUF_CLEAN syslog = { 0 };
	struct answer answer = world_call("monitor", WITH(
		"OCF_CHECK_LEVEL=20", "OCF_RESKEY_verify_timeout=100ms"));

	answer_done(&answer);
	drain(ends->syslog, &syslog);
	has_not(&syslog, "event 9321");
}

/* Each monitor is a process of its own. */
static void test_told_once(void **state)
{
	struct ends *ends = *state;
	int64_t now_s = clock_wall_s();
	BUF_CLEAN first = { 0 };
	BUF_CLEAN more = { 0 };

	assert_int_equal(sandbox_write("/etc/nsswitch.conf", "hosts: files\n"),
			 0);
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH("OCF_RESKEY_require_quorum=no",
				   "OCF_RESKEY_verify_timeout=100ms"), 0,
		     NULL);
	drain(ends->journal, &first);
	has(&first, "BINDBACK_CLASS=NAME_UNRESOLVED\n");
	has(&first, "BINDBACK_CODE=11001\n");
	for (int i = 0; i < TRIES && clock_wall_s() < now_s + 2; i++)
		monitor_20(ends);
	drain(ends->journal, &more);
	assert_string_equal(more.data, "");
}

static void serve(int client)
{
	static const char *const replies[][2] = {
		{ "EHLO", "250 mx.example.net\r\n" },
		{ "RCPT", "450 4.7.25 Client host rejected: cannot find your "
		  "hostname, [192.0.2.25]\r\n" },
		{ "QUIT", "221 bye\r\n" },
		{ "", "250 ok\r\n" },
	};
	static const char hello[] = "220 mx.example.net ESMTP\r\n";
	char line[512];

	(void)send(client, hello, strlen(hello), MSG_NOSIGNAL);
	while (recv(client, line, sizeof(line), 0) > 0)
		for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
			const char *reply = replies[i][1];

			if (strncmp(line, replies[i][0],
				    strlen(replies[i][0])) != 0)
				continue;
			(void)send(client, reply, strlen(reply), MSG_NOSIGNAL);
			break;
		}
	(void)close(client);
}

/* A remote that does not find our name; it ends with the test's processes. */
static pid_t strict_remote(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(25) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	(void)inet_pton(AF_INET, REMOTE, &in.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 5), 0);
	pid = fork();
	while (!pid)
		serve(accept(fd, NULL, NULL));
	(void)close(fd);
	return pid;
}

static void test_a_remote_that_turns_us_away(void **state)
{
	static const char *const fields[] = {
		"MESSAGE=event 9322: " REMOTE " does not find its way back to "
		"mail.example.com over IPv4, FCRDNS_FAIL; index 1, code 5 ",
		"\nMESSAGE_ID=cba48769aaae4f3abfd6d6bd0184a9e9\n",
		"\nBINDBACK_EVENT=9322\n", "\nBINDBACK_REMOTE=" REMOTE "\n",
		"\nBINDBACK_CLASS=FCRDNS_FAIL\n", "\nBINDBACK_INDEX=1\n",
		"\nBINDBACK_CODE=5\n", "\nBINDBACK_BIND=11004\n",
		"\nBINDBACK_REPLY=450\n",
		"\nBINDBACK_PROTOCOL=smtp:mail.example.com[25]\n",
		"\nBINDBACK_EVIDENCE=450 4.7.25 Client host rejected",
	};
	struct ends *ends = *state;
	BUF_CLEAN journal = { 0 };
	pid_t remote;

	assert_int_equal(sandbox_address(VIP, true), 0);
	remote = strict_remote();
	world_expect("start", WITH("OCF_RESKEY_require_quorum=no",
				   "OCF_RESKEY_verify_timeout=2s",
				   "OCF_RESKEY_remotes=" REMOTE), 0, NULL);
	drain(ends->journal, &journal);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		has(&journal, fields[i]);
	(void)kill(remote, SIGKILL);
	(void)waitpid(remote, NULL, 0);
}

static void test_a_listener_that_fails(void **state)
{
	struct ends *ends = *state;
	BUF_CLEAN journal = { 0 };
	struct answer answer;

	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(CONFIG_DIR "/master.cf", MASTER_CF
		  "submission inet n - n - - smtpd\n", 0644);
	answer = world_call("start", WITH("OCF_RESKEY_require_quorum=no",
					  "OCF_RESKEY_verify_timeout=100ms"));
	answer_done(&answer);
	drain(ends->journal, &journal);
	has(&journal, "\nBINDBACK_CLASS=LISTENER\n");
	has(&journal, "\nBINDBACK_CODE=10061\n");
	has(&journal, "does not listen on " VIP "#587, as its settings want\n");
}

/* The port is somebody else's, so the mail server does not come up. */
static void test_a_port_in_use(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(25) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ends *ends = *state;
	BUF_CLEAN journal = { 0 };
	struct answer answer;

	assert_int_equal(sandbox_address(VIP, true), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 1), 0);
	answer = world_call("start", WITH("OCF_RESKEY_require_quorum=no",
					  "OCF_RESKEY_verify_timeout=100ms"));
	assert_int_equal(answer.status, 1);
	answer_done(&answer);
	drain(ends->journal, &journal);
	has(&journal, "\nBINDBACK_CLASS=LISTENER\n");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_to_the_journal_with_fields),
		TEST(test_to_syslog_where_no_journal_is),
		TEST(test_a_log_that_hangs_stops_nothing),
		TEST(test_told_once),
		TEST(test_a_remote_that_turns_us_away),
		TEST(test_a_listener_that_fails),
		TEST(test_a_port_in_use),
	};

	if (world_enter() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
