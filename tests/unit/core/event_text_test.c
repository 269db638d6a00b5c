/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CATALOG is the file of the journal's message catalogue. */
#include "core/event/event_text.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/file.h"
#include "event_world.h"

static struct event_report report_full(void)
{
	struct event_report report = {
		.event = {
			.number = EVENT_NO_WAY_BACK,
			.class = "FCRDNS_FAIL",
			.family = AF_INET,
			.index = 2,
			.code = CODE_DENIED,
			.bind = CODE_NO_DATA,
			.reply = 450,
			.name = "mail.example.com",
			.remote = "mx.example.net",
			.protocol = "smtp:mail.example.com[25]",
			.evidence = "450 4.7.25 cannot find your hostname",
		},
		.since_s = NOW_S,
	};

	return report;
}

static void expect(const struct event_report *report, const char *wanted)
{
	BUF_CLEAN line;

	buf_init(&line);
	event_report_print(report, &line);
	assert_string_equal(line.data, wanted);
}

static void test_a_line_has_the_old_fields_in_order(void **unused)
{
	struct event_report report = report_full();

	(void)unused;
	expect(&report, "event 9322: mx.example.net does not find its way "
	       "back to mail.example.com over IPv4, FCRDNS_FAIL; index 2, "
	       "code 5 (access denied), comms 0, bind 11004, remote "
	       "mx.example.net, protocol smtp:mail.example.com[25]: 450 4.7.25 "
	       "cannot find your hostname");
}

static void test_what_lasts_says_since_when(void **unused)
{
	struct event_report report = report_full();

	(void)unused;
	report.news = EVENT_LASTS;
	report.left_out = 11;
	report.event.evidence[0] = '\0';
	expect(&report, "event 9322 lasts, since 2026-09-21T14:13:20Z, 11 "
	       "times not told: mx.example.net does not find its way back to "
	       "mail.example.com over IPv4, FCRDNS_FAIL; index 2, code 5 "
	       "(access denied), comms 0, bind 11004, remote mx.example.net, "
	       "protocol smtp:mail.example.com[25]");
}

static void test_each_number_and_news_has_its_words(void **unused)
{
	static const struct {
		enum event_number number;
		enum event_news news;
		const char *wanted;
	} cases[] = {
		{ EVENT_UNREACHED, EVENT_NEW, "event 9318: mx.example.net "
		  "cannot be reached over IPv4, " },
		{ EVENT_UNREACHED, EVENT_OVER, ": mx.example.net can be "
		  "reached again over IPv4, FCRDNS_FAIL" },
		{ EVENT_UNUSABLE, EVENT_NEW, "event 9321: mail.example.com "
		  "cannot be used over IPv4, " },
		{ EVENT_UNUSABLE, EVENT_OVER, ": mail.example.com can be used "
		  "again over IPv4, FCRDNS_FAIL" },
		{ EVENT_NO_WAY_BACK, EVENT_OVER, "event 9322 is over, since "
		  "2026-09-21T14:13:20Z: mx.example.net finds its way back to "
		  "mail.example.com again over IPv4, FCRDNS_FAIL" },
	};
	struct event_report report = report_full();

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BUF_CLEAN line;

		buf_init(&line);
		report.event.number = cases[i].number;
		report.news = cases[i].news;
		event_report_print(&report, &line);
		if (!strstr(line.data, cases[i].wanted))
			fail_msg("%s", line.data);
	}
}

static void test_words_are_read_back(void **unused)
{
	static const char *const classes[] = {
		"NAME_UNRESOLVED", "NO_ANSWER", "SOURCE_NAT", "TOO_MANY",
		"ADDRESS_MISSING", "ADDRESS_DUPLICATE", "LISTENER",
	};
	enum event_number number;

	(void)unused;
	assert_int_equal(event_number_parse(span_of("9321"), &number), 0);
	assert_int_equal(number, EVENT_UNUSABLE);
	assert_int_equal(event_number_parse(span_of("9320"), &number),
			 -EINVAL);
	assert_int_equal(event_number_parse(span_of("932"), &number), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		assert_string_equal(event_class_find(span_of(classes[i])),
				    classes[i]);
	assert_null(event_class_find(span_of("PTR")));
	assert_null(event_class_find(span_of("")));
}

static void test_each_id_is_in_the_catalogue(void **unused)
{
	const char *path = getenv("CATALOG");
	BUF_CLEAN catalogue = { 0 };
	BUF_CLEAN entry = { 0 };
	size_t entries = 0;

	(void)unused;
	assert_non_null(path);
	assert_int_equal(file_read(path, 65536, &catalogue, NULL), 0);
	for (const char *p = catalogue.data; (p = strstr(p, "\n-- ")); p++)
		entries++;
	assert_int_equal(entries, EVENT_COUNT + 1);
	for (size_t i = 0; i <= EVENT_COUNT; i++) {
		struct event_report report = {
			.news = i == EVENT_COUNT ? EVENT_OVER : EVENT_LASTS,
			.event.number = event_numbers[i % EVENT_COUNT],
		};

		entry.len = 0;
		buf_printf(&entry, "\n-- %s\nSubject: Event ",
			   event_message_id(&report));
		if (i < EVENT_COUNT)
			buf_printf(&entry, "%d: ", (int)report.event.number);
		if (!strstr(catalogue.data, entry.data))
			fail_msg("%s: nothing like this:%s", path, entry.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_has_the_old_fields_in_order),
		cmocka_unit_test(test_what_lasts_says_since_when),
		cmocka_unit_test(test_each_number_and_news_has_its_words),
		cmocka_unit_test(test_words_are_read_back),
		cmocka_unit_test(test_each_id_is_in_the_catalogue),
	};

	return cmocka_run_group_tests_name("event_text", tests, NULL, NULL);
}
