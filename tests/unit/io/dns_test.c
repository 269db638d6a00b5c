/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/dns.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fake_dns.h"

#define PATIENT_MS 20000	/* far from being reached */
#define HASTY_MS 300		/* meant to be reached */

static const struct fake_rr records[] = {
	{ "cluster.test", DNS_SOA, "5" },
	{ "mail.cluster.test", DNS_A, "10.50.0.100" },
	{ "mail.cluster.test", DNS_A, "10.50.0.101" },
	{ 0 },
};

struct asked {
	qb_loop_t *loop;
	struct dns *dns;
	unsigned int times;
	struct reply reply;
	struct dnsmsg msg;
};

static void on_done(void *ctx, const struct reply *reply)
{
	struct asked *asked = ctx;

	asked->times++;
	asked->reply = *reply;
	if (reply->msg)
		asked->msg = *reply->msg;
	qb_loop_stop(asked->loop);
}

static struct asked *ask(const struct endpoint *server,
			 const struct addr *source, const char *name,
			 int64_t timeout_ms)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct question question = { .type = DNS_A, .server = *server };
	struct dns_query *query;

	(void)snprintf(question.name, sizeof(question.name), "%s", name);
	asked->loop = qb_loop_create();
	asked->dns = dns_new(asked->loop);
	assert_int_equal(dns_query_start(asked->dns, &question, source,
					 timeout_ms, on_done, asked, &query,
					 NULL), 0);
	assert_int_equal(asked->times, 0);
	qb_loop_run(asked->loop);
	dns_free(asked->dns);
	qb_loop_destroy(asked->loop);
	assert_int_equal(asked->times, 1);
	return asked;
}

/* Ask a server with this trait for mail.cluster.test. */
static struct asked *ask_fake(enum fake_trait trait, int64_t timeout_ms)
{
	struct asked *asked;
	struct fake fake;

	fake_start(&fake, trait, records, "127.0.0.1", 0);
	asked = ask(&fake.at, NULL, "mail.cluster.test", timeout_ms);
	fake_stop(&fake);
	return asked;
}

static void assert_answered(const struct asked *asked, bool tcp)
{
	assert_int_equal(asked->reply.outcome, OUTCOME_MATCH);
	assert_non_null(asked->reply.msg);
	assert_int_equal(asked->reply.tcp, tcp);
	assert_int_equal(asked->msg.record_count, 2);
	assert_string_equal(addr_text(&asked->msg.records[0].addr).s,
			    "10.50.0.100");
}

static void an_answer_is_read(void **state)
{
	struct asked *asked = ask_fake(FAKE_HONEST, PATIENT_MS);

	(void)state;
	assert_answered(asked, false);
	assert_true(asked->msg.aa);
	free(asked);
}

static void rcodes_come_with_their_message(void **state)
{
	struct asked *asked = ask_fake(FAKE_SERVFAIL, PATIENT_MS);
	struct fake fake;

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_MATCH);
	assert_int_equal(asked->msg.rcode, DNS_SERVFAIL);
	free(asked);
	fake_start(&fake, FAKE_HONEST, records, "127.0.0.1", 0);
	asked = ask(&fake.at, NULL, "none.cluster.test", PATIENT_MS);
	fake_stop(&fake);
	assert_int_equal(asked->msg.rcode, DNS_NXDOMAIN);
	assert_non_null(dnsmsg_negative_soa(&asked->msg));
	free(asked);
}

static void truncated_is_asked_again_over_tcp(void **state)
{
	struct asked *asked = ask_fake(FAKE_TRUNCATES, PATIENT_MS);

	(void)state;
	assert_answered(asked, true);
	free(asked);
}

static void truncated_without_tcp_is_said(void **state)
{
	struct asked *asked = ask_fake(FAKE_NO_TCP, PATIENT_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_TRUNCATED);
	assert_string_equal(asked->reply.detail,
			    "over TCP: Connection refused");
	free(asked);
	asked = ask_fake(FAKE_ALWAYS_CUT, PATIENT_MS);
	assert_int_equal(asked->reply.outcome, OUTCOME_TRUNCATED);
	free(asked);
}

static void silence_is_a_timeout(void **state)
{
	struct asked *asked = ask_fake(FAKE_SILENT, HASTY_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_TIMEOUT);
	assert_null(asked->reply.msg);
	assert_true(asked->reply.latency_ms >= HASTY_MS);
	free(asked);
}

static void a_lost_packet_is_sent_again(void **state)
{
	struct asked *asked = ask_fake(FAKE_LOSES_FIRST, PATIENT_MS);

	(void)state;
	assert_answered(asked, false);
	free(asked);
}

static void forged_answers_are_passed_over(void **state)
{
	struct asked *asked = ask_fake(FAKE_FORGED_FIRST, PATIENT_MS);

	(void)state;
	assert_answered(asked, false);
	assert_string_equal(asked->msg.qname, "mail.cluster.test");
	free(asked);
}

static void junk_is_malformed(void **state)
{
	struct asked *asked = ask_fake(FAKE_JUNK, PATIENT_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_MALFORMED);
	assert_string_equal(asked->reply.detail, "no DNS answer");
	free(asked);
}

static void nobody_there_is_unreachable(void **state)
{
	struct asked *asked;
	struct fake fake;

	(void)state;
	/* A port that was ours a moment ago. */
	fake_start(&fake, FAKE_SILENT, records, "127.0.0.1", 0);
	fake_stop(&fake);
	asked = ask(&fake.at, NULL, "mail.cluster.test", PATIENT_MS);
	assert_int_equal(asked->reply.outcome, OUTCOME_UNREACHABLE);
	assert_string_equal(asked->reply.detail, "Connection refused");
	free(asked);
}

static void the_source_address_is_kept(void **state)
{
	struct addr source, absent;
	struct asked *asked;
	struct fake fake;

	(void)state;
	assert_int_equal(addr_parse("127.0.0.9", &source), 0);
	assert_int_equal(addr_parse("192.0.2.1", &absent), 0);
	fake_start(&fake, FAKE_MIRROR, records, "127.0.0.1", 0);
	asked = ask(&fake.at, &source, "mail.cluster.test", PATIENT_MS);
	assert_int_equal(asked->msg.record_count, 1);
	assert_true(addr_equal(&asked->msg.records[0].addr, &source));
	free(asked);
	asked = ask(&fake.at, &absent, "mail.cluster.test", PATIENT_MS);
	assert_int_equal(asked->reply.outcome, OUTCOME_UNREACHABLE);
	assert_string_equal(asked->reply.detail,
			    "Cannot assign requested address");
	free(asked);
	fake_stop(&fake);
}

static void a_name_too_long_is_not_asked(void **state)
{
	struct endpoint nowhere;
	struct asked *asked;
	char label[70];

	(void)state;
	memset(label, 'a', 64);
	memcpy(label + 64, ".x", 3);
	assert_int_equal(endpoint_parse("127.0.0.1", 53, &nowhere), 0);
	asked = ask(&nowhere, NULL, label, PATIENT_MS);
	assert_int_equal(asked->reply.outcome, OUTCOME_NOT_ASKED);
	free(asked);
}

static void stop_loop(void *data)
{
	qb_loop_stop(data);
}

static void a_cancelled_query_stays_silent(void **state)
{
	struct asked asked = { 0 };
	struct question question = { .name = "mail.cluster.test",
				     .type = DNS_A };
	qb_loop_t *loop = qb_loop_create();
	qb_loop_timer_handle timer;
	struct dns_query *query;
	struct fake fake;

	(void)state;
	fake_start(&fake, FAKE_HONEST, records, "127.0.0.1", 0);
	question.server = fake.at;
	asked.loop = loop;
	asked.dns = dns_new(loop);
	assert_int_equal(dns_query_start(asked.dns, &question, NULL, HASTY_MS,
					 on_done, &asked, &query, NULL), 0);
	dns_query_cancel(query);
	assert_int_equal(qb_loop_timer_add(loop, QB_LOOP_HIGH,
					   2 * HASTY_MS * 1000000ULL, loop,
					   stop_loop, &timer), 0);
	qb_loop_run(loop);
	dns_free(asked.dns);
	qb_loop_destroy(loop);
	fake_stop(&fake);
	assert_int_equal(asked.times, 0);
}

#define CROWD 1000
#define REFUSED 40

struct crowd {
	qb_loop_t *loop;
	struct dns *dns;
	unsigned int answers;
	unsigned int good;
};

static unsigned int open_files(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

static void on_crowd(void *ctx, const struct reply *reply)
{
	struct crowd *crowd = ctx;

	crowd->good += reply->msg && reply->msg->record_count == 2;
	if (++crowd->answers == CROWD)
		qb_loop_stop(crowd->loop);
}

static void start_crowd(struct crowd *crowd, const struct endpoint *server)
{
	struct question question = { .name = "mail.cluster.test",
				     .type = DNS_A, .server = *server };
	struct dns_query *query;

	*crowd = (struct crowd){ .loop = qb_loop_create() };
	crowd->dns = dns_new(crowd->loop);
	for (unsigned int i = 0; i < CROWD; i++)
		assert_int_equal(dns_query_start(crowd->dns, &question, NULL,
						 PATIENT_MS, on_crowd, crowd,
						 &query, NULL), 0);
}

static void a_crowd_shares_few_sockets(void **state)
{
	unsigned int before = open_files();
	struct crowd crowd;
	struct fake fake;

	(void)state;
	fake_start(&fake, FAKE_HONEST, records, "127.0.0.1", 0);
	start_crowd(&crowd, &fake.at);
	assert_true(open_files() - before < 30);
	qb_loop_run(crowd.loop);
	assert_int_equal(crowd.good, CROWD);
	dns_free(crowd.dns);
	qb_loop_destroy(crowd.loop);
	fake_stop(&fake);
	assert_int_equal(open_files(), before);
}

static void on_refused(void *ctx, const struct reply *reply)
{
	struct crowd *crowd = ctx;

	crowd->good += reply->outcome == OUTCOME_UNREACHABLE &&
		       !strcmp(reply->detail, "Connection refused");
	if (++crowd->answers == REFUSED)
		qb_loop_stop(crowd->loop);
}

static void a_crowd_is_refused_one_and_all(void **state)
{
	struct question question = { .name = "mail.cluster.test",
				     .type = DNS_A };
	struct crowd crowd = { .loop = qb_loop_create() };
	struct dns_query *query;
	struct fake fake;

	(void)state;
	fake_start(&fake, FAKE_SILENT, records, "127.0.0.1", 0);
	fake_stop(&fake);
	question.server = fake.at;
	crowd.dns = dns_new(crowd.loop);
	for (unsigned int i = 0; i < REFUSED; i++)
		assert_int_equal(dns_query_start(crowd.dns, &question, NULL,
						 PATIENT_MS, on_refused, &crowd,
						 &query, NULL), 0);
	qb_loop_run(crowd.loop);
	assert_int_equal(crowd.good, REFUSED);
	dns_free(crowd.dns);
	qb_loop_destroy(crowd.loop);
}

static void what_is_under_way_can_be_dropped(void **state)
{
	struct crowd crowd;
	struct fake fake;

	(void)state;
	fake_start(&fake, FAKE_SILENT, records, "127.0.0.1", 0);
	start_crowd(&crowd, &fake.at);
	dns_free(crowd.dns);
	assert_int_equal(crowd.answers, 0);
	qb_loop_destroy(crowd.loop);
	fake_stop(&fake);
}

static void drop_all(void *ctx, const struct reply *reply)
{
	struct crowd *crowd = ctx;

	(void)reply;
	crowd->answers++;
	dns_free(crowd->dns);
	crowd->dns = NULL;
	qb_loop_stop(crowd->loop);
}

static void an_answer_may_end_all(void **state)
{
	struct question question = { .name = "mail.cluster.test",
				     .type = DNS_A };
	struct crowd crowd = { .loop = qb_loop_create() };
	struct dns_query *query;
	struct fake fake;

	(void)state;
	fake_start(&fake, FAKE_HONEST, records, "127.0.0.1", 0);
	question.server = fake.at;
	crowd.dns = dns_new(crowd.loop);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(dns_query_start(crowd.dns, &question, NULL,
						 PATIENT_MS, drop_all, &crowd,
						 &query, NULL), 0);
	qb_loop_run(crowd.loop);
	assert_int_equal(crowd.answers, 1);
	qb_loop_destroy(crowd.loop);
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(rcodes_come_with_their_message),
		cmocka_unit_test(truncated_is_asked_again_over_tcp),
		cmocka_unit_test(truncated_without_tcp_is_said),
		cmocka_unit_test(silence_is_a_timeout),
		cmocka_unit_test(a_lost_packet_is_sent_again),
		cmocka_unit_test(forged_answers_are_passed_over),
		cmocka_unit_test(junk_is_malformed),
		cmocka_unit_test(nobody_there_is_unreachable),
		cmocka_unit_test(the_source_address_is_kept),
		cmocka_unit_test(a_name_too_long_is_not_asked),
		cmocka_unit_test(a_cancelled_query_stays_silent),
		cmocka_unit_test(a_crowd_shares_few_sockets),
		cmocka_unit_test(a_crowd_is_refused_one_and_all),
		cmocka_unit_test(what_is_under_way_can_be_dropped),
		cmocka_unit_test(an_answer_may_end_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
