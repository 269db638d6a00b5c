/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asker_world.h"

/* What it says of the name, and what that comes to. */
struct forward_row {
	const char *dns;	/* addresses */
	const char *hosts;	/* addresses; NULL: none */
	const char *kept;
	struct witness_lookup lookup;
	enum outcome outcome;
	const char *evidence;
};

#define FOUND .lookup = { LOOKUP_FOUND, 0, 300, 7 }
#define END(end, rcode) .lookup = { end, rcode, 60, 7 }
#define HELP "; in its hosts file \"" OWN4 " " NAME "\" would help"
#define KEEPS "; it keeps \"" OWN4 " " NAME "\" in its hosts file"

static const struct forward_row rows[] = {
	{ OWN4, NULL, NULL, FOUND, OUTCOME_MATCH, OWN4 ", TTL 300" },
	{ "10.0.0.5 10.0.0.6", NULL, NULL, FOUND, OUTCOME_MISMATCH,
	  "10.0.0.5 and 10.0.0.6, TTL 300" HELP },
	{ "10.0.0.5 " OWN4 " 10.0.0.6", NULL, NULL, FOUND, OUTCOME_EXTRA,
	  "10.0.0.5, " OWN4 " and 10.0.0.6, TTL 300" HELP },
	{ "10.0.0.25", NULL, NULL, FOUND, OUTCOME_INSIDE,
	  "10.0.0.25, TTL 300" },
	{ "10.0.0.25 10.0.0.5", NULL, NULL, FOUND, OUTCOME_MISMATCH,
	  "10.0.0.25 and 10.0.0.5, TTL 300" HELP },
	{ "", NULL, NULL, END(LOOKUP_NODATA, 0), OUTCOME_NODATA,
	  "no such record" HELP },
	{ "", NULL, NULL, END(LOOKUP_NXDOMAIN, 3), OUTCOME_NXDOMAIN,
	  "no such name" HELP },
	{ "", NULL, NULL, END(LOOKUP_FAILED, 2), OUTCOME_SERVFAIL,
	  "the nameserver failed (rcode 2)" HELP },
	{ "", NULL, NULL, END(LOOKUP_FAILED, 5), OUTCOME_REFUSED,
	  "the nameserver failed (rcode 5)" HELP },
	{ "", NULL, NULL, END(LOOKUP_FAILED, 9), OUTCOME_RCODE,
	  "the nameserver failed (rcode 9)" HELP },
	{ "", NULL, NULL, END(LOOKUP_SILENT, LOOKUP_NO_RCODE),
	  OUTCOME_TIMEOUT, "no nameserver answers" },
	{ "", NULL, NULL, END(LOOKUP_UNREACHABLE, LOOKUP_NO_RCODE),
	  OUTCOME_UNREACHABLE, "no nameserver can be reached" },
	{ "", NULL, NULL, END(LOOKUP_UNREADABLE, LOOKUP_NO_RCODE),
	  OUTCOME_MALFORMED, "an answer that cannot be read" },
	{ "", NULL, NULL, END(LOOKUP_NOT_ASKED, LOOKUP_NO_RCODE),
	  OUTCOME_NOT_ASKED, "not asked" },

	/* Its programs go by the hosts file. */
	{ OWN4, OWN4, NULL, FOUND, OUTCOME_MATCH,
	  "by its hosts file " OWN4 ", DNS says " OWN4 },
	{ "192.0.2.99", OWN4, NULL, FOUND, OUTCOME_WEAK,
	  "by its hosts file " OWN4 ", DNS says 192.0.2.99" },
	{ "192.0.2.98 " OWN4, OWN4, NULL, FOUND, OUTCOME_WEAK,
	  "by its hosts file " OWN4 ", DNS says 192.0.2.98 and " OWN4 },
	{ "", OWN4, NULL, END(LOOKUP_NXDOMAIN, 3), OUTCOME_WEAK,
	  "by its hosts file " OWN4 ", DNS says no such name" },
	{ OWN4, "192.0.2.99", NULL, FOUND, OUTCOME_MISMATCH,
	  "by its hosts file 192.0.2.99, DNS says " OWN4 },
	{ OWN4, OWN4 " 192.0.2.99", NULL, FOUND, OUTCOME_EXTRA,
	  "by its hosts file " OWN4 " and 192.0.2.99, DNS says " OWN4 },

	/* The line that the witness itself keeps there. */
	{ "192.0.2.99", NULL, OWN4, FOUND, OUTCOME_WEAK,
	  "192.0.2.99, TTL 300" KEEPS },
	{ OWN4, NULL, OWN4, FOUND, OUTCOME_MATCH, OWN4 ", TTL 300" KEEPS },
	{ "192.0.2.99", OWN4, OWN4, FOUND, OUTCOME_WEAK,
	  "by its hosts file " OWN4 ", DNS says 192.0.2.99" KEEPS },
	/* Of no use to us. */
	{ "192.0.2.99", NULL, OWN6, FOUND, OUTCOME_MISMATCH,
	  "192.0.2.99, TTL 300" HELP },
	{ "192.0.2.99", NULL, "192.0.2.98", FOUND, OUTCOME_MISMATCH,
	  "192.0.2.99, TTL 300; it keeps \"192.0.2.98 " NAME "\" in its hosts "
	  "file" },

	{ OWN4, NULL, "192.0.2.98", FOUND, OUTCOME_MATCH,
	  OWN4 ", TTL 300; it keeps \"192.0.2.98 " NAME "\" in its hosts file" },

	/* What no witness of ours says. */
	{ "", NULL, NULL, FOUND, OUTCOME_NODATA, "found, TTL 300" HELP },
	{ "", NULL, NULL, END(LOOKUP_FAILED, LOOKUP_NO_RCODE),
	  OUTCOME_MALFORMED, "the nameserver failed" },
	{ OWN4, NULL, NULL, END(LOOKUP_NXDOMAIN, 3), OUTCOME_NXDOMAIN,
	  "no such name" HELP },
};

static unsigned int put_addrs(const char *text, struct addr *ret)
{
	struct span rest = span_of(text), word;
	unsigned int count = 0;
	char addr[INET6_ADDRSTRLEN];

	while (span_word(&rest, " ", &word)) {
		(void)snprintf(addr, sizeof(addr), "%.*s", SPAN_ARG(word));
		ret[count++] = addr_of(addr);
	}
	return count;
}

static void forward_of(const struct forward_row *row,
		       struct witness_result *ret)
{
	struct witness_forward *forward = &ret->forward[WITNESS_IPV4];

	*forward = (struct witness_forward){ .lookup = row->lookup };
	forward->addr_count = put_addrs(row->dns, forward->addrs);
	if (row->hosts)
		forward->host_count = put_addrs(row->hosts, forward->hosts);
	if (row->kept)
		ret->kept = addr_of(row->kept);
}

static void what_it_says_of_the_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct forward_row *row = &rows[i];
		const struct observation *obs;
		struct witness_msg msg;
		struct test t;

		test_begin(&t, NATTED, BOTH, "198.51.100.7");
		healthy(&msg);
		forward_of(row, &msg.result);
		test_answer(&t, 0, &msg);
		assert_found(&t, CHECK_FORWARD, AF_INET, row->outcome,
			     row->evidence);
		obs = find(&t, CHECK_FORWARD, AF_INET);
		assert_int_equal(obs->rcode,
				 row->lookup.rcode == LOOKUP_NO_RCODE ?
					 -1 : row->lookup.rcode);
		assert_int_equal(obs->latency_ms, 7);
		assert_false(obs->unanswered);
		test_end(&t);
	}
}

/* What comes by a file does not clear with a TTL, what DNS says does. */
static void the_ttl_is_of_what_was_judged(void **state)
{
	static const struct forward_row by_file = {
		OWN4, "192.0.2.99", NULL, FOUND, OUTCOME_MISMATCH, "",
	};
	static const struct forward_row weak = {
		"192.0.2.99", OWN4, NULL, FOUND, OUTCOME_WEAK, "",
	};
	struct witness_msg msg;
	struct test t;

	(void)state;
	test_begin(&t, OWN4, "", "198.51.100.7");
	healthy(&msg);
	forward_of(&by_file, &msg.result);
	test_answer(&t, 0, &msg);
	assert_int_equal(find(&t, CHECK_FORWARD, AF_INET)->ttl_s, 0);
	test_end(&t);
	test_begin(&t, OWN4, "", "198.51.100.7");
	healthy(&msg);
	forward_of(&weak, &msg.result);
	test_answer(&t, 0, &msg);
	assert_int_equal(find(&t, CHECK_FORWARD, AF_INET)->ttl_s, 300);
	test_end(&t);
}

/* Where we have no address, none is wanted; what DNS64 makes is none. */
static void a_family_that_we_lack(void **state)
{
	static const struct {
		enum lookup_end end;
		uint8_t rcode;
		const char *addr;
		enum outcome outcome;
		const char *evidence;
	} cases[] = {
		{ LOOKUP_NODATA, 0, NULL, OUTCOME_MATCH, "no such record" },
		{ LOOKUP_NXDOMAIN, 3, NULL, OUTCOME_NXDOMAIN,
		  "no such name" },
		{ LOOKUP_FOUND, 0, OWN6, OUTCOME_MISMATCH, OWN6 ", TTL 300" },
		{ LOOKUP_FOUND, 0, "64:ff9b::c000:219", OUTCOME_MATCH,
		  "64:ff9b::c000:219 by DNS64, TTL 300" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct witness_forward *forward;
		struct witness_msg msg;
		struct test t;

		test_begin(&t, OWN4, "", "198.51.100.7");
		healthy(&msg);
		forward = &msg.result.forward[WITNESS_IPV6];
		*forward = (struct witness_forward){ 0 };
		if (cases[i].addr)
			put_addr(forward, cases[i].addr);
		forward->lookup = lookup(cases[i].end, cases[i].rcode);
		test_answer(&t, 0, &msg);
		assert_found(&t, CHECK_FORWARD, AF_INET6, cases[i].outcome,
			     cases[i].evidence);
		test_end(&t);
	}
}

/* What it says of the source's PTR. */
struct reverse_row {
	const char *source;
	enum lookup_end end;
	uint8_t rcode;
	const char *names;
	enum outcome outcome;
	const char *evidence;
};

static const struct reverse_row reverses[] = {
	{ OWN4, LOOKUP_FOUND, 0, "Mail.Example.COM", OUTCOME_MATCH,
	  "Mail.Example.COM, TTL 300" },
	{ OWN4, LOOKUP_FOUND, 0, "a.test " NAME, OUTCOME_MATCH,
	  "a.test and " NAME ", TTL 300" },
	{ OWN4, LOOKUP_FOUND, 0, "node1.example.com", OUTCOME_MISMATCH,
	  "node1.example.com, TTL 300" },
	{ OWN4, LOOKUP_FOUND, 0, "", OUTCOME_NODATA, "found" },
	{ OWN4, LOOKUP_NODATA, 0, "", OUTCOME_NODATA, "no such record" },
	{ OWN4, LOOKUP_NXDOMAIN, 3, "", OUTCOME_NXDOMAIN, "no such name" },
	{ OWN4, LOOKUP_FAILED, 2, "", OUTCOME_SERVFAIL,
	  "the nameserver failed (rcode 2)" },
	{ OWN4, LOOKUP_SILENT, LOOKUP_NO_RCODE, "", OUTCOME_TIMEOUT,
	  "no nameserver answers" },
	/* Of an address that the world does not see, or is not ours. */
	{ "10.0.0.25", LOOKUP_FOUND, 0, NAME, OUTCOME_INSIDE,
	  "of 10.0.0.25: " NAME ", TTL 300" },
	{ "10.0.0.25", LOOKUP_NXDOMAIN, 3, "", OUTCOME_INSIDE,
	  "of 10.0.0.25: no such name" },
	{ "203.0.113.7", LOOKUP_FOUND, 0, "nat.test", OUTCOME_NOT_ASKED,
	  "of 203.0.113.7: nat.test, TTL 300" },
	{ "203.0.113.7", LOOKUP_FAILED, 2, "", OUTCOME_SERVFAIL,
	  "of 203.0.113.7: the nameserver failed (rcode 2)" },
};

static void put_names(const char *text, struct witness_reverse *ret)
{
	struct span rest = span_of(text), word;

	ret->name_count = 0;
	while (span_word(&rest, " ", &word))
		(void)snprintf(ret->names[ret->name_count++],
			       sizeof(ret->names[0]), "%.*s", SPAN_ARG(word));
}

static void what_it_says_of_the_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reverses); i++) {
		const struct reverse_row *row = &reverses[i];
		struct witness_msg msg;
		struct test t;

		test_begin(&t, NATTED, BOTH, "198.51.100.7");
		healthy(&msg);
		msg.result.source.addr = addr_of(row->source);
		msg.result.reverse.lookup = lookup(row->end, row->rcode);
		put_names(row->names, &msg.result.reverse);
		test_answer(&t, 0, &msg);
		assert_found(&t, CHECK_REVERSE, AF_INET, row->outcome,
			     row->evidence);
		test_end(&t);
	}
}

static void which_source_it_saw(void **state)
{
	static const struct {
		const char *source;
		bool here;
		enum outcome outcome;
		bool local;
	} cases[] = {
		{ OWN4, false, OUTCOME_MATCH, false },
		{ OWN4, true, OUTCOME_MATCH, false },
		{ "10.0.0.25", true, OUTCOME_INSIDE, false },
		{ "203.0.113.7", false, OUTCOME_MISMATCH, false },
		{ "203.0.113.7", true, OUTCOME_MISMATCH, true },
		{ OWN6, false, OUTCOME_MATCH, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct asker_answer answer;
		struct witness_msg msg;
		struct test t;

		test_begin(&t, NATTED, BOTH, "198.51.100.7");
		healthy(&msg);
		msg.result.source.addr = addr_of(cases[i].source);
		answer = answer_of(&msg);
		answer.seen_here = cases[i].here;
		asker_answer(t.asker, t.errands[0].id, &answer);
		assert_found(&t, CHECK_SOURCE, AF_INET, cases[i].outcome,
			     cases[i].source);
		assert_int_equal(find(&t, CHECK_SOURCE, AF_INET)->local,
				 cases[i].local);
		assert_int_equal(find(&t, CHECK_SOURCE, AF_INET)->latency_ms,
				 12);
		test_end(&t);
	}
}

/* As many and as long as a frame can bring them. */
static void what_is_too_long_is_cut(void **state)
{
	struct witness_forward *forward;
	const char *evidence;
	struct witness_msg msg;
	struct test t;

	(void)state;
	test_begin(&t, BOTH, "", "198.51.100.7");
	healthy(&msg);
	forward = &msg.result.forward[WITNESS_IPV6];
	forward->addr_count = 0;
	for (int i = 0; i < WITNESS_ADDRS_MAX; i++)
		put_addr(forward, "2001:db8:1111:2222:3333:4444:5555:6666");
	msg.result.reverse.name_count = WITNESS_NAMES_MAX;
	for (int i = 0; i < WITNESS_NAMES_MAX; i++)
		memset(msg.result.reverse.names[i], 'x', NAME_MAX_LEN);
	test_answer(&t, 0, &msg);
	evidence = find(&t, CHECK_FORWARD, AF_INET6)->evidence;
	assert_int_equal(strlen(evidence), EVIDENCE_MAX - 1);
	assert_string_equal(evidence + EVIDENCE_MAX - 4, "...");
	evidence = find(&t, CHECK_REVERSE, AF_INET)->evidence;
	assert_int_equal(strlen(evidence), EVIDENCE_MAX - 1);
	assert_string_equal(evidence + EVIDENCE_MAX - 4, "...");
	test_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says_of_the_name),
		cmocka_unit_test(the_ttl_is_of_what_was_judged),
		cmocka_unit_test(a_family_that_we_lack),
		cmocka_unit_test(what_it_says_of_the_source),
		cmocka_unit_test(which_source_it_saw),
		cmocka_unit_test(what_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
