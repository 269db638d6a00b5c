/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The witness is on an address of the loopback interface, in a network of the
 * test's own. */
#include "io/witnesses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/callback.h"
#include "io/dns.h"
#include "io/key_file.h"
#include "io/mac.h"
#include "loop_world.h"
#include "fake_witness.h"
#include "sandbox.h"

#define PATIENT_MS 20000
#define HASTY_MS 600
#define VIRTUAL "10.50.0.100"
#define REMOTE "127.0.0.25"

struct test {
	qb_loop_t *loop;
	struct dns *dns;
	char key_path[64];
	struct key keys[KEYS_EACH];	/* newest first */
	struct fake_witness fake;
	struct callback *other;		/* has the port for callbacks */
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
}

static bool is_done(void *ctx)
{
	const struct test *test = ctx;

	return test->done;
}

/* A port that was free just now. */
static uint16_t free_port(void)
{
	struct endpoint at;
	int fd = listen_on(VIRTUAL, &at);

	(void)close(fd);
	return at.port;
}

static void write_keys(struct test *test)
{
	struct keyring ring = { test->keys, KEYS_EACH };

	for (size_t i = 0; i < KEYS_EACH; i++) {
		struct key *key = &test->keys[i];

		(void)snprintf(key->name, sizeof(key->name), "example");
		key->serial = (uint32_t)(KEYS_EACH - i);
		mac_random(key->secret, sizeof(key->secret));
	}
	(void)snprintf(test->key_path, sizeof(test->key_path),
		       "/tmp/witnesses-%d", (int)getpid());
	assert_int_equal(key_file_write(test->key_path, &ring, NULL), 0);
}

static void test_init(struct test *test)
{
	struct params *params = &test->params;

	*test = (struct test){ .loop = qb_loop_create() };
	test->dns = dns_new(test->loop);
	write_keys(test);
	fake_start(&test->fake, test->loop, REMOTE, &test->keys[0]);
	assert_int_equal(identity_parse("mail.cluster.test", VIRTUAL, "",
					&params->identity, NULL), 0);
	params->witnesses[0].literal = test->fake.at.addr;
	params->witnesses[0].port = test->fake.at.port;
	params->witness_count = 1;
	params->callback_port = free_port();
	test->verdict.identity = params->identity;
	test->request = (struct verify_request){
		.params = params,
		.from_identity = true,
		.authkey = test->key_path,
	};
	test->inquire = (struct inquire_request){
		.timeout_ms = PATIENT_MS,
		.dns = test->dns,
		.progress = &test->progress,
	};
}

static struct witnesses *test_start(struct test *test)
{
	struct witnesses *witnesses;

	witnesses = witnesses_start(test->loop, &test->request, &test->inquire,
				    &test->verdict, on_done, test);
	assert_int_equal(test->done, 0);
	return witnesses;
}

static void test_run(struct test *test)
{
	(void)test_start(test);
	run_until(test->loop, is_done, test);
	assert_int_equal(test->done, 1);
	assert_int_equal(test->progress.asked, test->progress.answered);
}

static void test_end(struct test *test)
{
	fake_stop(&test->fake);
	callback_cancel(test->other);
	dns_free(test->dns);
	qb_loop_destroy(test->loop);
	verdict_done(&test->verdict);
	(void)unlink(test->key_path);
}

static const struct observation *find(const struct test *test,
				      enum check check)
{
	for (size_t i = 0; i < test->verdict.observation_count; i++)
		if (test->verdict.observations[i].check == check)
			return &test->verdict.observations[i];
	return NULL;
}

static void assert_outcome(const struct test *test, enum check check,
			   enum outcome outcome)
{
	const struct observation *obs = find(test, check);

	if (!obs)
		fail_msg("no %s", check_text(check));
	if (obs->outcome != outcome)
		fail_msg("%s: %s (%s), not %s", check_text(check),
			 outcome_text(obs->outcome), obs->evidence,
			 outcome_text(outcome));
}

static void it_calls_us_back(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	test_run(&test);
	assert_int_equal(test.fake.connections, 1);
	assert_int_equal(test.fake.bind_count, 1);
	assert_int_equal(test.fake.binds[0].way, WAY_NAME);
	assert_string_equal(test.fake.binds[0].name, "mail.cluster.test");
	assert_in_range(test.fake.binds[0].timeout_ms, PATIENT_MS / 2,
			PATIENT_MS - 1);
	assert_outcome(&test, CHECK_FORWARD, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_REVERSE, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_SOURCE, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_LEGACY, OUTCOME_MATCH);
	assert_string_equal(find(&test, CHECK_SOURCE)->evidence, VIRTUAL);
	test_end(&test);
}

static bool nobody_listens(uint16_t port)
{
	struct endpoint at = { .port = port };
	struct callback *callback;
	qb_loop_t *loop = qb_loop_create();
	int r;

	assert_int_equal(addr_parse(VIRTUAL, &at.addr), 0);
	r = callback_start(loop, &at, &callback, NULL);
	if (!r)
		callback_cancel(callback);
	qb_loop_destroy(loop);
	return !r;
}

static void it_listens_only_while_it_asks(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	assert_true(nobody_listens(test.params.callback_port));
	test_run(&test);
	assert_true(nobody_listens(test.params.callback_port));
	test_end(&test);
}

/* The key was replaced here and not yet there. */
static void the_key_before_is_tried(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	test.fake.key = test.keys[1];
	test_run(&test);
	assert_int_equal(test.fake.connections, 2);
	assert_int_equal(test.fake.bind_count, 1);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_MATCH);
	test_end(&test);
	assert_int_equal(test.fake.denied, 1);
}

static void no_key_fits(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	mac_random(test.fake.key.secret, sizeof(test.fake.key.secret));
	test_run(&test);
	assert_int_equal(test.fake.connections, 2);
	assert_int_equal(test.fake.bind_count, 0);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_REFUSED);
	assert_true(find(&test, CHECK_CALLBACK)->unanswered);
	assert_int_equal(test.verdict.observation_count, 1);
	test_end(&test);
}

static void there_is_no_key(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	test.request.authkey = "/nonexistent/authkey";
	test_run(&test);
	assert_int_equal(test.fake.connections, 0);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_NOT_ASKED);
	assert_true(find(&test, CHECK_CALLBACK)->unanswered);
	assert_non_null(strstr(find(&test, CHECK_CALLBACK)->evidence,
			       "/nonexistent/authkey"));
	test_end(&test);
}

/* Behind a NAT that takes calls for us, too. */
static void another_source_is_called_by_a_second_bind(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	assert_int_equal(addr_parse("203.0.113.7", &test.fake.source), 0);
	test_run(&test);
	assert_int_equal(test.fake.bind_count, 2);
	assert_int_equal(test.fake.binds[0].way, WAY_NAME);
	assert_int_equal(test.fake.binds[1].way, WAY_SOURCE);
	assert_memory_not_equal(test.fake.binds[0].nonce,
				test.fake.binds[1].nonce, WITNESS_NONCE);
	assert_outcome(&test, CHECK_SOURCE, OUTCOME_MISMATCH);
	assert_false(find(&test, CHECK_SOURCE)->local);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_LEGACY, OUTCOME_MATCH);
	test_end(&test);
}

static void a_source_of_this_node_is_a_leak(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	assert_int_equal(addr_parse("127.0.0.1", &test.fake.source), 0);
	test_run(&test);
	assert_outcome(&test, CHECK_SOURCE, OUTCOME_MISMATCH);
	assert_true(find(&test, CHECK_SOURCE)->local);
	test_end(&test);
}

static void what_did_not_come_here_is_not_believed(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	test.fake.manner = FAKE_LIES;
	test_run(&test);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_INCONCLUSIVE);
	test_end(&test);
}

static void answers_that_are_none(void **state)
{
	static const struct {
		enum fake_manner manner;
		enum outcome outcome;
	} cases[] = {
		{ FAKE_REFUSES, OUTCOME_REFUSED },
		{ FAKE_OTHER, OUTCOME_MALFORMED },
		{ FAKE_GARBAGE, OUTCOME_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct test test;

		test_init(&test);
		test.fake.manner = cases[i].manner;
		test_run(&test);
		assert_int_equal(test.fake.bind_count, 1);
		assert_outcome(&test, CHECK_CALLBACK, cases[i].outcome);
		assert_true(find(&test, CHECK_CALLBACK)->unanswered);
		assert_int_equal(test.verdict.observation_count, 1);
		test_end(&test);
	}
}

static void nobody_is_there(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	test.params.witnesses[0].port = free_port();
	test_run(&test);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_UNREACHABLE);
	assert_true(find(&test, CHECK_CALLBACK)->unanswered);
	assert_string_equal(find(&test, CHECK_CALLBACK)->evidence,
			    "connection refused");
	test_end(&test);
}

static void silence_ends_with_the_time(void **state)
{
	int64_t start_ms = clock_ms();
	struct test test;

	(void)state;
	test_init(&test);
	test.inquire.timeout_ms = HASTY_MS;
	test.fake.manner = FAKE_HOLDS;
	test_run(&test);
	assert_int_equal(test.fake.bind_count, 1);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_TIMEOUT);
	assert_true(find(&test, CHECK_CALLBACK)->unanswered);
	assert_in_range(clock_ms() - start_ms, HASTY_MS, PATIENT_MS / 2);
	test_end(&test);
}

static void take_port(struct test *test)
{
	struct endpoint at = { .port = test->params.callback_port };

	assert_int_equal(addr_parse(VIRTUAL, &at.addr), 0);
	assert_int_equal(callback_start(test->loop, &at, &test->other, NULL),
			 0);
}

/* It is asked all the same, and not to call. */
static void the_port_stays_taken(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	take_port(&test);
	test.inquire.timeout_ms = 3 * HASTY_MS;
	test_run(&test);
	assert_int_equal(test.fake.bind_count, 1);
	assert_int_equal(test.fake.binds[0].way, WAY_NONE);
	assert_outcome(&test, CHECK_FORWARD, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_SOURCE, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_INCONCLUSIVE);
	assert_outcome(&test, CHECK_LEGACY, OUTCOME_INCONCLUSIVE);
	assert_false(find(&test, CHECK_CALLBACK)->unanswered);
	assert_non_null(strstr(find(&test, CHECK_CALLBACK)->evidence,
			       VIRTUAL));
	test_end(&test);
}

static void give_port(void *data)
{
	struct test *test = data;

	callback_cancel(test->other);
	test->other = NULL;
}

static void the_port_is_freed_in_time(void **state)
{
	qb_loop_timer_handle timer;
	struct test test;

	(void)state;
	test_init(&test);
	take_port(&test);
	(void)test_start(&test);
	assert_int_equal(qb_loop_timer_add(test.loop, QB_LOOP_LOW,
					   SHORT_MS * NS_PER_MS, &test,
					   give_port, &timer), 0);
	run_until(test.loop, is_done, &test);
	assert_null(test.other);
	assert_int_equal(test.fake.bind_count, 1);
	assert_int_equal(test.fake.binds[0].way, WAY_NAME);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_MATCH);
	test_end(&test);
}

/* Nor is the port waited for. */
static void no_callback_is_wanted(void **state)
{
	int64_t start_ms = clock_ms();
	struct test test;

	(void)state;
	test_init(&test);
	take_port(&test);
	test.params.callback = CALLBACK_NONE;
	test_run(&test);
	assert_true(clock_ms() - start_ms < PATIENT_MS / 4);
	assert_int_equal(test.fake.binds[0].way, WAY_NONE);
	assert_outcome(&test, CHECK_FORWARD, OUTCOME_MATCH);
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_NOT_ASKED);
	test_end(&test);
}

/* The name's address: in the hosts file alone, and nobody listens there. */
static void a_name_is_looked_up(void **state)
{
	struct test test;

	(void)state;
	test_init(&test);
	test.params.witnesses[0] = (struct remote){ .host = "w.hosts.test",
						    .port = WITNESS_PORT };
	test.inquire.timeout_ms = HASTY_MS;
	test_run(&test);
	assert_string_equal(vantage_text(&find(&test,
					       CHECK_CALLBACK)->vantage).s,
			    "the witness w.hosts.test (192.0.2.33)");
	assert_outcome(&test, CHECK_CALLBACK, OUTCOME_UNREACHABLE);
	test_end(&test);
}

static bool has_bind(void *ctx)
{
	const struct test *test = ctx;

	return test->fake.bind_count;
}

static bool has_turn(void *ctx)
{
	const struct test *test = ctx;

	return test->progress.asked;
}

static void cancelled_it_leaves_nothing(void **state)
{
	struct witnesses *witnesses;
	int fds = count_fds();
	struct test test;

	(void)state;
	test_init(&test);
	test.fake.manner = FAKE_HOLDS;
	witnesses = test_start(&test);
	run_until(test.loop, has_bind, &test);
	witnesses_cancel(witnesses);
	witnesses_cancel(NULL);
	assert_int_equal(test.done, 0);
	assert_null(find(&test, CHECK_CALLBACK));
	assert_true(nobody_listens(test.params.callback_port));
	test_end(&test);
	/* While it waits for the port. */
	test_init(&test);
	take_port(&test);
	witnesses = test_start(&test);
	run_until(test.loop, has_turn, &test);
	witnesses_cancel(witnesses);
	assert_int_equal(test.done, 0);
	assert_int_equal(test.fake.connections, 0);
	test_end(&test);
	assert_int_equal(count_fds(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_calls_us_back),
		cmocka_unit_test(it_listens_only_while_it_asks),
		cmocka_unit_test(the_key_before_is_tried),
		cmocka_unit_test(no_key_fits),
		cmocka_unit_test(there_is_no_key),
		cmocka_unit_test(another_source_is_called_by_a_second_bind),
		cmocka_unit_test(a_source_of_this_node_is_a_leak),
		cmocka_unit_test(what_did_not_come_here_is_not_believed),
		cmocka_unit_test(answers_that_are_none),
		cmocka_unit_test(nobody_is_there),
		cmocka_unit_test(silence_ends_with_the_time),
		cmocka_unit_test(the_port_stays_taken),
		cmocka_unit_test(the_port_is_freed_in_time),
		cmocka_unit_test(no_callback_is_wanted),
		cmocka_unit_test(a_name_is_looked_up),
		cmocka_unit_test(cancelled_it_leaves_nothing),
	};

	if (sandbox_enter("", "192.0.2.33 w.hosts.test\n") < 0 ||
	    sandbox_address(VIRTUAL, true) < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
