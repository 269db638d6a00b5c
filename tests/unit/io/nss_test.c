/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/nss.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fake_dns.h"
#include "sandbox.h"

#define PATIENT_MS 20000
#define HASTY_MS 300

static const struct fake_rr records[] = {
	{ "cluster.test", DNS_SOA, "5" },
	{ "mail.cluster.test", DNS_A, "10.50.0.100" },
	{ "mail.cluster.test", DNS_A, "10.50.0.101" },
	{ "100.0.50.10.in-addr.arpa", DNS_PTR, "Mail.Cluster.Test" },
	{ 0 },
};

struct asked {
	qb_loop_t *loop;
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

static struct asked *ask(enum fake_trait trait, const char *name,
			 enum dns_type type, int64_t timeout_ms)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct question question = { .kind = VANTAGE_NSS, .type = type };
	struct nss_query *query;
	struct fake fake;

	(void)snprintf(question.name, sizeof(question.name), "%s", name);
	if (type == DNS_PTR)
		(void)addr_parse(name, &question.addr);
	fake_start(&fake, trait, records, "127.0.0.53", 53);
	asked->loop = qb_loop_create();
	assert_int_equal(nss_query_start(asked->loop, &question, timeout_ms,
					 on_done, asked, &query, NULL), 0);
	assert_int_equal(asked->times, 0);
	qb_loop_run(asked->loop);
	qb_loop_destroy(asked->loop);
	fake_stop(&fake);
	assert_int_equal(asked->times, 1);
	/* Neither the fake nor the child is left, not even as a zombie. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return asked;
}

static void addresses_are_found(void **state)
{
	struct asked *asked = ask(FAKE_HONEST, "mail.cluster.test", DNS_A,
				  PATIENT_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_MATCH);
	assert_int_equal(asked->msg.record_count, 2);
	assert_string_equal(asked->msg.records[0].owner, "mail.cluster.test");
	assert_int_equal(asked->msg.records[0].type, DNS_A);
	free(asked);
}

static void hosts_file_counts(void **state)
{
	struct asked *asked = ask(FAKE_HONEST, "hosts.cluster.test", DNS_A,
				  PATIENT_MS);

	(void)state;
	assert_int_equal(asked->msg.record_count, 1);
	assert_string_equal(addr_text(&asked->msg.records[0].addr).s,
			    "127.0.1.1");
	free(asked);
}

static void names_are_found_in_lower_case(void **state)
{
	struct asked *asked = ask(FAKE_HONEST, "10.50.0.100", DNS_PTR,
				  PATIENT_MS);

	(void)state;
	assert_int_equal(asked->msg.record_count, 1);
	assert_string_equal(asked->msg.records[0].target,
			    "mail.cluster.test");
	free(asked);
}

static void absence_is_an_answer(void **state)
{
	struct asked *asked = ask(FAKE_HONEST, "none.cluster.test", DNS_A,
				  PATIENT_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_MATCH);
	assert_int_equal(asked->msg.rcode, DNS_NXDOMAIN);
	free(asked);
	asked = ask(FAKE_HONEST, "10.50.0.99", DNS_PTR, PATIENT_MS);
	assert_int_equal(asked->msg.rcode, DNS_NXDOMAIN);
	free(asked);
	asked = ask(FAKE_HONEST, "mail.cluster.test", DNS_AAAA, PATIENT_MS);
	assert_int_equal(asked->reply.outcome, OUTCOME_MATCH);
	assert_int_equal(asked->msg.record_count, 0);
	free(asked);
}

static void failure_is_no_answer(void **state)
{
	struct asked *asked = ask(FAKE_SERVFAIL, "mail.cluster.test", DNS_A,
				  PATIENT_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_SERVFAIL);
	assert_null(asked->reply.msg);
	assert_true(asked->reply.detail[0]);
	free(asked);
}

static void silence_is_a_timeout(void **state)
{
	struct asked *asked = ask(FAKE_SILENT, "mail.cluster.test", DNS_A,
				  HASTY_MS);

	(void)state;
	assert_int_equal(asked->reply.outcome, OUTCOME_TIMEOUT);
	free(asked);
}

static void a_cancelled_child_is_gone(void **state)
{
	struct question question = { .name = "mail.cluster.test",
				     .type = DNS_A };
	qb_loop_t *loop = qb_loop_create();
	struct nss_query *query;
	struct asked asked = { .loop = loop };

	(void)state;
	assert_int_equal(nss_query_start(loop, &question, PATIENT_MS, on_done,
					 &asked, &query, NULL), 0);
	nss_query_cancel(query);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	qb_loop_destroy(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_found),
		cmocka_unit_test(hosts_file_counts),
		cmocka_unit_test(names_are_found_in_lower_case),
		cmocka_unit_test(absence_is_an_answer),
		cmocka_unit_test(failure_is_no_answer),
		cmocka_unit_test(silence_is_a_timeout),
		cmocka_unit_test(a_cancelled_child_is_gone),
	};

	if (sandbox_enter("nameserver 127.0.0.53\n",
			  "127.0.1.1 hosts.cluster.test\n") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
