/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/dnsmsg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"

#define QNAME_AT 12		/* where a compressed name points to */
#define TTL 300

struct wire {
	uint8_t bytes[4096];
	struct cursor out;
};

static void put_name(struct wire *w, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");

		cursor_put_u8(&w->out, (uint8_t)len);
		cursor_put(&w->out, name, len);
		name += len + (name[len] == '.');
	}
	cursor_put_u8(&w->out, 0);
}

static void start(struct wire *w, uint16_t flags, uint16_t answers,
		  uint16_t authorities, const char *name, uint16_t type)
{
	w->out = cursor_writer(w->bytes, sizeof(w->bytes));
	cursor_put_u16(&w->out, 0x1234);
	cursor_put_u16(&w->out, flags);
	cursor_put_u16(&w->out, 1);
	cursor_put_u16(&w->out, answers);
	cursor_put_u16(&w->out, authorities);
	cursor_put_u16(&w->out, 0);
	put_name(w, name);
	cursor_put_u16(&w->out, type);
	cursor_put_u16(&w->out, 1);
}

/* The fixed part of a record whose owner was put already. */
static void put_head(struct wire *w, uint16_t type, uint32_t ttl, uint16_t len)
{
	cursor_put_u16(&w->out, type);
	cursor_put_u16(&w->out, 1);
	cursor_put_u32(&w->out, ttl);
	cursor_put_u16(&w->out, len);
}

static void put_pointer(struct wire *w, size_t to)
{
	cursor_put_u16(&w->out, (uint16_t)(0xc000 | to));
}

/* Read from a heap copy of exactly this size, so that ASan sees a byte more. */
static int read_exact(const struct wire *w, size_t size, struct dnsmsg *ret)
{
	uint8_t *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, w->bytes, size);
	r = dnsmsg_read(copy, size, ret);
	free(copy);
	return r;
}

/* One of each: A, AAAA, CNAME, PTR, NS and SOA, and one to be left out. */
static void make_full(struct wire *w)
{
	const uint8_t v4[4] = { 192, 0, 2, 25 };
	const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x25 };

	start(w, 0x8583, 5, 2, "Mail.Example.com", DNS_A);
	put_pointer(w, QNAME_AT);
	put_head(w, DNS_CNAME, TTL, 6);
	cursor_put(&w->out, "\3Ca1", 4);
	put_pointer(w, QNAME_AT + 5);
	put_name(w, "ca1.example.com");
	put_head(w, DNS_A, 0x80000001, 4);
	cursor_put(&w->out, v4, 4);
	put_name(w, "ca1.example.com");
	put_head(w, DNS_AAAA, 7, 16);
	cursor_put(&w->out, v6, 16);
	put_pointer(w, QNAME_AT);
	put_head(w, 13, TTL, 2);
	cursor_put(&w->out, "\1x", 2);
	put_pointer(w, QNAME_AT);
	put_head(w, DNS_PTR, TTL, 2);
	put_pointer(w, QNAME_AT);
	put_pointer(w, QNAME_AT + 5);
	put_head(w, DNS_NS, TTL, 6);
	cursor_put(&w->out, "\3ns1", 4);
	put_pointer(w, QNAME_AT + 5);
	put_pointer(w, QNAME_AT + 5);
	put_head(w, DNS_SOA, TTL, 24);
	put_pointer(w, QNAME_AT);
	put_pointer(w, QNAME_AT);
	for (uint32_t i = 1; i <= 5; i++)
		cursor_put_u32(&w->out, i);
}

static void every_record_is_read(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;
	uint32_t ttl_s = UINT32_MAX;

	(void)state;
	make_full(&w);
	assert_int_equal(read_exact(&w, w.out.pos, msg), 0);
	assert_int_equal(msg->rcode, DNS_NXDOMAIN);
	assert_true(msg->aa);
	assert_false(msg->tc);
	assert_string_equal(msg->qname, "mail.example.com");
	assert_int_equal(msg->qtype, DNS_A);
	assert_int_equal(msg->record_count, 6);
	assert_string_equal(msg->records[0].target, "ca1.example.com");
	assert_int_equal(msg->records[1].ttl_s, 0);
	assert_string_equal(addr_text(&msg->records[1].addr).s, "192.0.2.25");
	assert_string_equal(addr_text(&msg->records[2].addr).s,
			    "2001:db8::25");
	assert_string_equal(msg->records[3].target, "mail.example.com");
	assert_false(msg->records[3].authority);
	assert_string_equal(msg->records[4].target, "ns1.example.com");
	assert_true(msg->records[4].authority);
	assert_int_equal(msg->records[5].serial, 1);
	assert_int_equal(msg->records[5].minimum_s, 5);
	assert_ptr_equal(dnsmsg_negative_soa(msg), &msg->records[5]);
	assert_string_equal(dnsmsg_canonical(msg, &ttl_s), "ca1.example.com");
	assert_int_equal(ttl_s, TTL);
	free(msg);
}

static void cut_at_every_byte_is_refused(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	make_full(&w);
	for (size_t size = 0; size < w.out.pos; size++)
		assert_int_equal(read_exact(&w, size, msg), -EBADMSG);
	/* and nothing was written meanwhile */
	assert_int_equal(msg->record_count, 0);
	free(msg);
}

static void counts_that_lie_are_refused(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	start(&w, 0x8000, 0xffff, 0xffff, "a.b", DNS_A);
	assert_int_equal(read_exact(&w, w.out.pos, msg), -EBADMSG);
	start(&w, 0x8000, 0, 0, "a.b", DNS_A);
	assert_int_equal(read_exact(&w, w.out.pos, msg), 0);
	w.bytes[5] = 2;
	assert_int_equal(read_exact(&w, w.out.pos, msg), -EBADMSG);
	w.bytes[5] = 0;
	assert_int_equal(read_exact(&w, w.out.pos, msg), -EBADMSG);
	free(msg);
}

static void a_question_is_no_answer(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	start(&w, 0x0100, 0, 0, "a.b", DNS_A);
	assert_int_equal(read_exact(&w, w.out.pos, msg), -EBADMSG);
	free(msg);
}

static void pointers_cannot_loop(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;
	size_t at;

	(void)state;
	/* to itself, forward, and two that point at each other */
	for (int kind = 0; kind < 3; kind++) {
		start(&w, 0x8000, 1, 0, "a.b", DNS_A);
		at = w.out.pos;
		if (kind == 2) {
			cursor_put_u8(&w.out, 1);
			cursor_put_u8(&w.out, 'x');
			put_pointer(&w, at);
		} else {
			put_pointer(&w, at + (kind == 1 ? 2 : 0));
		}
		put_head(&w, DNS_A, TTL, 4);
		cursor_put_u32(&w.out, 0);
		assert_int_equal(read_exact(&w, w.out.pos, msg), -EBADMSG);
	}
	free(msg);
}

/* `labels` labels of 63 octets and one of `rest`. */
static int read_long_name(unsigned int labels, uint8_t rest,
			  struct dnsmsg *ret)
{
	char name[300] = "";
	struct wire w;

	for (unsigned int i = 0; i < labels; i++) {
		memset(name + strlen(name), 'a', 63);
		strcat(name, ".");
	}
	memset(name + strlen(name), 'b', rest);
	start(&w, 0x8000, 0, 0, name, DNS_A);
	return read_exact(&w, w.out.pos, ret);
}

static void names_have_their_limit(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));

	(void)state;
	assert_int_equal(read_long_name(3, 61, msg), 0);
	assert_int_equal(strlen(msg->qname), 253);
	assert_int_equal(read_long_name(3, 62, msg), -EBADMSG);
	assert_int_equal(read_long_name(4, 1, msg), -EBADMSG);
	free(msg);
}

static void odd_bytes_are_made_safe(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	start(&w, 0x8000, 1, 0, "a.b", DNS_PTR);
	put_pointer(&w, QNAME_AT);
	put_head(&w, DNS_PTR, TTL, 8);
	cursor_put(&w.out, "\6\x1b.\\\xff_/", 7);
	cursor_put_u8(&w.out, 0);
	assert_int_equal(read_exact(&w, w.out.pos, msg), 0);
	assert_string_equal(msg->records[0].target, "????_/");
	free(msg);
}

static void data_must_have_its_length(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	for (uint16_t len = 0; len <= 20; len++) {
		start(&w, 0x8000, 1, 0, "a.b", DNS_A);
		put_pointer(&w, QNAME_AT);
		put_head(&w, DNS_A, TTL, len);
		for (uint16_t i = 0; i < len; i++)
			cursor_put_u8(&w.out, 0);
		assert_int_equal(read_exact(&w, w.out.pos, msg),
				 len == 4 ? 0 : -EBADMSG);
	}
	start(&w, 0x8000, 1, 0, "a.b", DNS_PTR);
	put_pointer(&w, QNAME_AT);
	put_head(&w, DNS_PTR, TTL, 3);
	put_pointer(&w, QNAME_AT);
	cursor_put_u8(&w.out, 0);
	assert_int_equal(read_exact(&w, w.out.pos, msg), -EBADMSG);
	free(msg);
}

static void records_have_their_limit(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	for (uint16_t n = DNSMSG_RECORDS_MAX; n <= DNSMSG_RECORDS_MAX + 1;
	     n++) {
		start(&w, 0x8000, n, 0, "a.b", DNS_A);
		for (uint16_t i = 0; i < n; i++) {
			put_pointer(&w, QNAME_AT);
			put_head(&w, DNS_A, TTL, 4);
			cursor_put_u32(&w.out, i);
		}
		assert_int_equal(read_exact(&w, w.out.pos, msg),
				 n > DNSMSG_RECORDS_MAX ? -E2BIG : 0);
	}
	free(msg);
}

static void truncated_answers_hold_nothing(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;

	(void)state;
	start(&w, 0x8200, 3, 0, "a.b", DNS_A);
	assert_int_equal(read_exact(&w, w.out.pos, msg), 0);
	assert_true(msg->tc);
	assert_int_equal(msg->record_count, 0);
	free(msg);
}

static void cname_loops_end(void **state)
{
	struct dnsmsg *msg = calloc(1, sizeof(*msg));
	struct wire w;
	uint32_t ttl_s = UINT32_MAX;

	(void)state;
	start(&w, 0x8000, 1, 0, "a.b", DNS_A);
	put_pointer(&w, QNAME_AT);
	put_head(&w, DNS_CNAME, TTL, 2);
	put_pointer(&w, QNAME_AT);
	assert_int_equal(read_exact(&w, w.out.pos, msg), 0);
	assert_string_equal(dnsmsg_canonical(msg, &ttl_s), "a.b");
	free(msg);
}

static void names_are_under_zones(void **state)
{
	(void)state;
	assert_true(dns_name_under("a.b.c", "b.c"));
	assert_true(dns_name_under("b.c", "b.c"));
	assert_true(dns_name_under("b.c", ""));
	assert_false(dns_name_under("xb.c", "b.c"));
	assert_false(dns_name_under("c", "b.c"));
	assert_false(dns_name_under("a.b.d", "b.c"));
}

static void put_strings(struct wire *w, unsigned int count, uint8_t len)
{
	put_pointer(w, QNAME_AT);
	put_head(w, DNS_TXT, TTL, (uint16_t)(count * (len + 1U)));
	for (unsigned int i = 0; i < count; i++) {
		cursor_put_u8(&w->out, len);
		for (unsigned int j = 0; j < len; j++)
			cursor_put_u8(&w->out, (uint8_t)('a' + i));
	}
}

static void test_strings_of_a_txt_are_joined(void **unused)
{
	struct dnsmsg msg;
	struct wire w;
	size_t len;

	(void)unused;
	start(&w, 0x8180, 3, 0, "a.test", DNS_TXT);
	put_strings(&w, 2, 3);
	put_strings(&w, 1, 0);
	put_strings(&w, 1, 200);
	assert_int_equal(read_exact(&w, w.out.pos, &msg), 0);
	assert_int_equal(msg.record_count, 3);
	assert_memory_equal(dnsmsg_data(&msg, &msg.records[0], &len),
			    "aaabbb", 6);
	assert_int_equal(len, 6);
	(void)dnsmsg_data(&msg, &msg.records[1], &len);
	assert_int_equal(len, 0);
	assert_int_equal(dnsmsg_data(&msg, &msg.records[2], &len)[199], 'a');
	assert_int_equal(len, 200);
}

static void test_a_string_stays_in_its_record(void **unused)
{
	struct dnsmsg msg;
	struct wire w;

	(void)unused;
	start(&w, 0x8180, 1, 0, "a.test", DNS_TXT);
	put_pointer(&w, QNAME_AT);
	put_head(&w, DNS_TXT, TTL, 3);
	cursor_put_u8(&w.out, 4);
	cursor_put(&w.out, "aaaa", 4);
	assert_int_equal(read_exact(&w, w.out.pos, &msg), -EBADMSG);
}

static void test_data_has_a_limit(void **unused)
{
	struct wire *w = malloc(sizeof(*w));
	uint8_t *bytes = malloc(DNSMSG_SIZE_MAX);
	struct cursor out = cursor_writer(bytes, DNSMSG_SIZE_MAX);
	struct dnsmsg msg;
	unsigned int fits = DNSMSG_DATA_MAX / 4000;

	(void)unused;
	start(w, 0x8180, (uint16_t)(fits + 1), 0, "a.test", DNS_TLSA);
	cursor_put(&out, w->bytes, w->out.pos);
	for (unsigned int i = 0; i <= fits; i++) {
		cursor_put_u16(&out, 0xc000 | QNAME_AT);
		cursor_put_u16(&out, DNS_TLSA);
		cursor_put_u16(&out, 1);
		cursor_put_u32(&out, TTL);
		cursor_put_u16(&out, 4000);
		for (unsigned int j = 0; j < 4000; j++)
			cursor_put_u8(&out, (uint8_t)i);
	}
	assert_false(out.error);
	assert_int_equal(dnsmsg_read(bytes, out.pos, &msg), -EBADMSG);
	bytes[7] = (uint8_t)fits;
	assert_int_equal(dnsmsg_read(bytes, out.pos, &msg), 0);
	assert_int_equal(msg.record_count, fits);
	free(bytes);
	free(w);
}

static void test_mx_has_its_preference(void **unused)
{
	struct dnsmsg msg;
	struct wire w;

	(void)unused;
	start(&w, 0x8180, 1, 0, "a.test", DNS_MX);
	put_pointer(&w, QNAME_AT);
	put_head(&w, DNS_MX, TTL, 7);
	cursor_put_u16(&w.out, 10);
	cursor_put_u8(&w.out, 2);
	cursor_put(&w.out, "MX", 2);
	put_pointer(&w, QNAME_AT);
	assert_int_equal(read_exact(&w, w.out.pos, &msg), 0);
	assert_int_equal(msg.records[0].preference, 10);
	assert_string_equal(msg.records[0].target, "mx.a.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_of_a_txt_are_joined),
		cmocka_unit_test(test_a_string_stays_in_its_record),
		cmocka_unit_test(test_data_has_a_limit),
		cmocka_unit_test(test_mx_has_its_preference),
		cmocka_unit_test(every_record_is_read),
		cmocka_unit_test(cut_at_every_byte_is_refused),
		cmocka_unit_test(counts_that_lie_are_refused),
		cmocka_unit_test(a_question_is_no_answer),
		cmocka_unit_test(pointers_cannot_loop),
		cmocka_unit_test(names_have_their_limit),
		cmocka_unit_test(odd_bytes_are_made_safe),
		cmocka_unit_test(data_must_have_its_length),
		cmocka_unit_test(records_have_their_limit),
		cmocka_unit_test(truncated_answers_hold_nothing),
		cmocka_unit_test(cname_loops_end),
		cmocka_unit_test(names_are_under_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
