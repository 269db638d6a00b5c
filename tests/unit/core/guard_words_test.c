/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard_words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_every_word_reads_back(void **unused)
{
	(void)unused;
	for (enum ownership i = OWN_NONE, r; i <= OWN_LOST; i++) {
		assert_int_equal(ownership_parse(span_of(ownership_text(i)),
						 &r), 0);
		assert_int_equal(r, i);
	}
	for (enum quorum_state i = QUORUM_STATE_UNKNOWN, r;
	     i <= QUORUM_STATE_UNUSED; i++) {
		assert_int_equal(quorum_state_parse(
			span_of(quorum_state_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
	for (enum preflight_check i = PREFLIGHT_NAMESERVER, r;
	     i < PREFLIGHT_CHECKS; i++) {
		assert_int_equal(preflight_check_parse(
			span_of(preflight_check_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
}

static void test_other_words_are_refused(void **unused)
{
	enum ownership own = OWN_LOST;
	enum quorum_state quorum = QUORUM_STATE_NO;
	enum preflight_check check = PREFLIGHT_CLOCK;

	(void)unused;
	assert_int_equal(ownership_parse(span_of("Owner"), &own), -EINVAL);
	assert_int_equal(ownership_parse(span_of(""), &own), -EINVAL);
	assert_int_equal(quorum_state_parse(span_of("yesno"), &quorum),
			 -EINVAL);
	assert_int_equal(preflight_check_parse(span_of("cloc"), &check),
			 -EINVAL);
	assert_int_equal(own, OWN_LOST);
	assert_int_equal(quorum, QUORUM_STATE_NO);
	assert_int_equal(check, PREFLIGHT_CLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_reads_back),
		cmocka_unit_test(test_other_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
