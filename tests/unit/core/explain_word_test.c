/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain_word.h"

#include <errno.h>

#include "base/array.h"
#include "core/event/event_text.h"
#include "core/explain/other_word.h"
#include "event_world.h"

#define LONG_WORD "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void has(const struct buf *text, const char *wanted)
{
	if (!strstr(text->data, wanted))
		fail_msg("\"%s\" is not in:\n%s", wanted, text->data);
}

static void has_not(const struct buf *text, const char *unwanted)
{
	if (strstr(text->data, unwanted))
		fail_msg("\"%s\" is in:\n%s", unwanted, text->data);
}

static void about(const char *word, const struct verdict *verdict,
		  struct buf *out)
{
	buf_init(out);
	assert_int_equal(explain_word(span_of(word), verdict, out), 0);
}

/* Judged: the name has no PTR, says its zone's server, and so does a remote. */
static struct verdict verdict_failed(void)
{
	struct verdict verdict = world_verdict(NOW_S);
	struct observation obs[] = {
		world_remote("ns1.example.com", CHECK_REVERSE,
			     OUTCOME_NXDOMAIN),
		world_refusal("mx.example.net", REPLY_PTR_MISSING),
		world_remote("mx2.example.net", CHECK_HELO,
			     OUTCOME_INCONCLUSIVE),
	};

	obs[0].vantage.kind = VANTAGE_AUTHORITY;
	obs[0].vantage.index = 0;
	obs[2].class = REPLY_TOO_MANY;
	obs[2].code = 421;
	for (size_t i = 0; i < ARRAY_SIZE(obs); i++)
		verdict_add(&verdict, &obs[i]);
	verdict_judge(&verdict);
	return verdict;
}

static void test_every_class_has_meaning_evidence_and_cure(void **unused)
{
	(void)unused;
	for (enum reason_class i = REASON_NAME_UNRESOLVED;
	     i <= REASON_NO_ANSWER; i++) {
		BUF_CLEAN out = { 0 };
		const char *seen, *cure;

		about(reason_class_text(i), NULL, &out);
		assert_ptr_equal(strstr(out.data, reason_class_text(i)),
				 out.data);
		has(&out, "\n  An example, for mail.example.com at "
		    "192.0.2.25:\n");
		seen = strstr(out.data, "\n  Seen:\n    ");
		cure = strstr(out.data, "\n  To do:\n    ");
		if (!seen || !cure || cure < seen)
			fail_msg("%s", out.data);
	}
}

static void test_other_words_too(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < OTHER_WORDS; i++) {
		BUF_CLEAN out = { 0 };

		about(other_words[i].word, NULL, &out);
		has(&out, "\n  How it is seen:\n    ");
		has(&out, "\n  To do:\n    ");
	}
}

/* What an event can have as its class can be asked for. */
static void test_every_class_of_an_event_is_known(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		struct span rest, word;
		BUF_CLEAN out = { 0 };
		BUF_CLEAN number = { 0 };
		BUF_CLEAN more = { 0 };
		unsigned int count = 0;

		buf_printf(&number, "%d", (int)event_numbers[i]);
		about(number.data, NULL, &out);
		has(&out, "\n  To do:\n    ");
		rest = span_of(strstr(out.data, "explain CLASS: ") +
			       strlen("explain CLASS: "));
		buf_init(&more);
		while (span_word(&rest, ", \n", &word)) {
			assert_int_equal(explain_word(word, NULL, &more), 0);
			assert_non_null(event_class_find(word));
			count++;
		}
		assert_true(count >= 2);
	}
}

static void test_a_verdict_gives_its_own_evidence(void **unused)
{
	struct verdict verdict = verdict_failed();
	BUF_CLEAN out = { 0 };

	(void)unused;
	about("PTR_MISSING", &verdict, &out);
	has(&out, "\n  The last verdict about mail.example.com at "
	    "192.0.2.25, 2001:db8::25\n  (2026-09-21T14:13:20Z, in 0 ms) has "
	    "it:\n\n  - failed, ours: there is no PTR of 192.0.2.25 at "
	    "ns1.example.com");
	has(&out, "    mx.example.net (198.51.100.1), helo IPv4: mismatch: "
	    "450 go away\n");
	has(&out, "      25.2.0.192.in-addr.arpa. 3600 IN PTR "
	    "mail.example.com.\n");
	has_not(&out, "An example");
	verdict_done(&verdict);
}

/* Two reasons of the same class and family: what to do is said once. */
static void test_the_same_cure_is_told_once(void **unused)
{
	struct verdict verdict = verdict_failed();
	BUF_CLEAN out = { 0 };
	const char *first;

	(void)unused;
	about("PTR_MISSING", &verdict, &out);
	first = strstr(out.data, "  To do:");
	assert_non_null(first);
	assert_null(strstr(first + 1, "  To do:"));
	first = strstr(out.data, "\n  - ");
	assert_non_null(strstr(first + 1, "\n  - "));
	verdict_done(&verdict);
}

static void test_a_verdict_without_it_leaves_the_example(void **unused)
{
	struct verdict verdict = verdict_failed();
	BUF_CLEAN out = { 0 };

	(void)unused;
	about("SOURCE_LEAK", &verdict, &out);
	has(&out, " does not have it.\n\n  An example");
	verdict_done(&verdict);
}

static void test_an_event_of_the_verdict(void **unused)
{
	struct verdict verdict = verdict_failed();
	BUF_CLEAN out = { 0 };
	BUF_CLEAN none = { 0 };

	(void)unused;
	about("9322", &verdict, &out);
	has(&out, " leads to:\n    event 9322: mx.example.net does not");
	has(&out, "\n  PTR_MISSING, IPv4\n\n  To do:\n");
	has(&out, "      192.0.2.25 mail.example.com\n");
	has_not(&out, "    event 9318");
	about("9321", &verdict, &none);
	has(&none, " does not lead to it.\n");
	verdict_done(&verdict);
}

static void test_a_reply_of_the_verdict(void **unused)
{
	struct verdict verdict = verdict_failed();
	BUF_CLEAN out = { 0 };
	BUF_CLEAN none = { 0 };
	BUF_CLEAN event = { 0 };

	(void)unused;
	about("TOO_MANY", &verdict, &out);
	has(&out, " has it:\n    mx2.example.net (198.51.100.1), helo IPv4");
	about("GREYLISTED", &verdict, &none);
	has(&none, " does not have it.\n");
	about("9318", &verdict, &event);
	has(&event, "\n  TOO_MANY, IPv4\n\n  To do:\n    It is asked less");
	verdict_done(&verdict);
}

static void test_words_that_are_not_known(void **unused)
{
	static const char *const words[] = {
		"", "PTR", "932", "93221", "9320", "PTR_MISSING ",
		LONG_WORD LONG_WORD,
	};
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_int_equal(explain_word(span_of(words[i]), NULL, &out),
				 -EINVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(explain_word(span_of("ptr_Missing"), NULL, &out), 0);
}

static void test_the_list_is_of_words_that_are_known(void **unused)
{
	struct span rest, word;
	unsigned int count = 0;
	BUF_CLEAN list;
	BUF_CLEAN out;

	(void)unused;
	buf_init(&list);
	buf_init(&out);
	explain_words(", ", &list);
	rest = (struct span){ list.data, list.len };
	while (span_word(&rest, ", ", &word)) {
		assert_int_equal(explain_word(word, NULL, &out), 0);
		count++;
	}
	assert_int_equal(count, EVENT_COUNT + REASON_NO_ANSWER + 1 +
				OTHER_WORDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_class_has_meaning_evidence_and_cure),
		cmocka_unit_test(test_other_words_too),
		cmocka_unit_test(test_every_class_of_an_event_is_known),
		cmocka_unit_test(test_a_verdict_gives_its_own_evidence),
		cmocka_unit_test(test_the_same_cure_is_told_once),
		cmocka_unit_test(test_a_verdict_without_it_leaves_the_example),
		cmocka_unit_test(test_an_event_of_the_verdict),
		cmocka_unit_test(test_a_reply_of_the_verdict),
		cmocka_unit_test(test_words_that_are_not_known),
		cmocka_unit_test(test_the_list_is_of_words_that_are_known),
	};

	return cmocka_run_group_tests_name("explain_word", tests, NULL, NULL);
}
