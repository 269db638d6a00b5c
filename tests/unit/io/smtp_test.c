/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe against servers in child processes that misbehave for real. */
#include "io/smtp.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"

#define TIMEOUT_MS 20000
#define SHORT_MS 100
#define SCRIPT_MAX 8
#define HEARD_MAX 1024

/* In a script: what is none of these is sent, then a command is read. */
#define SILENT "(says nothing more)"
#define RESET "(resets the connection)"
#define DRIBBLE "(sends a byte now and then)"
#define ENDLESS "(sends one line after the other)"
#define MIRROR "(answers EHLO with the client's address)"

#define GREETING "220 mx.remote.test ESMTP\r\n"
#define EHLO "250-mx.remote.test\r\n250-STARTTLS\r\n250 DSN\r\n"
#define OK "250 2.0.0 Ok\r\n"

static void send_text(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		_exit(0);
}

/* Ends with the client, or when it is killed. */
static void send_slowly(int fd, const char *text)
{
	for (;;)
		for (const char *p = text; *p; p++) {
			struct pollfd client = { .fd = fd, .events = POLLIN };

			if (send(fd, p, 1, MSG_NOSIGNAL) != 1 ||
			    poll(&client, 1, 5) != 0)
				_exit(0);
		}
}

static void send_mirror(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct endpoint peer;
	char text[200];

	if (getpeername(fd, (struct sockaddr *)&sa, &len) < 0 ||
	    addr_from_sockaddr((struct sockaddr *)&sa, &peer) < 0)
		_exit(1);
	(void)snprintf(text, sizeof(text), "250 mx Hello you [%s]\r\n",
		       addr_text(&peer.addr).s);
	send_text(fd, text);
}

static void reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	_exit(0);
}

static void act(int fd, const char *line)
{
	if (!strcmp(line, SILENT))
		for (;;)
			(void)pause();
	else if (!strcmp(line, RESET))
		reset(fd);
	else if (!strcmp(line, DRIBBLE))
		send_slowly(fd, "220-slow\r\n");
	else if (!strcmp(line, ENDLESS))
		for (;;)
			send_text(fd, "220-and so on and so on\r\n");
	else if (!strcmp(line, MIRROR))
		send_mirror(fd);
	else
		send_text(fd, line);
}

/* One connection; what is heard goes into the pipe. */
static void serve(int listener, const char *const *script, int heard)
{
	char command[512];
	int fd = accept(listener, NULL, NULL);
	ssize_t n;

	for (; *script; script++) {
		act(fd, *script);
		n = recv(fd, command, sizeof(command), 0);
		if (n <= 0 || write(heard, command, (size_t)n) != n)
			break;
	}
	_exit(0);
}

struct seen {
	qb_loop_t *loop;
	struct smtp_request request;
	struct dialogue_result result;
	int fd;
	unsigned int calls;
	pid_t server;
	int listener;
	int pipe[2];
	char heard[HEARD_MAX];
};

static void on_done(void *ctx, const struct dialogue_result *result, int fd)
{
	struct seen *seen = ctx;

	seen->result = *result;
	seen->fd = fd;
	seen->calls++;
	qb_loop_stop(seen->loop);
}

static int listen_on(const char *text, struct endpoint *ret)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	assert_int_equal(addr_parse(text, &ret->addr), 0);
	len = addr_to_sockaddr(&ret->addr, 0, &sa);
	fd = socket(ret->addr.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&sa, len) < 0) {
		(void)close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&sa, ret), 0);
	return fd;
}

static void prepare(struct seen *seen, const char *text)
{
	*seen = (struct seen){
		.loop = qb_loop_create(),
		.request = {
			.helo = "mail.cluster.test",
			.recipient = "postmaster@remote.test",
			.timeout_ms = TIMEOUT_MS,
		},
		.fd = -2,
	};
	seen->listener = listen_on(text, &seen->request.remote);
	assert_int_equal(pipe(seen->pipe), 0);
}

static void begin_server(struct seen *seen, const char *const *script)
{
	seen->server = fork();
	if (!seen->server) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(seen->pipe[0]);
		serve(seen->listener, script, seen->pipe[1]);
	}
	(void)close(seen->listener);
	(void)close(seen->pipe[1]);
	seen->pipe[1] = -1;
}

static void ask(struct seen *seen)
{
	struct smtp_probe *running;

	assert_int_equal(smtp_probe_start(seen->loop, &seen->request, on_done,
					  seen, &running, NULL), 0);
	assert_int_equal(seen->calls, 0);
	qb_loop_run(seen->loop);
	assert_int_equal(seen->calls, 1);
}

static void finish(struct seen *seen, bool kill_server)
{
	size_t len = 0;
	ssize_t n;

	if (kill_server && seen->server)
		(void)kill(seen->server, SIGKILL);
	if (seen->pipe[1] >= 0)
		(void)close(seen->pipe[1]);
	while ((n = read(seen->pipe[0], seen->heard + len,
			 HEARD_MAX - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(seen->pipe[0]);
	if (seen->server)
		(void)waitpid(seen->server, NULL, 0);
	qb_loop_destroy(seen->loop);
}

static void test_a_whole_dialogue(void **unused)
{
	static const char *const script[] = { GREETING, MIRROR, OK, OK, OK,
					      NULL };
	struct seen seen;

	(void)unused;
	prepare(&seen, "127.0.0.1");
	assert_int_equal(addr_parse("127.0.0.2", &seen.request.local), 0);
	begin_server(&seen, script);
	ask(&seen);
	finish(&seen, false);
	assert_int_equal(seen.result.end, DIALOGUE_ANSWERED);
	assert_int_equal(seen.result.step, DIALOGUE_RCPT);
	assert_int_equal(seen.result.class, REPLY_ACCEPTED);
	assert_string_equal(seen.result.greeting, "mx.remote.test");
	assert_string_equal(addr_text(&seen.result.local).s, "127.0.0.2");
	assert_string_equal(addr_text(&seen.result.seen).s, "127.0.0.2");
	assert_true(seen.result.latency_ms < TIMEOUT_MS);
	assert_int_equal(seen.fd, -1);
	assert_string_equal(seen.heard, "EHLO mail.cluster.test\r\n"
			    "MAIL FROM:<>\r\n"
			    "RCPT TO:<postmaster@remote.test>\r\n"
			    "RSET\r\nQUIT\r\n");
}

static void test_over_ipv6(void **unused)
{
	static const char *const script[] = { GREETING, MIRROR, NULL };
	struct seen seen;

	(void)unused;
	prepare(&seen, "::1");
	if (seen.listener < 0) {
		finish(&seen, false);
		skip();
	}
	seen.request.recipient = NULL;
	begin_server(&seen, script);
	ask(&seen);
	finish(&seen, false);
	assert_int_equal(seen.result.end, DIALOGUE_ANSWERED);
	assert_string_equal(addr_text(&seen.result.local).s, "::1");
	assert_string_equal(addr_text(&seen.result.seen).s, "::1");
	assert_string_equal(seen.heard,
			    "EHLO mail.cluster.test\r\nQUIT\r\n");
}

static char long_line[2 * REPLY_LINE_MAX + 1];

static const struct fault {
	const char *script[SCRIPT_MAX];
	int64_t timeout_ms;
	enum dialogue_end end;
	enum dialogue_step step;
	unsigned int code;
} faults[] = {
	{ { SILENT }, SHORT_MS, DIALOGUE_TIMEOUT, DIALOGUE_GREETING, 0 },
	{ { GREETING, SILENT }, SHORT_MS, DIALOGUE_TIMEOUT, DIALOGUE_EHLO, 0 },
	{ { DRIBBLE }, SHORT_MS, DIALOGUE_TIMEOUT, DIALOGUE_GREETING, 0 },
	{ { GREETING, DRIBBLE }, SHORT_MS, DIALOGUE_TIMEOUT, DIALOGUE_EHLO,
	  0 },
	{ { ENDLESS }, TIMEOUT_MS, DIALOGUE_MALFORMED, DIALOGUE_GREETING, 0 },
	{ { NULL }, TIMEOUT_MS, DIALOGUE_CLOSED, DIALOGUE_GREETING, 0 },
	{ { GREETING, NULL }, TIMEOUT_MS, DIALOGUE_CLOSED, DIALOGUE_EHLO, 0 },
	{ { GREETING, EHLO, OK, NULL }, TIMEOUT_MS, DIALOGUE_CLOSED,
	  DIALOGUE_RCPT, 0 },
	{ { RESET }, TIMEOUT_MS, DIALOGUE_CLOSED, DIALOGUE_GREETING, 0 },
	{ { GREETING, RESET }, TIMEOUT_MS, DIALOGUE_CLOSED, DIALOGUE_EHLO,
	  0 },
	{ { "554 5.7.1 go away\r\n", NULL }, TIMEOUT_MS, DIALOGUE_ANSWERED,
	  DIALOGUE_GREETING, 554 },
	{ { GREETING "421 too busy\r\n", NULL }, TIMEOUT_MS,
	  DIALOGUE_ANSWERED, DIALOGUE_EHLO, 421 },
	{ { GREETING, EHLO, OK, "421 too busy\r\n", NULL }, TIMEOUT_MS,
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 421 },
	{ { GREETING EHLO, NULL }, TIMEOUT_MS, DIALOGUE_MALFORMED,
	  DIALOGUE_EHLO, 0 },
	{ { "SSH-2.0-OpenSSH\r\n" }, TIMEOUT_MS, DIALOGUE_MALFORMED,
	  DIALOGUE_GREETING, 0 },
	{ { "\x16\x03\xff\xfe\n" }, TIMEOUT_MS, DIALOGUE_MALFORMED,
	  DIALOGUE_GREETING, 0 },
	{ { long_line }, TIMEOUT_MS, DIALOGUE_MALFORMED, DIALOGUE_GREETING,
	  0 },
	/* what stands, stands */
	{ { GREETING, EHLO, OK, OK, SILENT }, TIMEOUT_MS, DIALOGUE_ANSWERED,
	  DIALOGUE_RCPT, 250 },
	{ { GREETING, EHLO, OK, OK, DRIBBLE }, TIMEOUT_MS, DIALOGUE_ANSWERED,
	  DIALOGUE_RCPT, 250 },
	{ { GREETING, EHLO, OK, OK, RESET }, TIMEOUT_MS, DIALOGUE_ANSWERED,
	  DIALOGUE_RCPT, 250 },
	{ { GREETING, EHLO, OK, "550 no\r\n", SILENT }, TIMEOUT_MS,
	  DIALOGUE_ANSWERED, DIALOGUE_RCPT, 550 },
};

static void test_faults_are_told_apart(void **unused)
{
	(void)unused;
	memset(long_line, '2', sizeof(long_line) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct seen seen;

		prepare(&seen, "127.0.0.1");
		seen.request.timeout_ms = faults[i].timeout_ms;
		begin_server(&seen, faults[i].script);
		ask(&seen);
		finish(&seen, true);
		if (seen.result.end != faults[i].end ||
		    seen.result.step != faults[i].step ||
		    seen.result.code != faults[i].code || seen.fd != -1)
			fail_msg("row %zu: %s, step %d, %u (\"%s\")", i,
				 dialogue_end_text(seen.result.end),
				 seen.result.step, seen.result.code,
				 seen.result.said);
		assert_true(seen.result.latency_ms < TIMEOUT_MS);
	}
}

static void test_starttls_hands_over_the_connection(void **unused)
{
	static const char *const script[] = { GREETING, EHLO,
					      "220 2.0.0 Ready\r\n", "echo",
					      NULL };
	struct seen seen;
	char echo[5] = "";

	(void)unused;
	prepare(&seen, "127.0.0.1");
	seen.request.starttls = true;
	begin_server(&seen, script);
	ask(&seen);
	assert_int_equal(seen.result.step, DIALOGUE_STARTTLS);
	assert_int_equal(seen.result.class, REPLY_ACCEPTED);
	assert_true(seen.fd >= 0);
	assert_int_equal(send(seen.fd, "hand\n", 5, MSG_NOSIGNAL), 5);
	while (recv(seen.fd, echo, 4, MSG_WAITALL) < 0) {
		struct pollfd server = { .fd = seen.fd, .events = POLLIN };

		assert_int_equal(poll(&server, 1, TIMEOUT_MS), 1);
	}
	assert_string_equal(echo, "echo");
	(void)close(seen.fd);
	finish(&seen, false);
	assert_string_equal(seen.heard, "EHLO mail.cluster.test\r\n"
			    "STARTTLS\r\nhand\n");
}

static void test_no_starttls_no_connection(void **unused)
{
	static const char *const scripts[][4] = {
		{ GREETING, "250 mx\r\n", NULL },
		{ GREETING, EHLO, "454 4.7.0 not now\r\n", NULL },
		{ GREETING, EHLO, "220 go\r\n250 injected\r\n", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct seen seen;

		prepare(&seen, "127.0.0.1");
		seen.request.starttls = true;
		begin_server(&seen, scripts[i]);
		ask(&seen);
		finish(&seen, true);
		assert_int_equal(seen.fd, -1);
	}
}

static void test_refused_is_told_by_the_loop(void **unused)
{
	struct seen seen;

	(void)unused;
	prepare(&seen, "127.0.0.1");
	(void)close(seen.listener);
	ask(&seen);
	finish(&seen, false);
	assert_int_equal(seen.result.end, DIALOGUE_REFUSED);
	assert_int_equal(seen.result.step, DIALOGUE_CONNECT);
	assert_string_equal(seen.result.said, "Connection refused");
}

static void test_a_source_that_is_not_here_is_unreachable(void **unused)
{
	struct seen seen;

	(void)unused;
	prepare(&seen, "127.0.0.1");
	assert_int_equal(addr_parse("192.0.2.77", &seen.request.local), 0);
	ask(&seen);
	(void)close(seen.listener);
	finish(&seen, false);
	assert_int_equal(seen.result.end, DIALOGUE_UNREACHABLE);
	assert_int_equal(seen.result.step, DIALOGUE_CONNECT);
	assert_string_equal(seen.result.said,
			    "Cannot assign requested address");
	assert_int_equal(seen.result.local.family, 0);
}

struct pair {
	qb_loop_t *loop;
	struct smtp_probe *probes[2];
	unsigned int calls;
};

/* Whichever comes first ends the other. */
static void on_first(void *ctx, const struct dialogue_result *result, int fd)
{
	struct pair *pair = ctx;

	assert_int_equal(result->end, DIALOGUE_REFUSED);
	assert_int_equal(fd, -1);
	pair->calls++;
	smtp_probe_cancel(pair->probes[1]);
	qb_loop_stop(pair->loop);
}

static void test_cancelled_does_not_call_back(void **unused)
{
	struct seen silent, refused;
	struct pair pair;

	(void)unused;
	prepare(&silent, "127.0.0.1");
	prepare(&refused, "127.0.0.1");
	(void)close(refused.listener);
	pair = (struct pair){ .loop = silent.loop };
	assert_int_equal(smtp_probe_start(pair.loop, &refused.request,
					  on_first, &pair, &pair.probes[0],
					  NULL), 0);
	assert_int_equal(smtp_probe_start(pair.loop, &silent.request, on_done,
					  &silent, &pair.probes[1], NULL), 0);
	qb_loop_run(pair.loop);
	smtp_probe_cancel(NULL);
	(void)close(silent.listener);
	finish(&silent, false);
	finish(&refused, false);
	assert_int_equal(pair.calls, 1);
	assert_int_equal(silent.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_dialogue),
		cmocka_unit_test(test_over_ipv6),
		cmocka_unit_test(test_faults_are_told_apart),
		cmocka_unit_test(test_starttls_hands_over_the_connection),
		cmocka_unit_test(test_no_starttls_no_connection),
		cmocka_unit_test(test_refused_is_told_by_the_loop),
		cmocka_unit_test(test_a_source_that_is_not_here_is_unreachable),
		cmocka_unit_test(test_cancelled_does_not_call_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
