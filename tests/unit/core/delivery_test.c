/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/delivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define ID "650749D: "
#define MX "mx.remote.test[10.60.0.25]"
#define TO "to=<sink@remote.test>, relay="
#define DELAYS ":25, delay=0.03, delays=0.01/0.01/0.01/0, dsn="
#define NONE "none, delay=6, delays=6/0/0/0, dsn="

static bool parse(const char *service, const char *message,
		  struct delivery *ret)
{
	const struct logline line = {
		.time_s = 1795407370,
		.ident = span_of(service),
		.message = span_of(message),
	};

	return delivery_parse(&line, ret);
}

/* The first rows are Postfix 3.7.11's own lines, as the lab provoked them. */
static const struct row {
	const char *message;
	enum delivery_status status;
	enum dialogue_end end;
	unsigned int code;
	enum reply_class class;
	const char *host, *addr, *seen, *said;
} rows[] = {
	{ "B94B195: " TO "mx.remote.test[fd60::25]" DELAYS "4.7.25, "
	  "status=deferred (host mx.remote.test[fd60::25] said: 450 4.7.25 "
	  "Client host rejected: cannot find your hostname, [fd50::100] (in "
	  "reply to RCPT TO command))", DELIVERY_DEFERRED, DIALOGUE_ANSWERED,
	  450, REPLY_FCRDNS_FAIL, "mx.remote.test", "fd60::25", "fd50::100",
	  "4.7.25 Client host rejected: cannot find your hostname, "
	  "[fd50::100]" },
	{ "133CAD0: host " MX " said: 450 4.7.1 <mail.cluster.test>: Helo "
	  "command rejected: Host not found (in reply to RCPT TO command)",
	  DELIVERY_PASSED_OVER, DIALOGUE_ANSWERED, 450, REPLY_NAME_UNRESOLVED,
	  "mx.remote.test", "10.60.0.25", "none",
	  "4.7.1 <mail.cluster.test>: Helo command rejected: Host not found" },
	{ "C2114DC: host " MX " said: 450 4.1.8 <joe@nowhere.test>: Sender "
	  "address rejected: Domain not found (in reply to RCPT TO command)",
	  DELIVERY_PASSED_OVER, DIALOGUE_ANSWERED, 450,
	  REPLY_SENDER_DOMAIN_UNRESOLVED, "mx.remote.test", "10.60.0.25",
	  "none", "4.1.8 <joe@nowhere.test>: Sender address rejected: Domain "
	  "not found" },
	{ "133CAD0: host " MX " said: 451-4.3.5 <sink@remote.test>: Recipient "
	  "address rejected: Server configuration error 451 4.3.5 For help see "
	  "https://remote.test/ (postmaster), in reply to status=sent (in "
	  "reply to RCPT TO command)", DELIVERY_PASSED_OVER,
	  DIALOGUE_ANSWERED, 451, REPLY_INCONCLUSIVE, "mx.remote.test",
	  "10.60.0.25", "none", "4.3.5 <sink@remote.test>: Recipient address "
	  "rejected: Server configuration error 4.3.5 For help see "
	  "https://remote.test/ (postmaster), in reply to status=sent" },
	{ "285ECF3: host " MX " refused to talk to me: 554 5.7.25 Client host "
	  "rejected: cannot find your hostname, [10.50.0.100]",
	  DELIVERY_PASSED_OVER, DIALOGUE_ANSWERED, 554, REPLY_FCRDNS_FAIL,
	  "mx.remote.test", "10.60.0.25", "10.50.0.100",
	  "5.7.25 Client host rejected: cannot find your hostname, "
	  "[10.50.0.100]" },
	{ "C8C00CA: " TO MX DELAYS "4.3.2, status=deferred (host " MX " "
	  "refused to talk to me: 421-4.3.2 too busy [10.50.0.100] 421 4.3.2 "
	  "come later)", DELIVERY_DEFERRED, DIALOGUE_ANSWERED, 421,
	  REPLY_TOO_MANY, "mx.remote.test", "10.60.0.25", "10.50.0.100",
	  "4.3.2 too busy [10.50.0.100] 4.3.2 come later" },
	{ "133CAD0: " TO MX DELAYS "2.0.0, status=sent (250 2.0.0 Ok: queued "
	  "as 88ED74B)", DELIVERY_SENT, DIALOGUE_ANSWERED, 250,
	  REPLY_ACCEPTED, "mx.remote.test", "10.60.0.25", "none",
	  "2.0.0 Ok: queued as 88ED74B" },
	{ "6FABBF1: to=<\"a>, relay=mx.evil.test[10.60.0.9]:25, delay=1, "
	  "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\"@remote.test>, "
	  "relay=" MX DELAYS "2.0.0, status=sent (250 2.0.0 Ok: queued as "
	  "71B5252)", DELIVERY_SENT, DIALOGUE_ANSWERED, 250, REPLY_ACCEPTED,
	  "mx.remote.test", "10.60.0.25", "none",
	  "2.0.0 Ok: queued as 71B5252" },
	{ ID "to=<\"a\\\">, relay=mx.evil.test[10.60.0.9]:25, delay=1, "
	  "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\"@remote.test>, "
	  "relay=" MX DELAYS "2.0.0, status=sent (250 2.0.0 Ok)", DELIVERY_SENT,
	  DIALOGUE_ANSWERED, 250, REPLY_ACCEPTED, "mx.remote.test",
	  "10.60.0.25", "none", "2.0.0 Ok" },
	{ "connect to world.remote.test[10.60.0.200]:25: Connection refused",
	  DELIVERY_PASSED_OVER, DIALOGUE_REFUSED, 0, REPLY_NONE,
	  "world.remote.test", "10.60.0.200", "none", "Connection refused" },
	{ "285ECF3: " TO NONE "4.4.1, status=deferred (connect to " MX
	  ":25: Connection timed out)", DELIVERY_DEFERRED, DIALOGUE_TIMEOUT,
	  0, REPLY_NONE, "mx.remote.test", "10.60.0.25", "none",
	  "Connection timed out" },
	{ "285ECF3: " TO NONE "4.4.1, status=deferred (connect to " MX
	  ":25: Network is unreachable)", DELIVERY_DEFERRED,
	  DIALOGUE_UNREACHABLE, 0, REPLY_NONE, "mx.remote.test",
	  "10.60.0.25", "none", "Network is unreachable" },
	{ "E68EAFC: " TO MX DELAYS "4.4.2, status=deferred (lost connection "
	  "with " MX " while receiving the initial server greeting)",
	  DELIVERY_DEFERRED, DIALOGUE_CLOSED, 0, REPLY_NONE,
	  "mx.remote.test", "10.60.0.25", "none",
	  "lost connection while receiving the initial server greeting" },

	/* Other forms of its source. */
	{ ID TO MX DELAYS "4.4.2, status=deferred (conversation with " MX
	  " timed out while sending RCPT TO)", DELIVERY_DEFERRED,
	  DIALOGUE_TIMEOUT, 0, REPLY_NONE, "mx.remote.test", "10.60.0.25",
	  "none", "timed out while sending RCPT TO" },
	{ "4bzM1r0YTkz2xLm: to=<a@b.test>, orig_to=<c>, relay=MX.B.test"
	  "[192.0.2.1]:587, conn_use=3, delay=1, delays=0/0/0/1, "
	  "tls=dane/(sts), dsn=5.7.1, status=bounced (host MX.B.test"
	  "[192.0.2.1]:587 said: 550-5.7.1 [198.51.100.7] No PTR. See 550-5.7.1"
	  "  IPv6 sending guidelines regarding PTR records 550 5.7.1 x (in "
	  "reply to end of DATA command))", DELIVERY_BOUNCED,
	  DIALOGUE_ANSWERED, 550, REPLY_FCRDNS_FAIL, "mx.b.test",
	  "192.0.2.1", "198.51.100.7", "5.7.1 [198.51.100.7] No PTR. See "
	  "5.7.1  IPv6 sending guidelines regarding PTR records 5.7.1 x" },
	{ ID TO "10.60.0.25[10.60.0.25]" DELAYS "2.0.0, status=sent (250 Ok)",
	  DELIVERY_SENT, DIALOGUE_ANSWERED, 250, REPLY_ACCEPTED, "",
	  "10.60.0.25", "none", "Ok" },
	{ ID TO "fd60::25[fd60::25]" DELAYS "2.0.0, status=sent (250 Ok)",
	  DELIVERY_SENT, DIALOGUE_ANSWERED, 250, REPLY_ACCEPTED, "",
	  "fd60::25", "none", "Ok" },
	/* Cut at the end, as loggers do. */
	{ ID TO MX DELAYS "4.7.25, status=deferred (host " MX " said: 450 "
	  "4.7.25 Client host rejected: cannot find your hostn",
	  DELIVERY_DEFERRED, DIALOGUE_ANSWERED, 450, REPLY_FCRDNS_FAIL,
	  "mx.remote.test", "10.60.0.25", "none",
	  "4.7.25 Client host rejected: cannot find your hostn" },
	/* What the remote writes stays the remote's. */
	{ ID TO MX DELAYS "5.1.1, status=bounced (host " MX " said: 550 5.1.1 "
	  "x (in reply to MAIL FROM command)), dsn=2.0.0, status=sent (250 ok "
	  ":) (in reply to RCPT TO command))", DELIVERY_BOUNCED,
	  DIALOGUE_ANSWERED, 550, REPLY_RELAY, "mx.remote.test",
	  "10.60.0.25", "none", "5.1.1 x (in reply to MAIL FROM command)), "
	  "dsn=2.0.0, status=sent (250 ok :)" },
	{ ID TO MX DELAYS "5.0.0, status=bounced (host " MX " said: 550 "
	  "\x1b[31m\xff (in reply to RCPT TO command))", DELIVERY_BOUNCED,
	  DIALOGUE_ANSWERED, 550, REPLY_POLICY, "mx.remote.test",
	  "10.60.0.25", "none", "\\x1b[31m\\xff" },
};

static void test_lines(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct delivery got;

		if (!parse("postfix/smtp", row->message, &got))
			fail_msg("not read: %s", row->message);
		print_message("# row %zu\n", i);
		assert_string_equal(got.host, row->host);
		assert_string_equal(addr_text(&got.server.addr).s, row->addr);
		assert_string_equal(got.said, row->said);
		assert_string_equal(addr_text(&got.seen).s, row->seen);
		assert_int_equal(got.status, row->status);
		assert_int_equal(got.end, row->end);
		assert_int_equal(got.code, row->code);
		assert_int_equal(got.class, row->class);
		assert_int_equal(got.time_s, 1795407370);
	}
}

static void test_fields(void **unused)
{
	struct delivery got;

	(void)unused;
	assert_true(parse("a/postfix/lmtp", ID TO "mx[10.60.0.25]:24, delay=1, "
			  "delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok)",
			  &got));
	assert_true(got.lmtp);
	assert_string_equal(got.queue_id, "650749D");
	assert_string_equal(got.dsn, "2.0.0");
	assert_int_equal(got.server.port, 24);
	assert_true(parse("postfix/smtp", "connect to " MX ":2525: x", &got));
	assert_false(got.lmtp);
	assert_string_equal(got.queue_id, "");
	assert_int_equal(got.server.port, 2525);
}

/* No delivery to a server in the network, or nothing to be sure of. */
static void test_refused(void **unused)
{
	static const char *const messages[] = {
		"", ":", ": ", ID, ID "to=<", ID "to=<a", ID "to=<a>",
		ID TO, ID TO MX, ID TO MX DELAYS,
		ID TO MX DELAYS "2.0.0, status=sent",
		ID TO MX DELAYS "2.0.0, status=sent (",
		ID TO MX DELAYS "2.0.0, status=expired (250 ok)",
		ID TO MX ":25, delay=1, status=sent (250 ok)",
		/* Its resolver's word, not a remote's. */
		"8416CEC: to=<sink@nowhere.test>, relay=" NONE "5.4.4, status="
		"bounced (Host or domain name not found. Name service error "
		"for name=nowhere.test type=AAAA: Host not found)",
		ID TO NONE "4.3.0, status=deferred (server unavailable or "
		"unable to receive mail)",
		ID TO MX DELAYS "4.7.5, status=deferred (Server certificate "
		"not verified)",
		ID TO "mx[/var/run/lmtp], delay=1, delays=0/0/0/1, dsn=2.0.0, "
		"status=sent (250 ok)",
		ID TO NONE "2.0.0, status=sent (250 ok)",
		ID TO MX DELAYS "2.0.0, status=sent (550 5.7.25 no)",
		ID TO MX DELAYS "2.0.0, status=sent (delivered to file)",
		ID TO MX DELAYS "4.0.0, status=deferred (host " MX " said: "
		"45 x)",
		ID TO MX DELAYS "4.0.0, status=deferred (host " MX " said: "
		"650 x)",
		/* Of another server than it talked to. */
		ID TO MX DELAYS "5.7.25, status=bounced (host a[192.0.2.9] "
		"said: 550 5.7.25 x (in reply to RCPT TO command))",
		"warning: host " MX ":25 said: 450 4.7.25 x (in reply to "
		"XFORWARD command)",
		"Untrusted TLS connection established to " MX ":25: TLSv1.3",
		"host a b[192.0.2.1] said: 450 4.7.25 x",
		"host a[192.0.2.1.9] said: 450 4.7.25 x",
		"connect to " MX ":99999: Connection refused",
		/* An unquoted recipient (before 3.5) that brings a delivery
		 * of its own, and a remote that writes one. */
		ID "to=<a@b>, relay=mx.evil.test[192.0.2.6]:25, delay=1, "
		"delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)@remote.test>, "
		"relay=" MX DELAYS "5.7.25, status=bounced (host " MX " said: "
		"550 5.7.25 x (in reply to RCPT TO command))",
		ID TO MX DELAYS "5.7.25, status=bounced (host " MX " said: 550 "
		"5.7.25 a>, relay=mx.evil.test[192.0.2.6]:25, delay=1, "
		"delays=1/0/0/1, dsn=2.0.0, status=sent (250 ok) (in reply to "
		"RCPT TO command))",
		ID "to=<\"a@remote.test>, relay=" MX DELAYS "2.0.0, "
		"status=sent (250 ok)",
	};
	struct delivery got;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (parse("postfix/smtp", messages[i], &got))
			fail_msg("read: %s", messages[i]);
}

static void test_long_reply(void **unused)
{
	char message[900] = "connect to " MX ":25: ";
	struct delivery got;
	size_t len;

	(void)unused;
	len = strlen(message);
	memset(message + len, 'x', sizeof(message) - len - 1);
	assert_true(parse("postfix/smtp", message, &got));
	len = strlen(got.said);
	assert_int_equal(len, EVIDENCE_MAX - 1);
	assert_string_equal(got.said + len - 4, "x...");
	message[strlen("connect to " MX ":25: ") + EVIDENCE_MAX - 1] = '\0';
	assert_true(parse("postfix/smtp", message, &got));
	assert_string_equal(got.said + EVIDENCE_MAX - 4, "xxx");
}

static void test_service(void **unused)
{
	static const struct {
		const char *ident, *names, *service;
	} idents[] = {
		{ "postfix/smtp", "postfix", "smtp" },
		{ "postfix/relay/smtp", "postfix", "smtp" },
		{ "postfix-out/smtp", "postfix postfix-out", "smtp" },
		{ "postfix/qmgr", "postfix", "qmgr" },
		{ "a/b/smtp", "a/b", "smtp" },
		{ "postfix-out/smtp", "postfix", "" },
		{ "postfix", "postfix", "" },
		{ "postfi/smtp", "postfix", "" },
		{ "smtp", "", "" },
		{ "", "postfix", "" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(idents); i++)
		assert_true(span_equals(delivery_service(
			span_of(idents[i].ident), span_of(idents[i].names)),
			idents[i].service));
}

static void test_sender(void **unused)
{
	static const struct {
		const char *message, *domain;	/* NULL: none */
	} cases[] = {
		{ "B94B195: from=<root@Mail.cluster.test>, size=261, nrcpt=1 "
		  "(queue active)", "mail.cluster.test" },
		{ "B94B195: from=<>, size=261, nrcpt=1 (queue active)", "" },
		{ "B94B195: from=<\"a>, size=1@x\"@b.test>, size=261, nrcpt=1 "
		  "(queue active)", "b.test" },
		{ "B94B195: from=<a@b.test>, size=1, x@c.test>, size=261, "
		  "nrcpt=1 (queue active)", NULL },
		{ "B94B195: from=<root>, size=261, nrcpt=1 (queue active)",
		  NULL },
		{ "B94B195: from=<a@[192.0.2.1]>, size=1, nrcpt=1", NULL },
		{ "B94B195: from=<a@b.test>, status=expired, returned to "
		  "sender", NULL },
		{ "B94B195: removed", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct logline line = {
			.message = span_of(cases[i].message),
		};
		struct delivery_sender got;
		bool ok = delivery_parse_sender(&line, &got);

		assert_int_equal(ok, cases[i].domain != NULL);
		if (!ok)
			continue;
		assert_string_equal(got.domain, cases[i].domain);
		assert_string_equal(got.queue_id, "B94B195");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_reply),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
