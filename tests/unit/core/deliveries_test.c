/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/deliveries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define NOW 1795407600		/* 2026-11-23T04:20:00Z */
#define SINCE (NOW - 3600)
#define AT "Nov 23 04:19:"
#define SMTP " mail postfix/smtp[250]: "
#define MX "mx.remote.test[10.60.0.25]"
#define TO "to=<sink@remote.test>, relay="
#define SENT ":25, delay=11, delays=11/0/0.01/0.01, dsn=2.0.0, status=sent " \
	"(250 2.0.0 Ok: queued as 88ED74B)\n"
#define FCRDNS "450 4.7.25 Client host rejected: cannot find your hostname, "
#define RCPT " (in reply to RCPT TO command)\n"

#define REJECTED AT "09" SMTP "133CAD0: host " MX " said: " FCRDNS \
	"[10.50.0.100]" RCPT
#define ACCEPTED AT "20" SMTP "133CAD0: " TO MX SENT
#define REFUSED AT "44" SMTP "connect to " MX ":25: Connection refused\n"
#define BUSY AT "46" SMTP "C8C00CA: host " MX " refused to talk to me: " \
	"421 4.3.2 too busy\n"
#define CUT AT "47" SMTP "C8C00CA: host " MX " said: 451 4.3.0 later" RCPT

struct world {
	struct identity identity;
	struct deliveries *deliveries;
	struct verdict verdict;
};

static int world_make(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	if (identity_parse("mail.cluster.test", "10.50.0.100 fd50::100", "",
			   &w->identity, NULL) < 0)
		abort();
	w->verdict.identity = w->identity;
	w->deliveries = xcalloc(1, sizeof(*w->deliveries));
	*state = w;
	return 0;
}

static int world_free(void **state)
{
	struct world *w = *state;

	verdict_done(&w->verdict);
	free(w->deliveries);
	free(w);
	return 0;
}

static void take(struct world *w, const char *text)
{
	const struct deliveries_scope scope = {
		.syslog_names = span_of("postfix"),
		.hosts = span_of("node1.cluster.test mail.cluster.test"),
		.identity = &w->identity,
		.sender_domains = span_of("cluster.test"),
		.since_s = SINCE,
		.now_s = NOW,
	};
	const struct logline_clock clock = { .now_s = NOW };
	struct span rest = span_of(text), line;

	while (span_line(&rest, &line)) {
		struct logline parts;

		assert_true(logline_parse(line, &clock, &parts));
		deliveries_take(w->deliveries, &scope, &parts);
	}
}

/* What a log comes to; the one observation CHECK_HELO, or NULL. */
static const struct observation *judge(struct world *w, const char *text)
{
	verdict_done(&w->verdict);
	w->verdict.identity = w->identity;
	memset(w->deliveries, 0, sizeof(*w->deliveries));
	take(w, text);
	if (!deliveries_observe(w->deliveries, SINCE, &w->verdict))
		return NULL;
	return &w->verdict.observations[0];
}

static void test_what_counts(void **state)
{
	static const struct {
		const char *log;
		enum outcome outcome;
		enum reply_class class;
		unsigned int count;
		const char *evidence;
	} rows[] = {
		{ ACCEPTED, OUTCOME_MATCH, REPLY_ACCEPTED, 1,
		  "2.0.0 Ok: queued as 88ED74B" },
		{ REJECTED, OUTCOME_MISMATCH, REPLY_FCRDNS_FAIL, 2,
		  "4.7.25 Client host rejected: cannot find your hostname, "
		  "[10.50.0.100]" },
		{ REJECTED ACCEPTED, OUTCOME_MATCH, REPLY_ACCEPTED, 1, NULL },
		{ ACCEPTED REJECTED, OUTCOME_MISMATCH, REPLY_FCRDNS_FAIL, 2,
		  NULL },
		/* Silence does not take a rejection back; others do not. */
		{ REJECTED REFUSED, OUTCOME_MISMATCH, REPLY_FCRDNS_FAIL, 2,
		  NULL },
		{ REJECTED BUSY CUT, OUTCOME_MISMATCH, REPLY_FCRDNS_FAIL, 2,
		  NULL },
		{ ACCEPTED REFUSED, OUTCOME_UNREACHABLE, REPLY_NONE, 1,
		  "Connection refused" },
		{ ACCEPTED REFUSED BUSY, OUTCOME_MATCH, REPLY_ACCEPTED, 1,
		  NULL },
		{ REFUSED ACCEPTED, OUTCOME_MATCH, REPLY_ACCEPTED, 1, NULL },
		{ REFUSED BUSY, OUTCOME_INCONCLUSIVE, REPLY_TOO_MANY, 1,
		  "4.3.2 too busy" },
		{ BUSY REFUSED, OUTCOME_UNREACHABLE, REPLY_NONE, 1, NULL },
		{ AT "55" SMTP "connect to " MX ":25: Connection timed out\n",
		  OUTCOME_TIMEOUT, REPLY_NONE, 1, NULL },
		{ AT "46" SMTP "285ECF3: lost connection with " MX " while "
		  "performing the EHLO handshake\n", OUTCOME_INCONCLUSIVE,
		  REPLY_NONE, 1, NULL },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct observation *obs = judge(w, rows[i].log);

		print_message("# row %zu\n", i);
		assert_non_null(obs);
		assert_int_equal(obs->outcome, rows[i].outcome);
		assert_int_equal(obs->class, rows[i].class);
		assert_int_equal(w->verdict.observation_count, rows[i].count);
		if (rows[i].evidence)
			assert_string_equal(obs->evidence, rows[i].evidence);
	}
}

static void test_observation(void **state)
{
	struct world *w = *state;
	const struct observation *obs = judge(w, REJECTED);
	static const struct observation zero;

	assert_int_equal(obs->vantage.kind, VANTAGE_DELIVERY);
	assert_string_equal(obs->vantage.host, "mx.remote.test");
	assert_string_equal(endpoint_text(&obs->vantage.server, 0).s,
			    "10.60.0.25#25");
	assert_int_equal(obs->check, CHECK_HELO);
	assert_int_equal(obs->family, AF_INET);
	assert_int_equal(obs->code, 450);
	assert_true(obs->temporary);
	assert_int_equal(obs->rcode, -1);
	assert_int_equal(obs->time_s, 1795407549);
	assert_int_equal(obs->vantage.index, zero.vantage.index);
	assert_int_equal(obs[1].check, CHECK_SOURCE);
	assert_int_equal(obs[1].outcome, OUTCOME_MATCH);
	assert_string_equal(obs[1].evidence, "10.50.0.100");

	obs = judge(w, AT "24" SMTP "285ECF3: host " MX " refused to talk to "
		    "me: 554 5.7.25 cannot find your hostname, [10.50.0.11]\n");
	assert_false(obs->temporary);
	assert_int_equal(obs->code, 554);
	assert_int_equal(obs[1].outcome, OUTCOME_MISMATCH);
	assert_string_equal(obs[1].evidence, "10.50.0.11");
	/* The other family's address is not where this came from, and who
	 * does not turn us away for what we are may mean anybody. */
	judge(w, AT "24" SMTP "285ECF3: host " MX " refused to talk to me: "
	      "554 5.7.25 cannot find your hostname, [fd50::11]\n");
	assert_int_equal(w->verdict.observation_count, 1);
	judge(w, AT "24" SMTP "285ECF3: host " MX " refused to talk to me: "
	      "554 5.7.1 not from [10.50.0.11]\n");
	assert_int_equal(w->verdict.observation_count, 1);
}

/* Behind a NAT the public address counts; a remote on our side of it sees the
 * other one. */
static void test_source_behind_nat(void **state)
{
	struct world *w = *state;

	assert_int_equal(identity_parse("mail.cluster.test", "10.50.0.100",
					"192.0.2.100", &w->identity, NULL), 0);
	judge(w, REJECTED);
	assert_int_equal(w->verdict.observations[1].outcome, OUTCOME_INSIDE);
	judge(w, AT "09" SMTP "133CAD0: host " MX " said: " FCRDNS
	      "[192.0.2.100]" RCPT);
	assert_int_equal(w->verdict.observations[1].outcome, OUTCOME_MATCH);
}

static void test_not_about_us(void **state)
{
	static const char *const logs[] = {
		"",
		/* Before it was bound here; another host; another instance. */
		"Nov 23 03:19:59" SMTP "133CAD0: " TO MX SENT,
		AT "09 node2 postfix/smtp[1]: 133CAD0: " TO MX SENT,
		AT "09 mail postfix-in/smtp[1]: 133CAD0: " TO MX SENT,
		/* Filters and mailboxes. */
		AT "09" SMTP "133CAD0: " TO "127.0.0.1[127.0.0.1]" SENT,
		AT "09" SMTP "133CAD0: " TO "av[10.50.0.7]:10024, delay=1, "
		"delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
		AT "09 mail postfix/lmtp[1]: 133CAD0: " TO MX SENT,
		AT "09 mail postfix/smtpd[1]: 133CAD0: " TO MX SENT,
		/* The queue manager's echo of what was said before. */
		AT "09 mail postfix/error[1]: 133CAD0: " TO "none, delay=1, "
		"delays=0/0/0/1, dsn=4.7.25, status=deferred (delivery "
		"temporarily suspended: host " MX " refused to talk to me: "
		"554 5.7.25 x)\n",
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		print_message("# row %zu\n", i);
		assert_null(judge(w, logs[i]));
		assert_int_equal(w->deliveries->count, 0);
	}
	assert_non_null(judge(w, AT "09 node1 postfix/out/smtp[1]: 133CAD0: "
			      TO MX SENT));
	assert_non_null(judge(w, AT "09 postfix/smtp[1]: 133CAD0: "
			      TO MX SENT));
}

/* Forwarded mail fails SPF everywhere; ours must not. */
static void test_senders(void **state)
{
	static const struct {
		const char *from;
		enum outcome outcome;
	} rows[] = {
		{ "<root@mail.cluster.test>", OUTCOME_MISMATCH },
		{ "<joe@Cluster.test>", OUTCOME_MISMATCH },
		{ "<>", OUTCOME_MISMATCH },
		{ "<joe@elsewhere.test>", OUTCOME_INCONCLUSIVE },
		{ NULL, OUTCOME_INCONCLUSIVE },
	};
	static const char *const replies[] = {
		"550 5.7.23 SPF validation failed",
		"450 4.1.8 <a@b>: Sender address rejected: Domain not found",
	};
	struct world *w = *state;
	char log[600];

	for (size_t i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
		const char *from = rows[i / 2].from;
		const struct observation *obs;

		(void)snprintf(log, sizeof(log), AT "09 mail postfix/qmgr[1]: "
			       "133CAD0: from=%s, size=1, nrcpt=1 (queue "
			       "active)\n" AT "10" SMTP "%s: host " MX
			       " said: %s" RCPT, from ? from : "<>",
			       from ? "133CAD0" : "133CAD1", replies[i % 2]);
		print_message("# row %zu\n", i);
		obs = judge(w, log);
		assert_non_null(obs);
		assert_int_equal(obs->outcome, rows[i / 2].outcome);
	}
	/* A queue id that came again: the last one counts. */
	assert_int_equal(judge(w, AT "09 mail postfix/qmgr[1]: A1: from=<>, "
			       "size=1\n" AT "09 mail postfix/qmgr[1]: A1: "
			       "from=<a@b.test>, size=1\n" AT "10" SMTP
			       "A1: host " MX " said: 550 5.7.23 SPF fail"
			       RCPT)->outcome, OUTCOME_INCONCLUSIVE);
}

static void test_remotes_are_told_apart(void **state)
{
	struct world *w = *state;

	judge(w, ACCEPTED REJECTED AT "12" SMTP "1: " TO
	      "mx.remote.test[fd60::25]" SENT AT "13" SMTP "1: " TO
	      "MX.remote.test[10.60.0.26]" SENT AT "14" SMTP "1: " TO
	      "10.60.0.25[10.60.0.25]" SENT AT "15" SMTP "1: " TO
	      "10.60.0.26[10.60.0.26]" SENT);
	/* IPv4, IPv6, and two literals; one name is one remote. */
	assert_int_equal(w->deliveries->count, 4);
}

static void fill(struct world *w, unsigned int from, unsigned int to,
		 bool reject)
{
	char line[300];

	for (unsigned int i = from; i < to; i++) {
		(void)snprintf(line, sizeof(line), "Nov 23 04:%02u:%02u" SMTP
			       "1: host mx%u.test[10.60.0.25] said: %s" RCPT,
			       i / 60, i % 60, i, reject ? FCRDNS : "451 no");
		take(w, line);
	}
}

static bool knows(const struct world *w, const char *host)
{
	for (unsigned int i = 0; i < w->deliveries->count; i++)
		if (!strcmp(w->deliveries->remotes[i].word.host, host) ||
		    !strcmp(w->deliveries->remotes[i].other.host, host))
			return true;
	return false;
}

/* The oldest goes; one that rejects us goes last, and for its like alone. */
static void test_room(void **state)
{
	struct world *w = *state;

	fill(w, 0, 1, true);
	fill(w, 1, DELIVERIES_REMOTES_MAX, false);
	assert_int_equal(w->deliveries->forgotten, 0);
	fill(w, 100, 101, false);
	assert_int_equal(w->deliveries->forgotten, 1);
	assert_int_equal(w->deliveries->count, DELIVERIES_REMOTES_MAX);
	assert_true(knows(w, "mx0.test"));
	assert_false(knows(w, "mx1.test"));
	assert_true(knows(w, "mx100.test"));
	fill(w, 200, 200 + DELIVERIES_REMOTES_MAX - 1, true);
	assert_true(knows(w, "mx0.test"));
	assert_false(knows(w, "mx100.test"));
	fill(w, 300, 301, false);
	assert_false(knows(w, "mx300.test"));
	fill(w, 301, 302, true);
	assert_true(knows(w, "mx301.test"));
	assert_false(knows(w, "mx0.test"));
}

/* Another verdict is likely when trouble comes or goes; not when another
 * server takes us, or one says again what it has said. */
static void test_news(void **state)
{
	static const struct {
		const char *text;
		bool news;
	} steps[] = {
		{ ACCEPTED, false },
		{ AT "21" SMTP "133CAD0: " TO "b.test[10.60.0.26]" SENT,
		  false },
		{ AT "22" SMTP "133CAD0: host " MX " said: " FCRDNS
		  "[10.50.0.100]" RCPT, true },
		{ AT "23" SMTP "133CAD1: host " MX " said: " FCRDNS
		  "[10.50.0.100]" RCPT, false },
		{ AT "24" SMTP "133CAD1: host " MX " said: 550 5.7.1 Helo "
		  "command rejected: Host not found" RCPT, true },
		{ AT "25" SMTP "133CAD0: " TO MX SENT, true },
	};
	struct world *w = *state;
	struct deliveries *before = xcalloc(1, sizeof(*before));

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		*before = *w->deliveries;
		take(w, steps[i].text);
		if (deliveries_differ(before, w->deliveries, SINCE) !=
		    steps[i].news)
			fail_msg("step %zu: news is not %d", i, steps[i].news);
	}
	free(before);
}

static void test_age(void **state)
{
	struct world *w = *state;

	judge(w, REJECTED);
	assert_int_equal(deliveries_observe(w->deliveries, 1795407549,
					    &w->verdict), 2);
	assert_int_equal(deliveries_observe(w->deliveries, 1795407550,
					    &w->verdict), 0);
	deliveries_age(w->deliveries, 1795407549);
	assert_int_equal(w->deliveries->count, 1);
	deliveries_age(w->deliveries, 1795407550);
	assert_int_equal(w->deliveries->count, 0);
	/* A clock that runs ahead makes nothing younger than now. */
	assert_int_equal(judge(w, "Nov 23 04:20:30" SMTP "1: " TO MX SENT)
			 ->time_s, NOW);
}

static void test_record(void **state)
{
	struct deliveries *again = xcalloc(1, sizeof(*again));
	BUF_CLEAN first = { 0 }, second = { 0 };
	struct world *w = *state;
	struct span rest, line;

	judge(w, ACCEPTED REFUSED REJECTED BUSY AT "50" SMTP
	      "1: host 10.60.0.26[10.60.0.26] said: 554 a \\x41 b  c" RCPT
	      AT "51" SMTP "connect to x[fd60::1]:25: No route to host\n");
	buf_init(&first);
	buf_init(&second);
	deliveries_print(w->deliveries, &first);
	rest = (struct span){ first.data, first.len };
	while (span_line(&rest, &line))
		assert_int_equal(deliveries_read(again, line), 0);
	assert_int_equal(again->count, 3);
	deliveries_print(again, &second);
	assert_string_equal(first.data, second.data);
	assert_int_equal(deliveries_observe(again, SINCE, &w->verdict), 4);
	free(again);
}

static void test_the_first_that_was_accepted_stays(void **state)
{
	struct world *w = *state;

	take(w, REJECTED);
	assert_int_equal(w->deliveries->first.time_s, 0);
	take(w, ACCEPTED);
	assert_string_equal(w->deliveries->first.host, "mx.remote.test");
	take(w, AT "59" SMTP "2: " TO MX SENT);
	assert_true(w->deliveries->first.time_s <
		    w->deliveries->remotes[0].word.time_s);
}

static void test_bad_record(void **state)
{
	static const char good[] = "remote 1795407549 0 450 FCRDNS_FAIL 25 "
		"10.60.0.25 10.50.0.100 mx.remote.test a b";
	static const char *const bad[] = {
		"", "remote", "remote ",
		"other 1 0 450 FCRDNS_FAIL 25 10.60.0.25 none a b",
		"remote 0 0 450 FCRDNS_FAIL 25 10.60.0.25 none a b",
		"remote 1 9 450 FCRDNS_FAIL 25 10.60.0.25 none a b",
		"remote 1 0 600 FCRDNS_FAIL 25 10.60.0.25 none a b",
		"remote 1 0 450 FCRDNS 25 10.60.0.25 none a b",
		"remote 1 0 450 FCRDNS_FAIL 65536 10.60.0.25 none a b",
		"remote 1 0 450 FCRDNS_FAIL 25 none none a b",
		"remote 1 0 450 FCRDNS_FAIL 25 10.60.0 none a b",
		"remote 1 0 450 FCRDNS_FAIL 25 10.60.0.25 none  b",
		"remote 1 0 450 FCRDNS_FAIL 25 10.60.0.25 none a",
		"remote 1 0 450 FCRDNS_FAIL 25 10.60.0.25 none a \\xzz",
	};
	struct world *w = *state;
	char longer[1000];

	assert_int_equal(deliveries_read(w->deliveries, span_of(good)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!deliveries_read(w->deliveries, span_of(bad[i])))
			fail_msg("read: %s", bad[i]);
	memset(longer, 'x', sizeof(longer));
	memcpy(longer, good, sizeof(good) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_true(deliveries_read(w->deliveries, span_of(longer)) < 0);
	longer[sizeof(good) - 4 + EVIDENCE_MAX - 1] = '\0';
	assert_int_equal(deliveries_read(w->deliveries, span_of(longer)), 0);
	longer[sizeof(good) - 4 + EVIDENCE_MAX - 1] = 'x';
	longer[sizeof(good) - 4 + EVIDENCE_MAX] = '\0';
	assert_true(deliveries_read(w->deliveries, span_of(longer)) < 0);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_make, world_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_what_counts),
		WORLD_TEST(test_observation),
		WORLD_TEST(test_source_behind_nat),
		WORLD_TEST(test_not_about_us),
		WORLD_TEST(test_senders),
		WORLD_TEST(test_remotes_are_told_apart),
		WORLD_TEST(test_room),
		WORLD_TEST(test_news),
		WORLD_TEST(test_age),
		WORLD_TEST(test_record),
		WORLD_TEST(test_the_first_that_was_accepted_stays),
		WORLD_TEST(test_bad_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
