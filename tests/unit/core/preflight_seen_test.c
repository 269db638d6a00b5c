/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight_seen.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

static void assert_item(const struct preflight *preflight, size_t which,
			enum preflight_check check, enum verdict_status status,
			const char *text)
{
	const struct preflight_item *item = &preflight->items[which];

	assert_true(which < preflight->count);
	if (item->check != check || item->status != status ||
	    strcmp(item->text, text) != 0)
		fail_msg("%s is %s: %s", preflight_check_text(item->check),
			 verdict_status_text(item->status), item->text);
}

static const struct {
	enum outcome outcome;
	int rcode;		/* of a message; -1: there is none */
	enum verdict_status want;
	const char *text;
} replies[] = {
	{ OUTCOME_MATCH, DNS_NOERROR, VERDICT_VERIFIED, "" },
	{ OUTCOME_MATCH, DNS_NXDOMAIN, VERDICT_VERIFIED, "" },
	{ OUTCOME_MATCH, DNS_SERVFAIL, VERDICT_FAILED,
	  "it does not answer for our name: servfail, why" },
	{ OUTCOME_MATCH, DNS_REFUSED, VERDICT_FAILED,
	  "it does not answer for our name: refused, why" },
	{ OUTCOME_TIMEOUT, -1, VERDICT_FAILED,
	  "it does not answer for our name: timeout, why" },
	{ OUTCOME_UNREACHABLE, -1, VERDICT_FAILED,
	  "it does not answer for our name: unreachable, why" },
	{ OUTCOME_NOT_ASKED, -1, VERDICT_UNKNOWN, "it was not asked: why" },
};

static void test_nameservers(void **unused)
{
	const struct endpoint server = {
		{ AF_INET, { 192, 0, 2, 53 } }, 53,
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		struct dnsmsg msg = { 0 };
		struct reply reply = {
			.outcome = replies[i].outcome,
			.detail = "why",
		};
		struct preflight found = { 0 };

		msg.rcode = (uint8_t)replies[i].rcode;
		reply.msg = replies[i].rcode < 0 ? NULL : &msg;
		preflight_take_nameserver(&found, &server, &reply);
		assert_item(&found, 0, PREFLIGHT_NAMESERVER, replies[i].want,
			    replies[i].text);
		assert_string_equal(found.items[0].subject, "192.0.2.53");
	}
}

static void see(struct verdict *seen, enum check check, sa_family_t family,
		enum outcome outcome, const char *evidence)
{
	struct observation obs = {
		.vantage = {
			.kind = VANTAGE_REMOTE,
			.host = "mx.example.net",
			.server = { { family, { 198, 51, 100, 25 } }, 25 },
		},
		.check = check,
		.family = family,
		.outcome = outcome,
	};

	(void)snprintf(obs.evidence, sizeof(obs.evidence), "%s", evidence);
	verdict_add(seen, &obs);
}

static void test_remotes(void **unused)
{
	struct preflight found = { 0 };
	struct verdict seen = { 0 };

	(void)unused;
	see(&seen, CHECK_HELO, AF_INET, OUTCOME_MATCH, "at connecting");
	see(&seen, CHECK_HELO, AF_INET, OUTCOME_TIMEOUT, "timed out");
	see(&seen, CHECK_HELO, AF_INET, OUTCOME_UNREACHABLE, "refused");
	see(&seen, CHECK_HELO, AF_INET, OUTCOME_NXDOMAIN, "no such name");
	see(&seen, CHECK_HELO, AF_INET, OUTCOME_SERVFAIL, "servfail");
	see(&seen, CHECK_HELO, AF_INET, OUTCOME_NOT_ASKED, "time is up");
	preflight_take_remotes(&found, &seen);
	assert_int_equal(found.count, 6);
	assert_item(&found, 0, PREFLIGHT_REMOTE, VERDICT_VERIFIED, "");
	assert_item(&found, 1, PREFLIGHT_REMOTE, VERDICT_DEGRADED,
		    "no connection from this node's own address (timed out); "
		    "a firewall may pass the virtual addresses alone");
	assert_item(&found, 2, PREFLIGHT_REMOTE, VERDICT_DEGRADED,
		    "no connection from this node's own address (refused); "
		    "a firewall may pass the virtual addresses alone");
	assert_item(&found, 3, PREFLIGHT_REMOTE, VERDICT_DEGRADED,
		    "not connected to: no such name");
	assert_item(&found, 4, PREFLIGHT_REMOTE, VERDICT_UNKNOWN,
		    "not connected to: servfail");
	assert_item(&found, 5, PREFLIGHT_REMOTE, VERDICT_UNKNOWN,
		    "not connected to: time is up");
	assert_string_equal(found.items[0].subject,
			    "mx.example.net (198.51.100.25)");
	verdict_done(&seen);
}

static void test_routes(void **unused)
{
	struct preflight found = { 0 };
	struct verdict seen = { 0 };

	(void)unused;
	see(&seen, CHECK_ROUTE, AF_INET, OUTCOME_MATCH, "eth0");
	see(&seen, CHECK_ROUTE, AF_INET, OUTCOME_UNREACHABLE, "no route");
	see(&seen, CHECK_ROUTE, AF_INET6, OUTCOME_UNREACHABLE, "no route");
	preflight_take_remotes(&found, &seen);
	assert_int_equal(found.count, 2);
	assert_item(&found, 0, PREFLIGHT_ROUTE, VERDICT_DEGRADED,
		    "no route over IPv4 to 198.51.100.25, while others have "
		    "one: no route");
	assert_item(&found, 1, PREFLIGHT_ROUTE, VERDICT_FAILED,
		    "no route over IPv6 to any remote (no route), unless one "
		    "comes with the virtual address");
	verdict_done(&seen);
}

static void test_networks(void **unused)
{
	const struct addr addr = { AF_INET, { 192, 0, 2, 25 } };
	struct preflight_network network = { "eth0", true };
	struct preflight found = { 0 };

	(void)unused;
	preflight_take_network(&found, &addr, &network);
	network.up = false;
	preflight_take_network(&found, &addr, &network);
	network.ifname[0] = '\0';
	preflight_take_network(&found, &addr, &network);
	assert_item(&found, 0, PREFLIGHT_INTERFACE, VERDICT_VERIFIED, "");
	assert_item(&found, 1, PREFLIGHT_INTERFACE, VERDICT_FAILED,
		    "eth0, which has the network for it, is down or has no "
		    "carrier");
	assert_item(&found, 2, PREFLIGHT_INTERFACE, VERDICT_DEGRADED,
		    "no interface has a network for it; without nic and "
		    "cidr_netmask IPaddr2 cannot add it");
}

static const struct {
	enum check check;
	enum outcome outcome;
	enum verdict_status want;
} certificates[] = {
	{ CHECK_TLS, OUTCOME_MATCH, VERDICT_VERIFIED },
	{ CHECK_TLS, OUTCOME_NODATA, VERDICT_VERIFIED },
	{ CHECK_TLS, OUTCOME_WEAK, VERDICT_DEGRADED },
	{ CHECK_TLS, OUTCOME_MISMATCH, VERDICT_DEGRADED },
	{ CHECK_TLS, OUTCOME_NOT_ASKED, VERDICT_UNKNOWN },
	{ CHECK_TLSA, OUTCOME_MATCH, VERDICT_VERIFIED },
	/* With that the mail server is not even started. */
	{ CHECK_TLSA, OUTCOME_MISMATCH, VERDICT_FAILED },
	{ CHECK_TLSA, OUTCOME_WEAK, VERDICT_DEGRADED },
	{ CHECK_TLSA, OUTCOME_TIMEOUT, VERDICT_UNKNOWN },
};

static void test_certificates(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(certificates); i++) {
		struct preflight found = { 0 };
		const struct observation obs = {
			.check = certificates[i].check,
			.outcome = certificates[i].outcome,
			.evidence = "why",
		};

		preflight_take_certificate(&found, &obs);
		assert_item(&found, 0, PREFLIGHT_CERTIFICATE,
			    certificates[i].want,
			    certificates[i].want == VERDICT_VERIFIED ?
				    "" : "why");
	}
}

/* A warning is of all nodes alike; it is told, and no more. */
static void test_findings(void **unused)
{
	struct preflight found = { 0 };
	struct binding binding = { 0 };

	(void)unused;
	binding_add_finding(&binding, FINDING_NOTE, "a note");
	preflight_take_findings(&found, &binding);
	assert_int_equal(found.count, 1);
	assert_item(&found, 0, PREFLIGHT_MTA, VERDICT_VERIFIED, "");
	binding_add_finding(&binding, FINDING_WARNING, "a warning");
	preflight_take_findings(&found, &binding);
	assert_int_equal(found.count, 2);
	assert_item(&found, 1, PREFLIGHT_MTA, VERDICT_VERIFIED, "a warning");
	binding_done(&binding);
}

static void add_copy(struct binding *binding, const char *from)
{
	plan_add(&binding->write, PLAN_COPY, "/to", "why")->from =
		xstrdup(from);
}

static void test_chroot(void **unused)
{
	struct preflight found = { 0 };
	struct binding binding = { 0 };

	(void)unused;
	/* Nothing is chrooted. */
	preflight_take_chroot(&found, &binding);
	assert_int_equal(found.count, 1);
	assert_item(&found, 0, PREFLIGHT_CHROOT, VERDICT_VERIFIED, "");
	add_copy(&binding, "/etc/resolv.conf");
	add_copy(&binding, "/etc/hosts");
	add_copy(&binding, "/etc/nsswitch.conf");
	found.count = 0;
	preflight_take_chroot(&found, &binding);
	assert_int_equal(found.count, 1);
	assert_item(&found, 0, PREFLIGHT_CHROOT, VERDICT_DEGRADED,
		    "it is missing on this node, and chrooted services would "
		    "look for it");
	assert_string_equal(found.items[0].subject, "/etc/services");
	add_copy(&binding, "/etc/services");
	found.count = 0;
	preflight_take_chroot(&found, &binding);
	assert_item(&found, 0, PREFLIGHT_CHROOT, VERDICT_VERIFIED, "");
	binding_done(&binding);
}

static void test_witnesses(void **unused)
{
	struct verdict seen = { 0 };
	struct preflight found = { 0 };
	struct observation obs = {
		.vantage = { .kind = VANTAGE_REMOTE, .host = "w.test" },
		.check = CHECK_HELO,
		.outcome = OUTCOME_MATCH,
	};

	(void)unused;
	verdict_add(&seen, &obs);
	obs.outcome = OUTCOME_UNREACHABLE;
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "no way there");
	verdict_add(&seen, &obs);
	obs.check = CHECK_ROUTE;
	verdict_add(&seen, &obs);
	preflight_take_witnesses(&found, &seen);
	assert_int_equal(found.count, 2);
	assert_item(&found, 0, PREFLIGHT_WITNESS, VERDICT_VERIFIED, "");
	assert_item(&found, 1, PREFLIGHT_WITNESS, VERDICT_DEGRADED,
		    "no connection from this node's own address (no way "
		    "there); a firewall may pass the virtual addresses alone");
	assert_int_equal(preflight_judge(&found), VERDICT_DEGRADED);
	verdict_done(&seen);
}

static void test_authkey(void **unused)
{
	struct preflight found = { 0 };

	(void)unused;
	preflight_take_authkey(&found, 0, "");
	preflight_take_authkey(&found, -ENOENT, "it is missing");
	preflight_take_authkey(&found, -EACCES, "not for us");
	assert_int_equal(found.count, 3);
	assert_item(&found, 0, PREFLIGHT_WITNESS, VERDICT_VERIFIED, "");
	assert_string_equal(found.items[0].subject, "key");
	assert_item(&found, 1, PREFLIGHT_WITNESS, VERDICT_DEGRADED,
		    "witnesses cannot be asked from here: it is missing");
	assert_item(&found, 2, PREFLIGHT_WITNESS, VERDICT_UNKNOWN,
		    "witnesses cannot be asked from here: not for us");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nameservers),
		cmocka_unit_test(test_remotes),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_chroot),
		cmocka_unit_test(test_witnesses),
		cmocka_unit_test(test_authkey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
