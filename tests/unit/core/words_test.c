/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_every_word_reads_back(void **unused)
{
	(void)unused;
	for (enum verdict_status i = VERDICT_VERIFIED, r;
	     i <= VERDICT_UNKNOWN; i++) {
		assert_int_equal(verdict_status_parse(
			span_of(verdict_status_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
	for (enum blame i = BLAME_NONE, r; i <= BLAME_PATH; i++) {
		assert_int_equal(blame_parse(span_of(blame_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
	for (enum reason_class i = REASON_NAME_UNRESOLVED, r;
	     i <= REASON_NO_ANSWER; i++) {
		assert_int_equal(reason_class_parse(
			span_of(reason_class_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
	for (enum vantage_kind i = VANTAGE_NSS, r; i <= VANTAGE_SELF; i++) {
		assert_int_equal(vantage_kind_parse(
			span_of(vantage_kind_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
	for (enum check i = CHECK_FORWARD, r; i <= CHECK_TLSA; i++) {
		assert_int_equal(check_parse(span_of(check_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
	for (enum outcome i = OUTCOME_MATCH, r; i <= OUTCOME_NOT_ASKED; i++) {
		assert_int_equal(outcome_parse(span_of(outcome_text(i)), &r),
				 0);
		assert_int_equal(r, i);
	}
}

static void test_every_reply_class_reads_back(void **unused)
{
	(void)unused;
	for (enum reply_class i = REPLY_NONE, r; i <= REPLY_INCONCLUSIVE; i++) {
		assert_int_equal(reply_class_parse(
			span_of(reply_class_text(i)), &r), 0);
		assert_int_equal(r, i);
	}
}

static void test_other_words_are_refused(void **unused)
{
	enum outcome outcome = OUTCOME_LAME;
	enum blame blame = BLAME_PATH;

	(void)unused;
	assert_int_equal(outcome_parse(span_of("matc"), &outcome), -EINVAL);
	assert_int_equal(outcome_parse(span_of(""), &outcome), -EINVAL);
	assert_int_equal(outcome, OUTCOME_LAME);
	assert_int_equal(blame_parse(span_of("Ours"), &blame), -EINVAL);
	assert_int_equal(blame, BLAME_PATH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_reads_back),
		cmocka_unit_test(test_every_reply_class_reads_back),
		cmocka_unit_test(test_other_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
