/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/msg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "core/guard/score.h"

#define BODY 28			/* header and view */
#define LENGTH 4		/* where it stands in the header */

static const struct view_id view = {
	.ring = { .node = 0x01020304, .seq = 0x1112131415161718 },
	.digest = 0x2122232425262728,
};
static const struct claim claim = {
	.node = 3,
	.quorate = true,
	.ring = { .node = 1, .seq = UINT64_MAX - 1 },
	.index = 0xfffffffe,
};

static void fill(char *text, size_t size)
{
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
}

/* Each of its kind with everything at its most. */
static struct msg full(enum msg_type type)
{
	struct msg msg = { .type = type, .view = view };

	if (type == MSG_HELLO) {
		fill(msg.hello.name, sizeof(msg.hello.name));
		msg.hello.time_s = 253402300799;
		msg.hello.index = UINT32_MAX;
		msg.hello.claim = claim;
	} else if (type == MSG_CLAIM) {
		msg.claim = (struct msg_claim){ true, true };
	} else if (type == MSG_YIELD || type == MSG_RELEASE) {
		msg.about = claim;
	} else if (type == MSG_VERDICT) {
		msg.verdict = xcalloc(1, sizeof(*msg.verdict));
		*msg.verdict = (struct msg_verdict){
			.claim = claim,
			.status = VERDICT_UNKNOWN,
			.blame = BLAME_PATH,
			.held = true,
			.time_s = 1795407600,
			.duration_ms = UINT32_MAX,
			.reason_count = MSG_REASONS_MAX,
			.left_out = UINT32_MAX,
		};
		for (size_t i = 0; i < MSG_REASONS_MAX; i++) {
			msg.verdict->reasons[i] = (struct msg_reason){
				VERDICT_FAILED, BLAME_OURS, REASON_NO_ANSWER,
				false, "" };
			fill(msg.verdict->reasons[i].text, 256);
		}
	} else {
		struct preflight *pre;

		msg.preflight = xcalloc(1, sizeof(*msg.preflight));
		msg.preflight->score = SCORE_MAX;
		pre = &msg.preflight->preflight;
		pre->time_s = 1795407600;
		pre->settings_digest = UINT64_MAX;
		pre->count = PREFLIGHT_ITEMS_MAX;
		for (size_t i = 0; i < pre->count; i++) {
			pre->items[i].check = PREFLIGHT_CLOCK;
			pre->items[i].status = VERDICT_UNKNOWN;
			fill(pre->items[i].subject, 64);
			fill(pre->items[i].text, 192);
		}
	}
	return msg;
}

static int decode(const uint8_t *bytes, size_t len, struct msg *ret,
		  struct why *why)
{
	uint8_t *exact = xcalloc(len ? len : 1, 1);
	int r;

	memcpy(exact, bytes, len);
	r = msg_decode(exact, len, ret, why);
	free(exact);
	return r;
}

static void assert_verdicts_equal(const struct msg_verdict *a,
				  const struct msg_verdict *b)
{
	assert_true(claim_equal(&a->claim, &b->claim));
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->blame, b->blame);
	assert_int_equal(a->held, b->held);
	assert_true(a->time_s == b->time_s);
	assert_int_equal(a->duration_ms, b->duration_ms);
	assert_int_equal(a->left_out, b->left_out);
	assert_int_equal(a->of_records, b->of_records);
	assert_int_equal(a->reason_count, b->reason_count);
	for (size_t i = 0; i < a->reason_count; i++) {
		assert_int_equal(a->reasons[i].status, b->reasons[i].status);
		assert_int_equal(a->reasons[i].blame, b->reasons[i].blame);
		assert_int_equal(a->reasons[i].class, b->reasons[i].class);
		assert_string_equal(a->reasons[i].text, b->reasons[i].text);
	}
}

static void assert_preflights_equal(const struct msg_preflight *a,
				    const struct msg_preflight *b)
{
	const struct preflight *p = &a->preflight, *q = &b->preflight;

	assert_int_equal(a->score, b->score);
	assert_true(p->time_s == q->time_s);
	assert_true(p->settings_digest == q->settings_digest);
	assert_int_equal(p->count, q->count);
	for (size_t i = 0; i < p->count; i++) {
		assert_int_equal(p->items[i].check, q->items[i].check);
		assert_int_equal(p->items[i].status, q->items[i].status);
		assert_string_equal(p->items[i].subject, q->items[i].subject);
		assert_string_equal(p->items[i].text, q->items[i].text);
	}
}

static void assert_equal(const struct msg *a, const struct msg *b)
{
	assert_int_equal(a->type, b->type);
	assert_true(view_equal(&a->view, &b->view));
	if (a->type == MSG_HELLO) {
		assert_string_equal(a->hello.name, b->hello.name);
		assert_true(a->hello.time_s == b->hello.time_s);
		assert_int_equal(a->hello.index, b->hello.index);
		assert_true(claim_equal(&a->hello.claim, &b->hello.claim));
	} else if (a->type == MSG_CLAIM) {
		assert_int_equal(a->claim.quorate, b->claim.quorate);
		assert_int_equal(a->claim.resume, b->claim.resume);
	} else if (a->type == MSG_YIELD || a->type == MSG_RELEASE) {
		assert_true(claim_equal(&a->about, &b->about));
	} else if (a->type == MSG_VERDICT) {
		assert_verdicts_equal(a->verdict, b->verdict);
	} else {
		assert_preflights_equal(a->preflight, b->preflight);
	}
}

static void test_all_at_their_most(void **state)
{
	(void)state;
	for (enum msg_type type = MSG_HELLO; type <= MSG_PREFLIGHT; type++) {
		struct msg msg = full(type), read = { 0 };
		uint8_t bytes[MSG_MAX + 8];
		struct why why = { "" };
		size_t len;

		memset(bytes, 0xee, sizeof(bytes));
		len = msg_encode(&msg, bytes);
		assert_true(len <= MSG_MAX);
		assert_int_equal(bytes[len], 0xee);
		assert_int_equal(decode(bytes, len, &read, &why), 0);
		assert_equal(&msg, &read);
		msg_done(&read);
		msg_done(&msg);
	}
}

static void test_what_a_claim_looks_like(void **state)
{
	static const uint8_t wire[] = {
		'B', 'B', 1, 2, 0, 0, 0, 22,
		1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
		0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
		1, 0,
	};
	struct msg msg = { .type = MSG_CLAIM, .view = view,
			   .claim = { .quorate = true } };
	uint8_t bytes[MSG_MAX];

	(void)state;
	assert_int_equal(msg_encode(&msg, bytes), sizeof(wire));
	assert_memory_equal(bytes, wire, sizeof(wire));
}

/* What is missing at the end is never read as anything. */
static void test_each_shorter_one_is_refused(void **state)
{
	(void)state;
	for (enum msg_type type = MSG_HELLO; type <= MSG_PREFLIGHT; type++) {
		struct msg msg = full(type), read = { 0 };
		uint8_t bytes[MSG_MAX];
		size_t len = msg_encode(&msg, bytes);

		for (size_t n = 0; n < len; n++) {
			struct why why = { "" };

			/* As it is, and with the length set right. */
			assert_int_equal(decode(bytes, n, &read, &why),
					 -EBADMSG);
			if (n >= 8) {
				bytes[LENGTH + 2] = (uint8_t)((n - 8) >> 8);
				bytes[LENGTH + 3] = (uint8_t)(n - 8);
				assert_int_equal(decode(bytes, n, &read, &why),
						 -EBADMSG);
				(void)msg_encode(&msg, bytes);
			}
			assert_true(why.text[0]);
		}
		msg_done(&msg);
	}
}

static void test_what_follows_is_skipped(void **state)
{
	struct msg msg = full(MSG_HELLO), read = { 0 };
	uint8_t bytes[MSG_MAX];
	size_t len = msg_encode(&msg, bytes);

	(void)state;
	memset(bytes + len, 0xff, 9);
	assert_int_equal(decode(bytes, len + 9, &read, NULL), -EBADMSG);
	bytes[LENGTH + 3] = (uint8_t)(bytes[LENGTH + 3] + 9);
	assert_int_equal(decode(bytes, len + 9, &read, NULL), 0);
	assert_equal(&msg, &read);
}

/* A frame whose byte `at` is `value`. */
static int decode_with(enum msg_type type, size_t at, uint8_t value,
		       struct why *why)
{
	struct msg msg = full(type), read = { 0 };
	uint8_t bytes[MSG_MAX];
	size_t len = msg_encode(&msg, bytes);
	int r;

	assert_true(at < len);
	bytes[at] = value;
	r = decode(bytes, len, &read, why);
	msg_done(&read);
	msg_done(&msg);
	return r;
}

static void test_headers(void **state)
{
	struct why why = { "" };

	(void)state;
	assert_int_equal(decode_with(MSG_CLAIM, 0, 'A', &why), -EBADMSG);
	assert_int_equal(decode_with(MSG_CLAIM, 1, 'C', &why), -EBADMSG);
	assert_string_equal(why.text, "30 bytes that are no frame of a guard");
	assert_int_equal(decode_with(MSG_CLAIM, 2, 2, &why), -EPROTONOSUPPORT);
	assert_string_equal(why.text, "a frame of version 2; known here is 1");
	assert_int_equal(decode_with(MSG_CLAIM, 2, 0, &why), -EPROTONOSUPPORT);
	assert_int_equal(decode_with(MSG_CLAIM, 3, 0, &why), -ENOMSG);
	assert_int_equal(decode_with(MSG_CLAIM, 3, 7, &why), -ENOMSG);
	assert_string_equal(why.text, "a frame of type 7, which is not known "
			    "here");
	assert_int_equal(decode_with(MSG_CLAIM, LENGTH, 0x80, &why), -EBADMSG);
	assert_string_equal(why.text, "a frame that is said to have "
			    "2147483670 bytes after its header has 22");
}

static void test_values_beyond_their_last(void **state)
{
	static const struct {
		enum msg_type type;
		size_t at;
		uint8_t last;
		const char *field;
	} cases[] = {
		{ MSG_HELLO, BODY + 64, 0, "time" },
		{ MSG_HELLO, BODY + 80, 1, "claim's quorum" },
		{ MSG_CLAIM, BODY, 1, "claim's quorum" },
		{ MSG_CLAIM, BODY + 1, 1, "resume" },
		{ MSG_YIELD, BODY + 4, 1, "claim's quorum" },
		{ MSG_RELEASE, BODY + 4, 1, "claim's quorum" },
		{ MSG_VERDICT, BODY + 21, VERDICT_UNKNOWN, "status" },
		{ MSG_VERDICT, BODY + 22, BLAME_PATH, "blame" },
		{ MSG_VERDICT, BODY + 23, 1, "held" },
		{ MSG_VERDICT, BODY + 24, 1, "of-records" },
		{ MSG_VERDICT, BODY + 25, 0, "time" },
		{ MSG_VERDICT, BODY + 41, MSG_REASONS_MAX,
		  "number of reasons" },
		{ MSG_VERDICT, BODY + 42, VERDICT_UNKNOWN, "reason's status" },
		{ MSG_VERDICT, BODY + 43, BLAME_PATH, "reason's blame" },
		{ MSG_PREFLIGHT, BODY, 0, "score" },
		{ MSG_PREFLIGHT, BODY + 4, 0, "time" },
		{ MSG_PREFLIGHT, BODY + 20, PREFLIGHT_ITEMS_MAX,
		  "number of checks" },
		{ MSG_PREFLIGHT, BODY + 22, VERDICT_UNKNOWN,
		  "check's status" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (unsigned int value = 0; value < 256; value++) {
			struct why why = { "" };
			int r = decode_with(cases[i].type, cases[i].at,
					    (uint8_t)value, &why);
			char wanted[128];

			if (value <= cases[i].last) {
				assert_int_equal(r, 0);
				continue;
			}
			assert_int_equal(r, -EBADMSG);
			(void)snprintf(wanted, sizeof(wanted),
				       "the %s of a frame of type",
				       cases[i].field);
			assert_int_equal(strncmp(why.text, wanted,
						 strlen(wanted)), 0);
		}
}

/* A newer guard's: what it says of them is taken, and shown as another's. */
static void test_a_class_that_is_not_known(void **state)
{
	static const uint8_t values[] = { REASON_NO_ANSWER + 1, 100, 255 };
	uint8_t bytes[MSG_MAX], again[MSG_MAX];
	struct msg msg = full(MSG_VERDICT), read = { 0 };
	size_t len = msg_encode(&msg, bytes);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const struct msg_reason *reason;

		bytes[BODY + 44] = values[i];
		assert_int_equal(decode(bytes, len, &read, NULL), 0);
		reason = &read.verdict->reasons[0];
		assert_true(reason->other);
		assert_int_equal(reason->status,
				 msg.verdict->reasons[0].status);
		assert_string_equal(reason->text,
				    msg.verdict->reasons[0].text);
		assert_false(read.verdict->reasons[1].other);
		assert_int_equal(msg_encode(&read, again), len);
		assert_int_equal(again[BODY + 44], 255);
		msg_done(&read);
	}
	msg_done(&msg);
}

static void test_a_check_that_is_not_known(void **state)
{
	static const uint8_t values[] = { PREFLIGHT_OTHER, 100, 255 };
	uint8_t bytes[MSG_MAX], again[MSG_MAX];
	struct msg msg = full(MSG_PREFLIGHT), read = { 0 };
	size_t len = msg_encode(&msg, bytes);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const struct preflight_item *item;

		bytes[BODY + 21] = values[i];
		assert_int_equal(decode(bytes, len, &read, NULL), 0);
		item = &read.preflight->preflight.items[0];
		assert_int_equal(item->check, PREFLIGHT_OTHER);
		assert_string_equal(
			item->text, msg.preflight->preflight.items[0].text);
		assert_int_equal(msg_encode(&read, again), len);
		assert_int_equal(again[BODY + 21], 255);
		msg_done(&read);
	}
	msg_done(&msg);
}

/* Guards of two versions understand each other while a cluster is upgraded. */
static void test_classes_keep_their_numbers(void **state)
{
	static const struct {
		enum reason_class class;
		uint8_t number;
	} known[] = {
		{ REASON_NAME_UNRESOLVED, 0 },
		{ REASON_NSS, 10 },
		{ REASON_TLSA, 22 },
		{ REASON_NO_ANSWER, 23 },
		{ REASON_CALLBACK, 24 },
		{ REASON_WAYS_DIFFER, 25 },
		{ REASON_WITNESS, 26 },
	};
	struct msg msg = full(MSG_VERDICT), read = { 0 };
	enum reason_class *class = &msg.verdict->reasons[0].class;
	uint8_t bytes[MSG_MAX];
	size_t len;

	(void)state;
	for (*class = 0; *class <= REASON_NO_ANSWER; (*class)++) {
		len = msg_encode(&msg, bytes);
		assert_int_equal(decode(bytes, len, &read, NULL), 0);
		assert_int_equal(read.verdict->reasons[0].class, *class);
		msg_done(&read);
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (known[i].class == *class)
				assert_int_equal(bytes[BODY + 44],
						 known[i].number);
	}
	msg_done(&msg);
}

static void test_texts_are_made_printable(void **state)
{
	struct msg msg = { .type = MSG_HELLO, .view = view,
			   .hello = { .name = "a\x1b[2J\xff" } };
	struct msg read = { 0 };
	uint8_t bytes[MSG_MAX];
	size_t len = msg_encode(&msg, bytes);

	(void)state;
	assert_int_equal(decode(bytes, len, &read, NULL), 0);
	assert_string_equal(read.hello.name, "a\\x1b[2J\\xff");
	bytes[BODY + 1] = '\0';
	assert_int_equal(decode(bytes, len, &read, NULL), 0);
	assert_string_equal(read.hello.name, "\\x00\\x1b[2J\\xff");
}

/* A later version may have longer texts. */
static void test_a_longer_text_is_cut(void **state)
{
	struct msg msg = full(MSG_PREFLIGHT), read = { 0 };
	struct preflight_item *item = msg.preflight->preflight.items;
	uint8_t bytes[MSG_MAX];
	size_t len;

	(void)state;
	msg.preflight->preflight.count = 1;
	fill(item->subject, 63);
	fill(item->text, 192);
	len = msg_encode(&msg, bytes);
	/* The text's length and first byte become the subject's last two. */
	bytes[BODY + 23] = 64;
	bytes[BODY + 24 + 62] = 'x';
	bytes[BODY + 23 + 65] = 189;
	assert_int_equal(decode(bytes, len, &read, NULL), 0);
	assert_int_equal(strlen(read.preflight->preflight.items[0].subject),
			 63);
	assert_int_equal(strlen(read.preflight->preflight.items[0].text), 189);
	msg_done(&read);
	msg_done(&msg);
}

static void test_nobodys_claim_has_nothing_else(void **state)
{
	struct msg msg = { .type = MSG_YIELD, .view = view,
			   .about = claim };
	static const struct claim nobody;
	struct msg read = { 0 };
	uint8_t bytes[MSG_MAX];
	size_t len;

	(void)state;
	msg.about.node = 0;
	len = msg_encode(&msg, bytes);
	assert_int_equal(decode(bytes, len, &read, NULL), 0);
	assert_true(claim_equal(&read.about, &nobody));
}

static void test_too_long_a_frame(void **state)
{
	uint8_t *bytes = xcalloc(1, MSG_MAX + 1);
	struct msg msg = full(MSG_CLAIM), read = { 0 };
	struct why why = { "" };
	uint8_t frame[MSG_MAX];

	(void)state;
	memcpy(bytes, frame, msg_encode(&msg, frame));
	bytes[LENGTH + 2] = (MSG_MAX + 1 - 8) >> 8;
	bytes[LENGTH + 3] = (MSG_MAX + 1 - 8) & 255;
	assert_int_equal(msg_decode(bytes, MSG_MAX + 1, &read, &why),
			 -EBADMSG);
	assert_string_equal(why.text, "a frame of 16385 bytes; at most 16384 "
			    "are allowed");
	free(bytes);
}

static void test_ret_is_left_alone_on_failure(void **state)
{
	struct msg read = { .type = MSG_CLAIM, .claim = { .resume = true } };
	const struct msg before = read;

	(void)state;
	assert_int_equal(msg_decode("BB", 2, &read, NULL), -EBADMSG);
	assert_memory_equal(&read, &before, sizeof(read));
}

static void test_done(void **state)
{
	struct msg msg = { 0 };

	(void)state;
	msg_done(&msg);
	msg = full(MSG_VERDICT);
	msg_done(&msg);
	assert_null(msg.verdict);
	msg_done(&msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_at_their_most),
		cmocka_unit_test(test_what_a_claim_looks_like),
		cmocka_unit_test(test_each_shorter_one_is_refused),
		cmocka_unit_test(test_what_follows_is_skipped),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_values_beyond_their_last),
		cmocka_unit_test(test_classes_keep_their_numbers),
		cmocka_unit_test(test_a_class_that_is_not_known),
		cmocka_unit_test(test_a_check_that_is_not_known),
		cmocka_unit_test(test_texts_are_made_printable),
		cmocka_unit_test(test_a_longer_text_is_cut),
		cmocka_unit_test(test_nobodys_claim_has_nothing_else),
		cmocka_unit_test(test_too_long_a_frame),
		cmocka_unit_test(test_ret_is_left_alone_on_failure),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
