/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define BYTES(s) { (s), sizeof(s) - 1 }

/* Read on until the reply is whole or malformed; `ret_left` stays unread. */
static enum reply_progress read_all(struct smtp_reply *reply,
				    struct span bytes, size_t *ret_left)
{
	enum reply_progress progress = REPLY_MORE;
	struct span line;

	while (bytes.len && progress != REPLY_WHOLE &&
	       progress != REPLY_MALFORMED)
		progress = reply_read(reply, &bytes, &line);
	*ret_left = bytes.len;
	return progress;
}

static const struct good {
	struct span bytes;
	unsigned int code, lines;
	const char *text;
} goods[] = {
	{ BYTES("220 mx.remote.test ESMTP\r\n"), 220, 1,
	  "mx.remote.test ESMTP" },
	{ BYTES("250-mx.remote.test\r\n250-SIZE 1000\r\n250 DSN\r\n"), 250, 3,
	  "mx.remote.test SIZE 1000 DSN" },
	{ BYTES("250\r\n"), 250, 1, "" },
	{ BYTES("250 \r\n"), 250, 1, "" },
	{ BYTES("250-\r\n250 x\r\n"), 250, 2, "x" },
	{ BYTES("250-a\r\n250\r\n"), 250, 2, "a" },
	{ BYTES("599 a\n"), 599, 1, "a" },
	{ BYTES("200-a\n200 b\r\n"), 200, 2, "a b" },
	{ BYTES("550-5.7.1 You are\r\n550 5.7.1 not welcome\r\n"), 550, 2,
	  "5.7.1 You are not welcome" },
	{ BYTES("550-5.7.1 You are\r\n550 5.7.10 not welcome\r\n"), 550, 2,
	  "5.7.1 You are 5.7.10 not welcome" },
	{ BYTES("550-5.7.10 You are\r\n550 5.7.1 not welcome\r\n"), 550, 2,
	  "5.7.10 You are 5.7.1 not welcome" },
	{ BYTES("550-5.7.1\r\n550 5.7.1 x\r\n"), 550, 2, "5.7.1 x" },
	{ BYTES("550-10.0.0.1 a\r\n550 10.0.0.1 b\r\n"), 550, 2,
	  "10.0.0.1 a 10.0.0.1 b" },
	{ BYTES("550 \x80\xff\0\x1b[2J \xc3\xa4\r\n"), 550, 1,
	  "\\x80\\xff\\x00\\x1b[2J \xc3\xa4" },
	{ BYTES("550 a\rb\r\r\n"), 550, 1, "a\\x0db\\x0d" },
};

static void test_replies_are_read_at_any_split(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(goods); i++)
		for (size_t cut = 0; cut < goods[i].bytes.len; cut++) {
			struct span head = { goods[i].bytes.p, cut };
			struct span tail = { goods[i].bytes.p + cut,
					     goods[i].bytes.len - cut };
			struct smtp_reply reply = { 0 };
			size_t left;

			assert_int_not_equal(read_all(&reply, head, &left),
					     REPLY_WHOLE);
			assert_int_equal(read_all(&reply, tail, &left),
					 REPLY_WHOLE);
			assert_int_equal(left, 0);
			assert_int_equal(reply.code, goods[i].code);
			assert_int_equal(reply.lines, goods[i].lines);
			assert_string_equal(reply.text, goods[i].text);
		}
}

static const struct span bads[] = {
	BYTES("SSH-2.0-OpenSSH_9.2p1\r\n"), BYTES("220+x\r\n"), BYTES("\r\n"),
	BYTES("\n"), BYTES("22\r\n"), BYTES("2a0 x\r\n"), BYTES("22a x\r\n"),
	BYTES("100 x\r\n"), BYTES("600 x\r\n"), BYTES(" 250 x\r\n"),
	BYTES("250x\r\n"), BYTES("2500\r\n"), BYTES("250\0x\r\n"),
	BYTES("250-a\r\n550 b\r\n"), BYTES("250-a\r\n251 b\r\n"),
	BYTES("250-a\r\nb\r\n"), BYTES("\x16\x03\x01\x02\n"),
	BYTES("HTTP/1.1 400 Bad Request\r\n"),
};

static void test_what_is_no_reply(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		struct smtp_reply reply = { 0 };
		size_t left;

		assert_int_equal(read_all(&reply, bads[i], &left),
				 REPLY_MALFORMED);
	}
}

static void test_the_line_at_fault_is_kept(void **unused)
{
	struct smtp_reply reply = { 0 };
	size_t left;

	(void)unused;
	assert_int_equal(read_all(&reply, span_of("250-a\r\n\x01 b\r\n"),
				  &left), REPLY_MALFORMED);
	assert_string_equal(reply.text, "a \\x01 b");
}

/* A line of `len` octets with its end. */
static enum reply_progress read_line_of(size_t len, struct smtp_reply *reply,
					size_t *ret_left)
{
	char bytes[2 * REPLY_LINE_MAX];

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "220 ", 4);
	bytes[len - 2] = '\r';
	bytes[len - 1] = '\n';
	return read_all(reply, (struct span){ bytes, len }, ret_left);
}

static void test_lines_are_bounded(void **unused)
{
	struct smtp_reply reply = { 0 };
	size_t left;

	(void)unused;
	assert_int_equal(read_line_of(REPLY_LINE_MAX, &reply, &left),
			 REPLY_WHOLE);
	assert_int_equal(strlen(reply.text), REPLY_LINE_MAX - 6);
	reply_reset(&reply);
	assert_int_equal(read_line_of(REPLY_LINE_MAX + 1, &reply, &left),
			 REPLY_MALFORMED);
	assert_int_equal(left, 1);
}

static void test_a_line_without_end_is_bounded_at_any_split(void **unused)
{
	(void)unused;
	for (size_t step = 1; step < 2 * REPLY_LINE_MAX; step += 111) {
		enum reply_progress progress = REPLY_MORE;
		struct smtp_reply reply = { 0 };
		size_t given = 0;
		char bytes[2 * REPLY_LINE_MAX];

		memset(bytes, '2', sizeof(bytes));
		while (progress == REPLY_MORE) {
			struct span rest = { bytes, step }, line;

			progress = reply_read(&reply, &rest, &line);
			given += step - rest.len;
		}
		assert_int_equal(progress, REPLY_MALFORMED);
		assert_int_equal(given, REPLY_LINE_MAX);
	}
}

static void test_lines_are_counted(void **unused)
{
	struct smtp_reply reply = { 0 };
	size_t left;

	(void)unused;
	for (unsigned int i = 0; i < REPLY_LINES_MAX; i++) {
		assert_int_equal(read_all(&reply, span_of("220-yes\n"), &left),
				 REPLY_LINE);
		assert_int_equal(reply.lines, i + 1);
	}
	assert_int_equal(read_all(&reply, span_of("220 yes\n"), &left),
			 REPLY_MALFORMED);
}

static void test_long_texts_are_cut(void **unused)
{
	struct smtp_reply reply = { 0 };
	size_t left;

	(void)unused;
	for (int i = 0; i < 5; i++) {
		char bytes[900] = "220-";

		memset(bytes + 4, 0xff, sizeof(bytes) - 5);
		bytes[sizeof(bytes) - 1] = '\n';
		assert_int_equal(read_all(&reply,
					  (struct span){ bytes, sizeof(bytes) },
					  &left), REPLY_LINE);
		assert_true(strlen(reply.text) < REPLY_TEXT_MAX);
	}
	assert_non_null(strstr(reply.text, "\\xff\\xff..."));
	assert_true(strlen(reply.text) > REPLY_TEXT_MAX - 10);
}

static void test_a_reset_one_is_as_new(void **unused)
{
	struct smtp_reply reply = { 0 };
	size_t left;

	(void)unused;
	(void)read_all(&reply, span_of("250-5.7.1 a\r\n250-half"), &left);
	reply_reset(&reply);
	assert_int_equal(read_all(&reply, span_of("550 5.7.1 b\r\n"), &left),
			 REPLY_WHOLE);
	assert_int_equal(reply.code, 550);
	assert_string_equal(reply.text, "5.7.1 b");
}

static void test_only_the_first_reply_is_taken(void **unused)
{
	struct smtp_reply reply = { 0 };
	size_t left;

	(void)unused;
	assert_int_equal(read_all(&reply, span_of("220 a\r\n250 b\r\n"),
				  &left), REPLY_WHOLE);
	assert_int_equal(left, strlen("250 b\r\n"));
}

static void test_shortened_texts(void **unused)
{
	static const struct {
		const char *text;
		size_t size;
		const char *want;
	} cases[] = {
		{ "abcdef", 7, "abcdef" }, { "abcdef", 6, "ab..." },
		{ "abcdef", 4, "..." }, { "", 4, "" },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4", 7, "\xc3\xa4\xc3\xa4\xc3\xa4" },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4", 6, "\xc3\xa4..." },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4", 5, "..." },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char ret[8];

		reply_shorten(cases[i].text, ret, cases[i].size);
		assert_string_equal(ret, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies_are_read_at_any_split),
		cmocka_unit_test(test_what_is_no_reply),
		cmocka_unit_test(test_the_line_at_fault_is_kept),
		cmocka_unit_test(test_lines_are_bounded),
		cmocka_unit_test(
			test_a_line_without_end_is_bounded_at_any_split),
		cmocka_unit_test(test_lines_are_counted),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_a_reset_one_is_as_new),
		cmocka_unit_test(test_only_the_first_reply_is_taken),
		cmocka_unit_test(test_shortened_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
