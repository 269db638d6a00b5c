/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The remotes are children that listen on an address of the loopback
 * interface, in a network of the test's own. */
#include "io/remotes.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/dns.h"
#include "sandbox.h"

#define PATIENT_MS 20000
#define HASTY_MS 400
#define VIRTUAL "10.50.0.100"
#define NODE "127.0.0.1"
#define REMOTE "127.0.0.25"
#define PORT 2525
#define AT REMOTE ":2525"

/* What a remote says. */
struct script {
	const char *hello;	/* NULL: the client's address */
	const char *rcpt;
	bool silent;
};

/* NULL: it hangs up. `mirror` is what it says to EHLO by itself. */
static const char *answer_to(const struct script *script, const char *line,
			     const char *mirror)
{
	if (!strncmp(line, "EHLO mail.cluster.test\r\n", 24))
		return script->hello ? script->hello : mirror;
	if (!strncmp(line, "MAIL FROM:<>\r\n", 14) ||
	    !strncmp(line, "RSET", 4))
		return "250 ok\r\n";
	if (!strncmp(line, "RCPT TO:<postmaster@[" REMOTE "]>\r\n", 20))
		return script->rcpt;
	return strncmp(line, "QUIT", 4) != 0 ? "500 what?\r\n" : NULL;
}

/* One connection; `counter` gets an octet for it. */
static void converse(const struct script *script, int fd, int counter)
{
	struct sockaddr_in peer = { 0 };
	socklen_t len = sizeof(peer);
	char line[600], mirror[100];
	ssize_t n;

	(void)getpeername(fd, (struct sockaddr *)&peer, &len);
	(void)snprintf(mirror, sizeof(mirror), "250-mx.test Hello [%s]\r\n"
		       "250 SIZE\r\n", inet_ntoa(peer.sin_addr));
	if (write(counter, "x", 1) != 1 ||
	    (!script->silent && write(fd, "220 mx.test\r\n", 13) != 13))
		return;
	while ((n = read(fd, line, sizeof(line) - 1)) > 0) {
		const char *answer;

		line[n] = '\0';
		answer = answer_to(script, line, mirror);
		if (!answer || write(fd, answer, strlen(answer)) < 0)
			return;
	}
}

struct remote_server {
	pid_t pid;
	int counter;
};

static void server_start(struct remote_server *server,
			 const struct script *script)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, fds[2];

	assert_int_equal(inet_pton(AF_INET, REMOTE, &at.sin_addr), 1);
	assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)),
			 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	server->counter = fds[0];
	server->pid = fork();
	while (!server->pid) {
		int fd;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = accept(listener, NULL, NULL);
		converse(script, fd, fds[1]);
		(void)close(fd);
	}
	(void)close(listener);
	(void)close(fds[1]);
}

/* Returns how many connections there were. */
static unsigned int server_stop(struct remote_server *server)
{
	char octets[64];
	ssize_t n = read(server->counter, octets, sizeof(octets));

	(void)kill(server->pid, SIGKILL);
	(void)waitpid(server->pid, NULL, 0);
	(void)close(server->counter);
	return n > 0 ? (unsigned int)n : 0;
}

struct test {
	qb_loop_t *loop;
	struct dns *dns;
	struct params params;
	struct verify_request request;
	struct inquire_request inquire;
	struct inquire_progress progress;
	struct verdict verdict;
	unsigned int done;
};

static void on_done(void *ctx)
{
	struct test *test = ctx;

	test->done++;
	qb_loop_stop(test->loop);
}

static void test_init(struct test *test, const char *remote)
{
	struct params *params = &test->params;

	*test = (struct test){ .loop = qb_loop_create() };
	test->dns = dns_new(test->loop);
	assert_int_equal(identity_parse("mail.cluster.test", VIRTUAL, "",
					&params->identity, NULL), 0);
	assert_int_equal(remote_parse(span_of(remote), &params->remotes[0],
				      NULL), 0);
	params->remote_count = 1;
	params->verify_interval_ms = 300000;
	test->verdict.identity = params->identity;
	test->request = (struct verify_request){
		.params = params,
		.from_identity = true,
	};
	test->inquire = (struct inquire_request){
		.timeout_ms = PATIENT_MS,
		.dns = test->dns,
		.progress = &test->progress,
	};
}

static struct remotes *test_start(struct test *test)
{
	struct remotes *remotes;

	remotes = remotes_start(test->loop, &test->request, &test->inquire,
				&test->verdict, on_done, test);
	assert_int_equal(test->done, 0);
	return remotes;
}

static void test_run(struct test *test)
{
	(void)test_start(test);
	qb_loop_run(test->loop);
	assert_int_equal(test->done, 1);
	assert_int_equal(test->progress.asked, test->progress.answered);
}

static void test_end(struct test *test)
{
	dns_free(test->dns);
	qb_loop_destroy(test->loop);
	verdict_done(&test->verdict);
}

static const struct observation *find(const struct test *test,
				      enum check check)
{
	for (size_t i = 0; i < test->verdict.observation_count; i++)
		if (test->verdict.observations[i].check == check)
			return &test->verdict.observations[i];
	return NULL;
}

static void it_is_asked_from_the_virtual_address(void **state)
{
	static const struct script script = {
		.rcpt = "250 2.1.5 fine\r\n",
	};
	struct remote_server server;
	struct test test;

	(void)state;
	server_start(&server, &script);
	test_init(&test, AT);
	test_run(&test);
	assert_int_equal(server_stop(&server), 1);
	assert_int_equal(find(&test, CHECK_HELO)->outcome, OUTCOME_MATCH);
	assert_string_equal(find(&test, CHECK_HELO)->evidence,
			    "250 2.1.5 fine");
	assert_int_equal(find(&test, CHECK_SOURCE)->outcome, OUTCOME_MATCH);
	assert_int_equal(find(&test, CHECK_ROUTE)->outcome, OUTCOME_MATCH);
	assert_string_equal(find(&test, CHECK_ROUTE)->evidence, "lo");
	test_end(&test);
}

static void a_rejection_is_a_mismatch(void **state)
{
	static const struct script script = {
		.hello = "250 mx.test\r\n",
		.rcpt = "450 4.7.25 cannot find your hostname, [" NODE "]\r\n",
	};
	struct remote_server server;
	const struct observation *helo, *source;
	struct test test;

	(void)state;
	server_start(&server, &script);
	test_init(&test, AT);
	test_run(&test);
	(void)server_stop(&server);
	helo = find(&test, CHECK_HELO);
	source = find(&test, CHECK_SOURCE);
	assert_int_equal(helo->outcome, OUTCOME_MISMATCH);
	assert_int_equal(helo->class, REPLY_FCRDNS_FAIL);
	assert_true(helo->temporary);
	/* It saw an address that this node has. */
	assert_int_equal(source->outcome, OUTCOME_MISMATCH);
	assert_true(source->local);
	test_end(&test);
}

static void another_address_on_the_way_is_no_leak(void **state)
{
	static const struct script script = {
		.hello = "250 mx.test Hello [198.51.100.7]\r\n",
		.rcpt = "250 ok\r\n",
	};
	struct remote_server server;
	struct test test;

	(void)state;
	server_start(&server, &script);
	test_init(&test, AT);
	test_run(&test);
	(void)server_stop(&server);
	assert_int_equal(find(&test, CHECK_SOURCE)->outcome,
			 OUTCOME_MISMATCH);
	assert_false(find(&test, CHECK_SOURCE)->local);
	test_end(&test);
}

/* From the node's own address, and without a byte. */
static void it_is_only_reached(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) }, peer = { 0 };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	socklen_t len = sizeof(peer);
	struct test test;
	int on = 1;
	char byte;

	(void)state;
	assert_int_equal(inet_pton(AF_INET, REMOTE, &at.sin_addr), 1);
	assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)),
			 0);
	assert_int_equal(listen(listener, 8), 0);
	test_init(&test, AT);
	test.request.from_identity = false;
	(void)remotes_reach(test.loop, &test.request, &test.inquire,
			    &test.verdict, on_done, &test);
	assert_int_equal(test.done, 0);
	qb_loop_run(test.loop);
	assert_int_equal(test.done, 1);
	fd = accept(listener, (struct sockaddr *)&peer, &len);
	assert_true(fd >= 0);
	assert_string_equal(inet_ntoa(peer.sin_addr), NODE);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	(void)close(fd);
	(void)close(listener);
	assert_int_equal(test.verdict.observation_count, 2);
	assert_int_equal(find(&test, CHECK_HELO)->outcome, OUTCOME_MATCH);
	assert_int_equal(find(&test, CHECK_ROUTE)->outcome, OUTCOME_MATCH);
	test_end(&test);
}

static void nobody_is_to_be_reached(void **state)
{
	struct test test;

	(void)state;
	test_init(&test, AT);
	(void)remotes_reach(test.loop, &test.request, &test.inquire,
			    &test.verdict, on_done, &test);
	qb_loop_run(test.loop);
	assert_int_equal(find(&test, CHECK_HELO)->outcome,
			 OUTCOME_UNREACHABLE);
	assert_string_equal(find(&test, CHECK_HELO)->evidence,
			    "connection refused");
	test_end(&test);
}

static void nobody_listens(void **state)
{
	struct test test;

	(void)state;
	test_init(&test, AT);
	test_run(&test);
	assert_int_equal(find(&test, CHECK_HELO)->outcome,
			 OUTCOME_UNREACHABLE);
	test_end(&test);
}

static void silence_ends_with_the_time(void **state)
{
	static const struct script script = { .silent = true };
	struct remote_server server;
	int64_t start_ms = clock_ms();
	struct test test;

	(void)state;
	server_start(&server, &script);
	test_init(&test, AT);
	test.inquire.timeout_ms = HASTY_MS;
	test_run(&test);
	assert_int_equal(server_stop(&server), 1);
	assert_int_equal(find(&test, CHECK_HELO)->outcome, OUTCOME_TIMEOUT);
	assert_string_equal(find(&test, CHECK_HELO)->evidence,
			    "timed out, at the greeting");
	assert_true(clock_ms() - start_ms < PATIENT_MS / 2);
	test_end(&test);
}

/* Nothing listens at the address in the hosts file, but it is found there. */
static void a_name_is_looked_up(void **state)
{
	const struct observation *helo;
	struct test test;

	(void)state;
	test_init(&test, "mx.hosts.test");
	test.inquire.timeout_ms = HASTY_MS;
	test_run(&test);
	helo = find(&test, CHECK_HELO);
	assert_string_equal(vantage_text(&helo->vantage).s,
			    "mx.hosts.test (192.0.2.33)");
	assert_int_equal(helo->outcome, OUTCOME_UNREACHABLE);
	assert_int_equal(find(&test, CHECK_ROUTE)->outcome,
			 OUTCOME_UNREACHABLE);
	test_end(&test);
}

/* What was found is a history that keeps the remote from being asked. */
static void who_was_just_asked_is_left_alone(void **state)
{
	static const struct script script = {
		.hello = "250 mx.test\r\n",
		.rcpt = "250 ok\r\n",
	};
	struct remote_server server;
	struct test first, second;

	(void)state;
	server_start(&server, &script);
	test_init(&first, AT);
	test_run(&first);
	first.verdict.time_s = clock_wall_s();
	test_init(&second, AT);
	second.request.earlier = &first.verdict;
	test_run(&second);
	assert_int_equal(second.progress.asked, 0);
	assert_int_equal(find(&second, CHECK_HELO)->outcome, OUTCOME_MATCH);
	assert_int_equal(find(&second, CHECK_HELO)->time_s,
			 first.verdict.time_s);
	assert_non_null(find(&second, CHECK_ROUTE));
	test_end(&second);
	test_init(&second, AT);
	second.request.earlier = &first.verdict;
	second.request.force = true;
	test_run(&second);
	assert_int_equal(server_stop(&server), 2);
	test_end(&second);
	test_end(&first);
}

static void stop_loop(void *data)
{
	qb_loop_stop(data);
}

static void cancelled_it_leaves_nothing(void **state)
{
	static const struct script script = { .silent = true };
	struct remote_server server;
	qb_loop_timer_handle timer;
	struct remotes *remotes;
	struct test test;

	(void)state;
	server_start(&server, &script);
	test_init(&test, AT);
	remotes = test_start(&test);
	assert_int_equal(qb_loop_timer_add(test.loop, QB_LOOP_LOW, 50000000,
					   test.loop, stop_loop, &timer), 0);
	qb_loop_run(test.loop);
	assert_int_equal(test.progress.asked, 1);
	remotes_cancel(remotes);
	remotes_cancel(NULL);
	(void)server_stop(&server);
	assert_int_equal(test.done, 0);
	assert_null(find(&test, CHECK_HELO));
	test_end(&test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_asked_from_the_virtual_address),
		cmocka_unit_test(a_rejection_is_a_mismatch),
		cmocka_unit_test(another_address_on_the_way_is_no_leak),
		cmocka_unit_test(it_is_only_reached),
		cmocka_unit_test(nobody_is_to_be_reached),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(silence_ends_with_the_time),
		cmocka_unit_test(a_name_is_looked_up),
		cmocka_unit_test(who_was_just_asked_is_left_alone),
		cmocka_unit_test(cancelled_it_leaves_nothing),
	};

	if (sandbox_enter("", "192.0.2.33 mx.hosts.test\n") < 0 ||
	    sandbox_address(VIRTUAL, true) < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
