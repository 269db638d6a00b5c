/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/control.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const struct control_request claim = { CONTROL_CLAIM, 0xa1b2c3d4,
					      0x11223344 };
static const struct control_reply refused = { CONTROL_REFUSED, 0xa1b2c3d4,
					      "no quorum" };

static int decode_request(const uint8_t *bytes, size_t len,
			  struct control_request *ret, struct why *why)
{
	uint8_t *exact = xcalloc(len ? len : 1, 1);
	int r;

	memcpy(exact, bytes, len);
	r = control_request_decode(exact, len, ret, why);
	free(exact);
	return r;
}

static int decode_reply(const uint8_t *bytes, size_t len,
			struct control_reply *ret, struct why *why)
{
	uint8_t *exact = xcalloc(len ? len : 1, 1);
	int r;

	memcpy(exact, bytes, len);
	r = control_reply_decode(exact, len, ret, why);
	free(exact);
	return r;
}

static void test_what_is_sent(void **state)
{
	static const uint8_t request[] = {
		'B', 'C', 1, 2, 0xa1, 0xb2, 0xc3, 0xd4, 0x11, 0x22, 0x33, 0x44,
	};
	static const uint8_t reply[] = {
		'B', 'C', 1, 1, 0xa1, 0xb2, 0xc3, 0xd4, 9,
		'n', 'o', ' ', 'q', 'u', 'o', 'r', 'u', 'm',
	};
	uint8_t bytes[CONTROL_MAX];

	(void)state;
	assert_int_equal(control_request_encode(&claim, bytes),
			 sizeof(request));
	assert_memory_equal(bytes, request, sizeof(request));
	assert_int_equal(control_reply_encode(&refused, bytes), sizeof(reply));
	assert_memory_equal(bytes, reply, sizeof(reply));
}

static void test_each_operation_reads_back(void **state)
{
	uint8_t bytes[CONTROL_MAX];

	(void)state;
	for (unsigned int op = 0; op < 256; op++) {
		struct control_request read = { 0 };
		struct why why = { "" };
		size_t len = control_request_encode(&claim, bytes);
		bool known = op >= CONTROL_PING && op <= CONTROL_VERIFY;

		bytes[3] = (uint8_t)op;
		assert_int_equal(decode_request(bytes, len, &read, &why),
				 known ? 0 : -EBADMSG);
		assert_int_equal(read.op, known ? op : 0);
		assert_int_equal(read.number, known ? claim.number : 0);
		assert_int_equal(read.timeout_ms, known ? claim.timeout_ms : 0);
		assert_int_equal(why.text[0] != '\0', !known);
	}
}

static void test_each_result_reads_back(void **state)
{
	uint8_t bytes[CONTROL_MAX];

	(void)state;
	for (unsigned int result = 0; result < 256; result++) {
		struct control_reply read = { 0 };
		size_t len = control_reply_encode(&refused, bytes);
		bool known = result <= CONTROL_REFUSED;

		bytes[3] = (uint8_t)result;
		assert_int_equal(decode_reply(bytes, len, &read, NULL),
				 known ? 0 : -EBADMSG);
		assert_string_equal(read.text, known ? refused.text : "");
		assert_int_equal(read.result, known ? result : 0);
	}
}

static void test_the_longest_text(void **state)
{
	struct control_reply reply = { .result = CONTROL_REFUSED };
	struct control_reply read;
	uint8_t bytes[CONTROL_MAX];
	size_t len;

	(void)state;
	memset(reply.text, 'x', sizeof(reply.text) - 1);
	len = control_reply_encode(&reply, bytes);
	assert_true(len <= CONTROL_MAX);
	assert_int_equal(decode_reply(bytes, len, &read, NULL), 0);
	assert_string_equal(read.text, reply.text);
}

static void test_texts_are_made_printable(void **state)
{
	const struct control_reply reply = { CONTROL_REFUSED, 1, "a\x1b[2Jb" };
	struct control_reply read;
	uint8_t bytes[CONTROL_MAX];
	size_t len = control_reply_encode(&reply, bytes);

	(void)state;
	assert_int_equal(decode_reply(bytes, len, &read, NULL), 0);
	assert_string_equal(read.text, "a\\x1b[2Jb");
}

static void test_each_shorter_one_is_refused(void **state)
{
	uint8_t bytes[CONTROL_MAX];
	struct control_request request;
	struct control_reply reply;
	size_t len = control_request_encode(&claim, bytes);

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(decode_request(bytes, n, &request, NULL),
				 -EBADMSG);
	len = control_reply_encode(&refused, bytes);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(decode_reply(bytes, n, &reply, NULL),
				 -EBADMSG);
}

static void test_what_follows_is_skipped_up_to_a_limit(void **state)
{
	uint8_t bytes[CONTROL_MAX + 1] = { 0 };
	struct control_request request;
	struct control_reply reply;
	struct why why = { "" };

	(void)state;
	(void)control_request_encode(&claim, bytes);
	assert_int_equal(decode_request(bytes, CONTROL_MAX, &request, NULL),
			 0);
	assert_int_equal(request.timeout_ms, claim.timeout_ms);
	assert_int_equal(decode_request(bytes, CONTROL_MAX + 1, &request,
					&why), -EBADMSG);
	assert_string_equal(why.text, "513 bytes that are no packet between "
			    "agent and guard");
	(void)control_reply_encode(&refused, bytes);
	assert_int_equal(decode_reply(bytes, CONTROL_MAX, &reply, NULL), 0);
	assert_string_equal(reply.text, refused.text);
}

static void test_headers(void **state)
{
	uint8_t bytes[CONTROL_MAX];
	size_t len = control_request_encode(&claim, bytes);
	struct control_request request;
	struct control_reply reply;
	struct why why = { "" };

	(void)state;
	bytes[2] = 2;
	assert_int_equal(decode_request(bytes, len, &request, &why),
			 -EPROTONOSUPPORT);
	assert_string_equal(why.text, "a packet of version 2; known here is 1");
	assert_int_equal(decode_reply(bytes, len, &reply, &why),
			 -EPROTONOSUPPORT);
	bytes[1] = 'B';
	assert_int_equal(decode_request(bytes, len, &request, &why), -EBADMSG);
	bytes[1] = 'C';
	bytes[0] = 'C';
	assert_int_equal(decode_request(bytes, len, &request, &why), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sent),
		cmocka_unit_test(test_each_operation_reads_back),
		cmocka_unit_test(test_each_result_reads_back),
		cmocka_unit_test(test_the_longest_text),
		cmocka_unit_test(test_texts_are_made_printable),
		cmocka_unit_test(test_each_shorter_one_is_refused),
		cmocka_unit_test(test_what_follows_is_skipped_up_to_a_limit),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
