/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/presented_dialogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static void test_what_follows_from_a_dialogue(void **state)
{
	static const struct {
		struct dialogue_result result;
		enum presented_what what;
		enum outcome outcome;	/* of UNKNOWN */
		const char *detail;
	} rows[] = {
		{ { DIALOGUE_ANSWERED, DIALOGUE_EHLO, 250, REPLY_ACCEPTED,
		    .said = "mx.test" },
		  PRESENTED_NONE, 0, "" },
		{ { DIALOGUE_ANSWERED, DIALOGUE_STARTTLS, 454,
		    REPLY_INCONCLUSIVE, .said = "4.7.0 no TLS" },
		  PRESENTED_BROKEN, 0, "454 4.7.0 no TLS" },
		{ { DIALOGUE_ANSWERED, DIALOGUE_GREETING, 554, REPLY_POLICY,
		    .said = "not you" },
		  PRESENTED_UNKNOWN, OUTCOME_INCONCLUSIVE, "554 not you" },
		{ { DIALOGUE_ANSWERED, DIALOGUE_EHLO, 421, REPLY_TOO_MANY,
		    .said = "later" },
		  PRESENTED_UNKNOWN, OUTCOME_INCONCLUSIVE, "421 later" },
		{ { DIALOGUE_REFUSED, DIALOGUE_CONNECT, 0, REPLY_NONE,
		    .said = "" },
		  PRESENTED_UNKNOWN, OUTCOME_UNREACHABLE,
		  "connection refused" },
		{ { DIALOGUE_UNREACHABLE, DIALOGUE_CONNECT, 0, REPLY_NONE,
		    .said = "No route to host" },
		  PRESENTED_UNKNOWN, OUTCOME_UNREACHABLE,
		  ": No route to host" },
		{ { DIALOGUE_TIMEOUT, DIALOGUE_EHLO, 220, REPLY_ACCEPTED,
		    .said = "" },
		  PRESENTED_UNKNOWN, OUTCOME_TIMEOUT, "" },
		{ { DIALOGUE_CLOSED, DIALOGUE_STARTTLS, 250, REPLY_ACCEPTED,
		    .said = "" },
		  PRESENTED_UNKNOWN, OUTCOME_INCONCLUSIVE, "closed" },
		{ { DIALOGUE_MALFORMED, DIALOGUE_STARTTLS, 220,
		    REPLY_ACCEPTED, .said = "" },
		  PRESENTED_UNKNOWN, OUTCOME_MALFORMED, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct presented presented = { 0 };

		assert_false(presented_by_dialogue(&presented,
						   &rows[i].result));
		if (presented.what != rows[i].what ||
		    !strstr(presented.detail, rows[i].detail) ||
		    (rows[i].what == PRESENTED_UNKNOWN &&
		     presented.outcome != rows[i].outcome))
			fail_msg("row %zu: %d %d \"%s\"", i, presented.what,
				 presented.outcome, presented.detail);
	}
}

static void test_handshake_is_next(void **state)
{
	const struct dialogue_result result = {
		DIALOGUE_ANSWERED, DIALOGUE_STARTTLS, 220, REPLY_ACCEPTED,
		.latency_ms = 7,
	};
	struct presented presented = { 0 };

	(void)state;
	assert_true(presented_by_dialogue(&presented, &result));
	assert_int_equal(presented.latency_ms, 7);
}

static void test_long_replies_are_cut(void **state)
{
	struct dialogue_result result = {
		DIALOGUE_ANSWERED, DIALOGUE_STARTTLS, 454, REPLY_INCONCLUSIVE,
		.said = "",
	};
	struct presented presented = { 0 };

	(void)state;
	memset(result.said, 's', sizeof(result.said) - 1);
	assert_false(presented_by_dialogue(&presented, &result));
	assert_int_equal(strlen(presented.detail), PRESENTED_DETAIL_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_follows_from_a_dialogue),
		cmocka_unit_test(test_handshake_is_next),
		cmocka_unit_test(test_long_replies_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
