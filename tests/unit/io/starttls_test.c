/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Against a mail server in a child process, which speaks TLS or does not. */
#include "io/starttls.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_tls.h"
#include "make_cert.h"

#define TIMEOUT_MS 20000

struct seen {
	qb_loop_t *loop;
	struct presented presented;
	unsigned int calls;
};

static void on_done(void *ctx, struct presented *presented)
{
	struct seen *seen = ctx;

	seen->presented = *presented;
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

static struct presented ask(enum manner manner, const struct issued *chain,
			    unsigned int count, int64_t timeout_ms)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct starttls_request request = { .name = FAKE_TLS_NAME,
					    .timeout_ms = timeout_ms };
	int listener = listen_local(&request.server), status;
	struct starttls *running;
	pid_t server = fork();

	if (!server)
		_exit(fake_tls_serve(listener, manner, chain,
					      count));
	(void)close(listener);
	assert_int_equal(starttls_start(seen.loop, &request, on_done, &seen,
					&running, NULL), 0);
	assert_int_equal(seen.calls, 0);
	qb_loop_run(seen.loop);
	assert_int_equal(seen.calls, 1);
	qb_loop_destroy(seen.loop);
	if (manner == MANNER_SILENT)
		(void)kill(server, SIGKILL);
	assert_int_equal(waitpid(server, &status, 0), server);
	if (manner != MANNER_SILENT)
		assert_int_equal(status, 0);
	return seen.presented;
}

static void assert_presented(struct presented *presented,
			     enum presented_what what, const char *text)
{
	if (presented->what != what || !strstr(presented->detail, text))
		fail_msg("%d: %s", presented->what, presented->detail);
	presented_done(presented);
}

/* The chain as it was sent, whatever it is worth: here it has expired. */
static void test_takes_the_chain(void **state)
{
	static const char *const names[] = { "else.test", NULL };
	struct issued top, chain[2];
	struct presented presented;

	(void)state;
	top = issue(&(struct issue_spec){ NULL, "top", NULL, DAY, true });
	chain[1] = issue(&(struct issue_spec){
		&top, "issuer", NULL, 9 * DAY, true });
	chain[0] = issue(&(struct issue_spec){
		&chain[1], "own", names, -DAY, false });
	presented = ask(MANNER_TLS, chain, 2, TIMEOUT_MS);
	assert_int_equal(presented.what, PRESENTED_CHAIN);
	assert_int_equal(presented.chain.count, 2);
	assert_int_equal(presented.chain.linked, 2);
	assert_string_equal(presented.chain.certs[0].subject, "CN=own");
	assert_string_equal(presented.chain.certs[0].names[0], "else.test");
	assert_non_null(strstr(presented.place, "127.0.0.1#"));
	assert_int_equal(presented.server.addr.family, AF_INET);
	presented_done(&presented);
	issued_done(&chain[0]);
	issued_done(&chain[1]);
	issued_done(&top);
}

static void test_without_a_handshake(void **state)
{
	struct presented presented;

	(void)state;
	presented = ask(MANNER_NO_STARTTLS, NULL, 0, TIMEOUT_MS);
	assert_presented(&presented, PRESENTED_NONE, "");
	presented = ask(MANNER_REFUSES, NULL, 0, TIMEOUT_MS);
	assert_presented(&presented, PRESENTED_BROKEN, "454 4.7.0 TLS not");
	presented = ask(MANNER_TURNS_AWAY, NULL, 0, TIMEOUT_MS);
	assert_int_equal(presented.outcome, OUTCOME_INCONCLUSIVE);
	assert_presented(&presented, PRESENTED_UNKNOWN, "554 not you");
}

static void test_handshake_that_fails(void **state)
{
	struct presented presented;

	(void)state;
	presented = ask(MANNER_GARBAGE, NULL, 0, TIMEOUT_MS);
	assert_presented(&presented, PRESENTED_BROKEN, "TLS handshake: ");
	presented = ask(MANNER_CLOSES, NULL, 0, TIMEOUT_MS);
	assert_presented(&presented, PRESENTED_BROKEN, "TLS handshake: ");
}

static void test_silence_in_the_handshake(void **state)
{
	struct presented presented;

	(void)state;
	presented = ask(MANNER_SILENT, NULL, 0, 300);
	assert_int_equal(presented.outcome, OUTCOME_TIMEOUT);
	assert_presented(&presented, PRESENTED_UNKNOWN, "timed out");
}

static void test_nobody_listens(void **state)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct starttls_request request = { .name = FAKE_TLS_NAME,
					    .timeout_ms = TIMEOUT_MS };
	struct starttls *running;

	(void)state;
	(void)close(listen_local(&request.server));
	assert_int_equal(starttls_start(seen.loop, &request, on_done, &seen,
					&running, NULL), 0);
	qb_loop_run(seen.loop);
	assert_int_equal(seen.presented.outcome, OUTCOME_UNREACHABLE);
	assert_presented(&seen.presented, PRESENTED_UNKNOWN, "refused");
	qb_loop_destroy(seen.loop);
}

static void stop_loop(void *data)
{
	struct seen *seen = data;

	qb_loop_stop(seen->loop);
}

/* In the middle of a handshake: nobody is called, nothing is left. */
static void test_cancel(void **state)
{
	struct seen seen = { .loop = qb_loop_create() };
	struct starttls_request request = { .name = FAKE_TLS_NAME,
					    .timeout_ms = TIMEOUT_MS };
	int listener = listen_local(&request.server);
	struct starttls *running;
	qb_loop_timer_handle timer;
	pid_t server = fork();

	(void)state;
	if (!server)
		_exit(fake_tls_serve(listener, MANNER_SILENT, NULL, 0));
	assert_int_equal(starttls_start(seen.loop, &request, on_done, &seen,
					&running, NULL), 0);
	assert_int_equal(qb_loop_timer_add(seen.loop, QB_LOOP_LOW,
					   200 * 1000000ULL, &seen, stop_loop,
					   &timer), 0);
	qb_loop_run(seen.loop);
	starttls_cancel(running);
	starttls_cancel(NULL);
	assert_int_equal(seen.calls, 0);
	qb_loop_destroy(seen.loop);
	(void)close(listener);
	(void)kill(server, SIGKILL);
	assert_int_equal(waitpid(server, NULL, 0), server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_the_chain),
		cmocka_unit_test(test_without_a_handshake),
		cmocka_unit_test(test_handshake_that_fails),
		cmocka_unit_test(test_silence_in_the_handshake),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
