/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/inquire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_dns.h"
#include "io/dns.h"
#include "sandbox.h"

#define PATIENT_MS 20000
#define HASTY_MS 600
#define WIDTH 40	/* questions at once ... */
#define WAVES 12	/* ... so many times, each for a reply before */

static const struct fake_rr zone[] = {
	{ "test", DNS_SOA, "1" },
	{ "mx.test", DNS_A, "192.0.2.1" },
	{ 0 },
};

/* Asks for an address WIDTH times, and again for each reply, up to `wanted`. */
struct machine {
	struct question question;
	unsigned int wanted;
	unsigned int sent;
	unsigned int replied;
	unsigned int expired;
	unsigned int found;		/* replies with the address */
	unsigned int denied;		/* ... that there is no such name */
	enum outcome last;
	char detail[120];
};

static bool machine_next(void *data, struct question *ret)
{
	struct machine *machine = data;

	if (machine->sent == machine->wanted ||
	    machine->sent >= machine->replied + WIDTH)
		return false;
	*ret = machine->question;
	ret->id = machine->sent++;
	return true;
}

static void machine_reply(void *data, unsigned int id,
			  const struct reply *reply)
{
	struct machine *machine = data;

	assert_true(id < machine->sent);
	machine->replied++;
	machine->last = reply->outcome;
	(void)snprintf(machine->detail, sizeof(machine->detail), "%s",
		       reply->detail);
	if (reply->outcome != OUTCOME_MATCH)
		return;
	machine->found += reply->msg->record_count &&
			  reply->msg->records[0].type == DNS_A;
	machine->denied += reply->msg->rcode == DNS_NXDOMAIN;
}

static bool machine_finished(const void *data)
{
	const struct machine *machine = data;

	return machine->expired || machine->replied == machine->wanted;
}

static void machine_expire(void *data)
{
	struct machine *machine = data;

	machine->expired++;
}

static const struct inquiry_ops ops = {
	machine_next, machine_reply, machine_finished, machine_expire,
};

/* What is asked of whom, and how it went. */
struct test {
	qb_loop_t *loop;
	struct dns *dns;
	struct machine machine;
	struct endpoint nameservers[3];
	struct inquire_progress progress;
	struct inquire_request request;
	unsigned int replies;		/* that were told */
	unsigned int done;
};

/* After the machine has it. */
static void on_replied(void *ctx)
{
	struct test *test = ctx;

	assert_int_equal(++test->replies, test->machine.replied);
}

static void on_done(void *ctx)
{
	struct test *test = ctx;

	test->done++;
	qb_loop_stop(test->loop);
}

static void test_init(struct test *test, enum vantage_kind kind,
		      const char *name)
{
	*test = (struct test){ .loop = qb_loop_create() };
	test->dns = dns_new(test->loop);
	test->machine.wanted = 1;
	test->machine.question.kind = kind;
	test->machine.question.type = DNS_A;
	test->machine.question.recurse = true;
	(void)snprintf(test->machine.question.name,
		       sizeof(test->machine.question.name), "%s", name);
	test->request = (struct inquire_request){
		.inquiry = { &ops, &test->machine },
		.nameservers = test->nameservers,
		.timeout_ms = PATIENT_MS,
		.dns = test->dns,
		.progress = &test->progress,
		.replied = on_replied,
		.replied_ctx = test,
	};
}

static void test_run(struct test *test)
{
	assert_non_null(inquire_start(test->loop, &test->request, on_done,
				      test));
	assert_int_equal(test->done, 0);
	qb_loop_run(test->loop);
	assert_int_equal(test->done, 1);
	assert_int_equal(test->progress.asked, test->machine.sent);
	assert_int_equal(test->replies, test->machine.replied);
	dns_free(test->dns);
	qb_loop_destroy(test->loop);
}

static void one_server_is_asked(void **state)
{
	struct fake server;
	struct test test;

	(void)state;
	fake_start(&server, FAKE_HONEST, zone, "127.0.0.53", 0);
	test_init(&test, VANTAGE_RESOLVER, "mx.test");
	test.machine.question.server = server.at;
	test_run(&test);
	fake_stop(&server);
	assert_int_equal(test.machine.found, 1);
	assert_int_equal(test.machine.replied, 1);
	assert_int_equal(test.progress.answered, 1);
}

static void libc_is_asked(void **state)
{
	struct test test;

	(void)state;
	test_init(&test, VANTAGE_NSS, "mx.hosts.test");
	test_run(&test);
	assert_int_equal(test.machine.found, 1);
}

/* Servers of these traits are this node's nameservers. */
static void ask_nameservers(struct test *test, const enum fake_trait *traits,
			    unsigned int count)
{
	struct fake servers[3];

	for (unsigned int i = 0; i < count; i++) {
		fake_start(&servers[i], traits[i], zone, "127.0.0.53", 0);
		test->nameservers[i] = servers[i].at;
	}
	test->request.nameserver_count = count;
	test_run(test);
	for (unsigned int i = 0; i < count; i++)
		fake_stop(&servers[i]);
}

/* Neither the silent one nor the one that fails at once keeps it. */
static void the_first_real_answer_wins(void **state)
{
	static const enum fake_trait traits[] = {
		FAKE_SILENT, FAKE_SERVFAIL, FAKE_LOSES_FIRST,
	};
	struct test test;
	int64_t start_ms = clock_ms();

	(void)state;
	test_init(&test, VANTAGE_NAMESERVER, "mx.test");
	ask_nameservers(&test, traits, 3);
	assert_int_equal(test.machine.found, 1);
	assert_int_equal(test.machine.replied, 1);
	assert_true(clock_ms() - start_ms < PATIENT_MS / 2);
}

static void a_denial_is_a_real_answer(void **state)
{
	static const enum fake_trait traits[] = { FAKE_SILENT, FAKE_HONEST };
	struct test test;

	(void)state;
	test_init(&test, VANTAGE_NAMESERVER, "gone.test");
	ask_nameservers(&test, traits, 2);
	assert_int_equal(test.machine.denied, 1);
}

static void the_last_failure_stands_for_all(void **state)
{
	static const enum fake_trait traits[] = { FAKE_SILENT, FAKE_SERVFAIL };
	struct test test;

	(void)state;
	test_init(&test, VANTAGE_NAMESERVER, "mx.test");
	test.request.timeout_ms = HASTY_MS;
	ask_nameservers(&test, traits, 2);
	assert_int_equal(test.machine.replied, 1);
	assert_int_equal(test.machine.expired, 0);
	assert_int_equal(test.machine.last, OUTCOME_TIMEOUT);
}

static void without_a_nameserver_nothing_is_asked(void **state)
{
	struct test test;

	(void)state;
	test_init(&test, VANTAGE_NAMESERVER, "mx.test");
	ask_nameservers(&test, NULL, 0);
	assert_int_equal(test.machine.last, OUTCOME_NOT_ASKED);
	assert_string_equal(test.machine.detail, "this node has no nameserver");
}

/* Hundreds of questions, each of which follows from a reply. */
static void there_is_no_limit_to_questions(void **state)
{
	struct fake server;
	struct test test;

	(void)state;
	fake_start(&server, FAKE_HONEST, zone, "127.0.0.53", 0);
	test_init(&test, VANTAGE_RESOLVER, "mx.test");
	test.machine.question.server = server.at;
	test.machine.wanted = WIDTH * WAVES;
	test_run(&test);
	fake_stop(&server);
	assert_int_equal(test.machine.replied, WIDTH * WAVES);
	assert_int_equal(test.machine.found, WIDTH * WAVES);
	assert_int_equal(test.progress.answered, WIDTH * WAVES);
}

/* A machine that would go on for ever: each question is for half the time. */
static void the_deadline_expires_the_machine(void **state)
{
	struct fake server;
	struct test test;

	(void)state;
	fake_start(&server, FAKE_SILENT, zone, "127.0.0.53", 0);
	test_init(&test, VANTAGE_RESOLVER, "mx.test");
	test.machine.question.server = server.at;
	test.machine.wanted = WIDTH * 10;
	test.request.timeout_ms = HASTY_MS;
	test_run(&test);
	fake_stop(&server);
	assert_int_equal(test.machine.expired, 1);
	assert_true(test.machine.replied >= WIDTH);
	assert_true(test.machine.replied < WIDTH * 10);
}

/* The address that the mirror sees is the identity's, where it has one. */
static void questions_leave_from_the_identity(void **state)
{
	struct identity identity;
	struct fake server;
	struct test test;

	(void)state;
	assert_int_equal(identity_parse("mail.test", "10.50.0.100", "",
					&identity, NULL), 0);
	/* A server elsewhere, to which our own address is not here. */
	test_init(&test, VANTAGE_RESOLVER, "mx.test");
	assert_int_equal(endpoint_parse("192.0.2.53", 53,
					&test.machine.question.server), 0);
	test.request.from = &identity;
	test_run(&test);
	assert_int_equal(test.machine.last, OUTCOME_UNREACHABLE);
	assert_string_equal(test.machine.detail,
			    "Cannot assign requested address");
	/* One on the loopback interface would not see it. */
	fake_start(&server, FAKE_HONEST, zone, "127.0.0.53", 0);
	test_init(&test, VANTAGE_RESOLVER, "mx.test");
	test.machine.question.server = server.at;
	test.request.from = &identity;
	test_run(&test);
	fake_stop(&server);
	assert_int_equal(test.machine.found, 1);
}

static void stop_loop(void *data)
{
	qb_loop_stop(data);
}

static void cancelled_it_leaves_nothing(void **state)
{
	qb_loop_timer_handle timer;
	struct inquire *inquire;
	struct fake server;
	struct test test;

	(void)state;
	fake_start(&server, FAKE_SILENT, zone, "127.0.0.53", 0);
	test_init(&test, VANTAGE_NAMESERVER, "mx.test");
	test.machine.wanted = WIDTH;
	test.nameservers[0] = test.nameservers[1] = server.at;
	test.request.nameserver_count = 2;
	inquire = inquire_start(test.loop, &test.request, on_done, &test);
	assert_int_equal(qb_loop_timer_add(test.loop, QB_LOOP_LOW, 50000000,
					   test.loop, stop_loop, &timer), 0);
	qb_loop_run(test.loop);
	assert_int_equal(test.machine.sent, WIDTH);
	inquire_cancel(inquire);
	inquire_cancel(NULL);
	dns_free(test.dns);
	qb_loop_destroy(test.loop);
	fake_stop(&server);
	assert_int_equal(test.done, 0);
	assert_int_equal(test.machine.replied, 0);
	assert_int_equal(test.machine.expired, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_server_is_asked),
		cmocka_unit_test(libc_is_asked),
		cmocka_unit_test(the_first_real_answer_wins),
		cmocka_unit_test(a_denial_is_a_real_answer),
		cmocka_unit_test(the_last_failure_stands_for_all),
		cmocka_unit_test(without_a_nameserver_nothing_is_asked),
		cmocka_unit_test(there_is_no_limit_to_questions),
		cmocka_unit_test(the_deadline_expires_the_machine),
		cmocka_unit_test(questions_leave_from_the_identity),
		cmocka_unit_test(cancelled_it_leaves_nothing),
	};

	if (sandbox_enter("nameserver 127.0.0.99\n",
			  "192.0.2.33 mx.hosts.test\n") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
