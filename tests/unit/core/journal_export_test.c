/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/journal_export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As journalctl 252 writes it; the second message is not UTF-8. */
static const char text[] =
	"__CURSOR=s=23e4;i=8c4\n"
	"__REALTIME_TIMESTAMP=1795409308559658\n"
	"_BOOT_ID=3da9\n"
	"SYSLOG_IDENTIFIER=postfix/smtp\n"
	"MESSAGE=A3: to=<a@b>, relay=x number 3\n"
	"\n"
	"__CURSOR=s=23e4;i=8c8\n"
	"MESSAGE\n"
	"\x0e\0\0\0\0\0\0\0A6: caf\xe9\n\nbell\n"
	"SYSLOG_IDENTIFIER=postfix/qmgr\n"
	"\n";

static void test_entries(void **unused)
{
	struct span rest = { text, sizeof(text) - 1 };
	struct journal_entry entry;

	(void)unused;
	assert_true(journal_export_next(&rest, &entry));
	assert_true(span_equals(entry.cursor, "s=23e4;i=8c4"));
	assert_true(span_equals(entry.line.ident, "postfix/smtp"));
	assert_true(span_equals(entry.line.message,
				"A3: to=<a@b>, relay=x number 3"));
	assert_int_equal(entry.line.time_s, 1795409308);
	assert_int_equal(entry.line.host.len, 0);
	assert_true(journal_export_next(&rest, &entry));
	assert_true(span_equals(entry.cursor, "s=23e4;i=8c8"));
	assert_true(span_equals(entry.line.message, "A6: caf\xe9\n\nbell"));
	assert_true(span_equals(entry.line.ident, "postfix/qmgr"));
	assert_int_equal(entry.line.time_s, 0);
	assert_false(journal_export_next(&rest, &entry));
	assert_int_equal(rest.len, 0);
}

/* Cut anywhere, there are as many entries as are whole. */
static void test_cut(void **unused)
{
	size_t first = (size_t)(strstr(text, "\n\n") - text) + 2;

	(void)unused;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *copy = malloc(len + 1);
		struct span rest = { copy, len };
		struct journal_entry entry;
		unsigned int count = 0;

		assert_non_null(copy);
		memcpy(copy, text, len);
		while (journal_export_next(&rest, &entry))
			count++;
		assert_int_equal(count, len >= first);
		free(copy);
	}
}

static void test_long_value(void **unused)
{
	char entry_text[8 + 8 + 259 + 2] = "MESSAGE\n\x03\1";
	struct span rest = { entry_text, sizeof(entry_text) };
	struct journal_entry entry;

	(void)unused;
	memset(entry_text + 16, 'x', 259);
	memcpy(entry_text + 16 + 259, "\n\n", 2);
	assert_true(journal_export_next(&rest, &entry));
	assert_int_equal(entry.line.message.len, 259);
}

static void test_bad_length(void **unused)
{
	static const char bad[] = "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff"
		"a\n\n";
	static const char longer[] = "MESSAGE\n\3\0\0\0\0\0\0\0a\n\n";
	struct span rest = { bad, sizeof(bad) - 1 };
	struct journal_entry entry;

	(void)unused;
	assert_false(journal_export_next(&rest, &entry));
	rest = (struct span){ longer, sizeof(longer) - 1 };
	assert_false(journal_export_next(&rest, &entry));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_bad_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
