/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe against a server in a child process that plays a script. */
#include "io/smtp.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/array.h"

#define TIMEOUT_MS 20000

struct seen {
	qb_loop_t *loop;
	struct dialogue_result result;
	int fd;
	unsigned int calls;
};

static void on_done(void *ctx, const struct dialogue_result *result, int fd)
{
	struct seen *seen = ctx;

	seen->result = *result;
	seen->fd = fd;
	seen->calls++;
	qb_loop_stop(seen->loop);
}

static int listen_local(struct endpoint *ret)
{
	struct addr addr = { .family = AF_INET, .bytes = { 127, 0, 0, 1 } };
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&addr, 0, &sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&sa, ret), 0);
	return fd;
}

/* Each line of the script is sent, then a command is read; NULL hangs up,
 * "..." stays silent for ever. */
static void play(int listener, const char *const *script)
{
	char command[512];
	int fd = accept(listener, NULL, NULL);

	for (; *script; script++) {
		if (!strcmp(*script, "..."))
			(void)pause();
		if (send(fd, *script, strlen(*script), MSG_NOSIGNAL) < 0 ||
		    recv(fd, command, sizeof(command), 0) <= 0)
			break;
	}
	_exit(0);
}

static struct dialogue_result probe(const char *const *script, int64_t timeout_ms)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct smtp_request request = { .helo = "mail.example.com",
					.timeout_ms = timeout_ms };
	int listener = listen_local(&request.remote);
	struct smtp_probe *running;
	pid_t server = fork();

	if (!server)
		play(listener, script);
	(void)close(listener);
	assert_int_equal(smtp_probe_start(seen.loop, &request, on_done, &seen,
					  &running, NULL), 0);
	assert_int_equal(seen.calls, 0);
	qb_loop_run(seen.loop);
	qb_loop_destroy(seen.loop);
	assert_int_equal(seen.calls, 1);
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	return seen.result;
}

static void test_names_are_taken(void **unused)
{
	static const char *const script[] = {
		"220-a.example.com hello\r\n220 second line\r\n",
		"250-b.example.com at your service\r\n250-PIPELINING\r\n"
		"250 SIZE\r\n", "221 bye\r\n", NULL };
	struct dialogue_result result = probe(script, TIMEOUT_MS);

	(void)unused;
	assert_int_equal(result.end, DIALOGUE_ANSWERED);
	assert_int_equal(result.code, 250);
	assert_string_equal(result.greeting, "a.example.com");
	assert_string_equal(result.ehlo, "b.example.com");
}

static void test_bare_codes_are_replies(void **unused)
{
	static const char *const script[] = { "220\r\n", "250\n", NULL };
	struct dialogue_result result = probe(script, TIMEOUT_MS);

	(void)unused;
	assert_int_equal(result.end, DIALOGUE_ANSWERED);
	assert_string_equal(result.greeting, "");
}

static char long_line[2 * REPLY_LINE_MAX + 1];

static const struct fault {
	const char *script[3];
	int64_t timeout_ms;
	enum dialogue_end want;
	unsigned int code;
} faults[] = {
	{ { "554 5.7.1 go away\r\n" }, TIMEOUT_MS, DIALOGUE_ANSWERED, 554 },
	{ { "220 x\r\n", "421 too busy\r\n" }, TIMEOUT_MS, DIALOGUE_ANSWERED,
	  421 },
	{ { "SSH-2.0-OpenSSH\r\n" }, TIMEOUT_MS, DIALOGUE_MALFORMED, 0 },
	{ { "220+x\r\n" }, TIMEOUT_MS, DIALOGUE_MALFORMED, 0 },
	{ { "\xff\xfe\n" }, TIMEOUT_MS, DIALOGUE_MALFORMED, 0 },
	{ { "\n" }, TIMEOUT_MS, DIALOGUE_MALFORMED, 0 },
	{ { long_line }, TIMEOUT_MS, DIALOGUE_MALFORMED, 0 },
	{ { NULL }, TIMEOUT_MS, DIALOGUE_CLOSED, 0 },
	{ { "220 x\r\n" }, TIMEOUT_MS, DIALOGUE_CLOSED, 0 },
	{ { "..." }, 100, DIALOGUE_TIMEOUT, 0 },
	{ { "220 x\r\n", "..." }, 100, DIALOGUE_TIMEOUT, 0 },
};

static void test_faults_are_told_apart(void **unused)
{
	(void)unused;
	memset(long_line, '2', sizeof(long_line) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct dialogue_result result = probe(faults[i].script,
						  faults[i].timeout_ms);

		if (result.end != faults[i].want ||
		    result.code != faults[i].code)
			fail_msg("row %zu: %s, code %u (\"%s\")", i,
				 dialogue_end_text(result.end),
				 result.code, result.said);
	}
}

static void test_endless_replies_end(void **unused)
{
	static char lines[150 * 8 + 1];
	const char *script[] = { lines, NULL };

	(void)unused;
	for (int i = 0; i < 150; i++)
		memcpy(lines + (size_t)i * 8, "220-yes\n", 8);
	assert_int_equal(probe(script, TIMEOUT_MS).end, DIALOGUE_MALFORMED);
}

static void test_refused_is_told_by_the_loop(void **unused)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct smtp_request request = { .helo = "x.example.com",
					.timeout_ms = TIMEOUT_MS };
	struct smtp_probe *running;

	(void)unused;
	(void)close(listen_local(&request.remote));
	assert_int_equal(smtp_probe_start(seen.loop, &request, on_done, &seen,
					  &running, NULL), 0);
	assert_int_equal(seen.calls, 0);
	qb_loop_run(seen.loop);
	qb_loop_destroy(seen.loop);
	assert_int_equal(seen.result.end, DIALOGUE_REFUSED);
}

static void test_a_source_that_is_not_here_is_unreachable(void **unused)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct smtp_request request = { .helo = "x.example.com",
					.timeout_ms = TIMEOUT_MS };
	struct smtp_probe *running;
	int listener = listen_local(&request.remote);

	(void)unused;
	assert_int_equal(addr_parse("192.0.2.77", &request.local), 0);
	assert_int_equal(smtp_probe_start(seen.loop, &request, on_done, &seen,
					  &running, NULL), 0);
	assert_int_equal(seen.calls, 0);
	qb_loop_run(seen.loop);
	qb_loop_destroy(seen.loop);
	assert_int_equal(seen.result.end, DIALOGUE_UNREACHABLE);
	(void)close(listener);
}

static void test_cancelled_does_not_call_back(void **unused)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct smtp_request request = { .helo = "x.example.com",
					.timeout_ms = TIMEOUT_MS };
	struct smtp_probe *running;
	int listener = listen_local(&request.remote);

	(void)unused;
	assert_int_equal(smtp_probe_start(seen.loop, &request, on_done, &seen,
					  &running, NULL), 0);
	smtp_probe_cancel(running);
	smtp_probe_cancel(NULL);
	qb_loop_destroy(seen.loop);
	assert_int_equal(seen.calls, 0);
	(void)close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_taken),
		cmocka_unit_test(test_bare_codes_are_replies),
		cmocka_unit_test(test_faults_are_told_apart),
		cmocka_unit_test(test_endless_replies_end),
		cmocka_unit_test(test_refused_is_told_by_the_loop),
		cmocka_unit_test(test_a_source_that_is_not_here_is_unreachable),
		cmocka_unit_test(test_cancelled_does_not_call_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
