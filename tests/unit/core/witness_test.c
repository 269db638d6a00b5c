/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/msg/witness.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

#define LENGTH 4		/* where it stands in the header */
#define BODY WITNESS_HEADER

static const struct addr ipv4 = { AF_INET, { 192, 0, 2, 25 } };
static const struct addr ipv6 = { AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 2 } };

static void fill(char *text, size_t size)
{
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
}

/* The longest: labels of 63 and a last one of 61. */
static void fill_name(char name[NAME_MAX_LEN + 1])
{
	fill(name, NAME_MAX_LEN + 1);
	for (size_t i = 63; i < NAME_MAX_LEN; i += 64)
		name[i] = '.';
}

static void fill_bind(struct witness_bind *bind)
{
	*bind = (struct witness_bind){
		.addrs = { ipv4, ipv6 },
		.addr_count = 2,
		.way = WAY_SOURCE,
		.proto = PROTO_SMTP,
		.port = UINT16_MAX,
		.timeout_ms = UINT32_MAX,
	};
	fill_name(bind->name);
	memset(bind->nonce, 0xa5, sizeof(bind->nonce));
}

static void fill_forward(const struct addr *addr, struct witness_forward *ret)
{
	ret->lookup = (struct witness_lookup){
		LOOKUP_NOT_ASKED, LOOKUP_NO_RCODE, UINT32_MAX, UINT32_MAX };
	ret->addr_count = WITNESS_ADDRS_MAX;
	for (size_t i = 0; i < WITNESS_ADDRS_MAX; i++)
		ret->addrs[i] = *addr;
	ret->host_count = WITNESS_HOSTS_MAX;
	for (size_t i = 0; i < WITNESS_HOSTS_MAX; i++)
		ret->hosts[i] = *addr;
}

static void fill_result(struct witness_result *result)
{
	*result = (struct witness_result){
		.source = { ipv6, UINT16_MAX },
		.reverse = { .lookup = { LOOKUP_FAILED, 2, 3, 4 },
			     .name_count = WITNESS_NAMES_MAX },
		.callback = { CALL_NOT_US, { ipv6, 9322 }, UINT32_MAX, "" },
		.kept = ipv6,
	};
	fill_forward(&ipv4, &result->forward[WITNESS_IPV4]);
	fill_forward(&ipv6, &result->forward[WITNESS_IPV6]);
	for (size_t i = 0; i < WITNESS_NAMES_MAX; i++)
		fill(result->reverse.names[i], NAME_MAX_LEN + 1);
	fill(result->callback.said, WITNESS_SAID_MAX);
}

/* Each of its kind with everything at its most. */
static struct witness_msg full(enum witness_type type)
{
	struct witness_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	if (type == WITNESS_BIND) {
		fill_bind(&msg.bind);
	} else if (type == WITNESS_RESULT) {
		fill_result(&msg.result);
	} else if (type == WITNESS_REFUSAL) {
		msg.refusal = (struct witness_refusal){
			REFUSAL_UNREADABLE, UINT32_MAX, "" };
		fill(msg.refusal.said, WITNESS_SAID_MAX);
	} else if (type == WITNESS_CALL) {
		memset(msg.call.challenge, 0x11, WITNESS_NONCE);
		memset(msg.call.mac, 0x22, WITNESS_MAC);
	} else {
		memset(msg.echo.mac, 0x33, WITNESS_MAC);
	}
	return msg;
}

/* A plain bind, whose fields stand at: name BODY + 1, count BODY + 10, first
 * address BODY + 11, way BODY + 16, protocol 17, port 18, timeout 20. */
static struct witness_msg plain(void)
{
	return (struct witness_msg){
		.type = WITNESS_BIND,
		.bind = {
			.name = "m.example",
			.addrs = { ipv4 },
			.addr_count = 1,
			.way = WAY_NAME,
			.port = 9322,
			.timeout_ms = 10000,
			.nonce = { 1, 2, 3 },
		},
	};
}

static int decode(const uint8_t *bytes, size_t len, struct witness_msg *ret,
		  struct why *why)
{
	uint8_t *exact = xcalloc(len ? len : 1, 1);
	int r;

	memcpy(exact, bytes, len);
	r = witness_decode(exact, len, ret, why);
	free(exact);
	return r;
}

static void assert_addrs_equal(const struct addr *a, const struct addr *b,
			       size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_true(addr_equal(&a[i], &b[i]));
}

static void assert_binds_equal(const struct witness_bind *a,
			       const struct witness_bind *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->addr_count, b->addr_count);
	assert_addrs_equal(a->addrs, b->addrs, a->addr_count);
	assert_int_equal(a->way, b->way);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->timeout_ms, b->timeout_ms);
	assert_memory_equal(a->nonce, b->nonce, WITNESS_NONCE);
}

static void assert_lookups_equal(const struct witness_lookup *a,
				 const struct witness_lookup *b)
{
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->rcode, b->rcode);
	assert_int_equal(a->ttl_s, b->ttl_s);
	assert_int_equal(a->latency_ms, b->latency_ms);
}

static void assert_results_equal(const struct witness_result *a,
				 const struct witness_result *b)
{
	assert_true(endpoint_equal(&a->source, &b->source));
	for (size_t i = 0; i < WITNESS_FAMILIES; i++) {
		const struct witness_forward *f = &a->forward[i];
		const struct witness_forward *g = &b->forward[i];

		assert_lookups_equal(&f->lookup, &g->lookup);
		assert_int_equal(f->addr_count, g->addr_count);
		assert_addrs_equal(f->addrs, g->addrs, f->addr_count);
		assert_int_equal(f->host_count, g->host_count);
		assert_addrs_equal(f->hosts, g->hosts, f->host_count);
	}
	assert_lookups_equal(&a->reverse.lookup, &b->reverse.lookup);
	assert_int_equal(a->reverse.name_count, b->reverse.name_count);
	for (size_t i = 0; i < a->reverse.name_count; i++)
		assert_string_equal(a->reverse.names[i], b->reverse.names[i]);
	assert_int_equal(a->callback.end, b->callback.end);
	assert_true(endpoint_equal(&a->callback.called, &b->callback.called));
	assert_int_equal(a->callback.latency_ms, b->callback.latency_ms);
	assert_string_equal(a->callback.said, b->callback.said);
	assert_true(addr_equal(&a->kept, &b->kept));
}

static void assert_equal(const struct witness_msg *a,
			 const struct witness_msg *b)
{
	assert_int_equal(a->type, b->type);
	if (a->type == WITNESS_BIND) {
		assert_binds_equal(&a->bind, &b->bind);
	} else if (a->type == WITNESS_RESULT) {
		assert_results_equal(&a->result, &b->result);
	} else if (a->type == WITNESS_REFUSAL) {
		assert_int_equal(a->refusal.code, b->refusal.code);
		assert_int_equal(a->refusal.retry_s, b->refusal.retry_s);
		assert_string_equal(a->refusal.said, b->refusal.said);
	} else if (a->type == WITNESS_CALL) {
		assert_memory_equal(&a->call, &b->call, sizeof(a->call));
	} else {
		assert_memory_equal(&a->echo, &b->echo, sizeof(a->echo));
	}
}

static void test_all_at_their_most(void **state)
{
	static const size_t lens[] = {
		[WITNESS_BIND] = 8 + 254 + 1 + 5 + 17 + 8 + 32,
		[WITNESS_RESULT] = 8 + 19 + 12 + 60 + 12 + 204 + 11 +
				   4 * 254 + 24 + 200 + 17,
		[WITNESS_REFUSAL] = 8 + 5 + 200,
		[WITNESS_CALL] = 8 + 64,
		[WITNESS_ECHO] = 8 + 32,
	};

	(void)state;
	for (enum witness_type type = WITNESS_BIND; type <= WITNESS_ECHO;
	     type++) {
		struct witness_msg msg = full(type), read = { 0 };
		uint8_t bytes[WITNESS_MAX + 8];
		struct why why = { "" };
		size_t len;

		memset(bytes, 0xee, sizeof(bytes));
		len = witness_encode(&msg, bytes);
		assert_int_equal(len, lens[type]);
		assert_int_equal(bytes[len], 0xee);
		assert_int_equal(witness_frame_len(bytes, WITNESS_HEADER,
						   &why), len);
		assert_int_equal(decode(bytes, len, &read, &why), 0);
		assert_equal(&msg, &read);
	}
}

static void test_the_least_result(void **state)
{
	struct witness_msg msg = { .type = WITNESS_RESULT,
				   .result.source = { ipv4, 1 } };
	struct witness_msg read = full(WITNESS_RESULT);
	uint8_t bytes[WITNESS_MAX];
	size_t len = witness_encode(&msg, bytes);

	(void)state;
	assert_int_equal(decode(bytes, len, &read, NULL), 0);
	assert_equal(&msg, &read);
	assert_int_equal(read.result.kept.family, AF_UNSPEC);
	assert_int_equal(read.result.callback.called.addr.family, AF_UNSPEC);
}

static void test_what_a_bind_looks_like(void **state)
{
	static const uint8_t wire[] = {
		'B', 'W', 1, 1, 0, 0, 0, 56,
		9, 'm', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e',
		1, 4, 192, 0, 2, 25,
		1, 0, 0x24, 0x6a, 0, 0, 0x27, 0x10,
		1, 2, 3, [63] = 0,
	};
	struct witness_msg msg = plain();
	uint8_t bytes[WITNESS_MAX];

	(void)state;
	assert_int_equal(witness_encode(&msg, bytes), sizeof(wire));
	assert_memory_equal(bytes, wire, sizeof(wire));
}

/* What is missing at the end is never read as anything. */
static void test_each_shorter_one_is_refused(void **state)
{
	(void)state;
	for (enum witness_type type = WITNESS_BIND; type <= WITNESS_ECHO;
	     type++) {
		struct witness_msg msg = full(type), read = { 0 };
		uint8_t bytes[WITNESS_MAX];
		size_t len = witness_encode(&msg, bytes);

		for (size_t n = 0; n < len; n++) {
			struct why why = { "" };

			/* As it is, and with the length set right. */
			assert_int_equal(decode(bytes, n, &read, &why),
					 -EBADMSG);
			assert_true(why.text[0]);
			if (n < WITNESS_HEADER)
				continue;
			bytes[LENGTH + 2] = (uint8_t)((n - 8) >> 8);
			bytes[LENGTH + 3] = (uint8_t)(n - 8);
			assert_int_equal(decode(bytes, n, &read, &why),
					 -EBADMSG);
			assert_non_null(strstr(why.text, "ends amid"));
			(void)witness_encode(&msg, bytes);
		}
	}
}

static void test_what_follows_is_skipped(void **state)
{
	(void)state;
	for (enum witness_type type = WITNESS_BIND; type <= WITNESS_ECHO;
	     type++) {
		struct witness_msg msg = full(type), read = { 0 };
		uint8_t bytes[WITNESS_MAX];
		size_t len = witness_encode(&msg, bytes);

		memset(bytes + len, 0xff, 9);
		assert_int_equal(decode(bytes, len + 9, &read, NULL),
				 -EBADMSG);
		bytes[LENGTH + 2] = (uint8_t)((len + 9 - 8) >> 8);
		bytes[LENGTH + 3] = (uint8_t)(len + 9 - 8);
		assert_int_equal(decode(bytes, len + 9, &read, NULL), 0);
		assert_equal(&msg, &read);
	}
}

/* Frame `msg` with the byte `at` set to `value`. */
static int decode_with(const struct witness_msg *msg, size_t at,
		       uint8_t value, struct why *why)
{
	struct witness_msg read = { 0 };
	uint8_t bytes[WITNESS_MAX];
	size_t len = witness_encode(msg, bytes);

	assert_true(at < len);
	bytes[at] = value;
	return decode(bytes, len, &read, why);
}

static void test_headers(void **state)
{
	struct witness_msg msg = full(WITNESS_ECHO);
	struct why why = { "" };

	(void)state;
	assert_int_equal(decode_with(&msg, 0, 'A', &why), -EBADMSG);
	assert_int_equal(decode_with(&msg, 1, 'B', &why), -EBADMSG);
	assert_string_equal(why.text,
			    "40 bytes that are no frame of a witness");
	assert_int_equal(decode_with(&msg, 2, 2, &why), -EPROTONOSUPPORT);
	assert_string_equal(why.text, "a frame of version 2; known here is 1");
	assert_int_equal(decode_with(&msg, 2, 0, &why), -EPROTONOSUPPORT);
	assert_int_equal(decode_with(&msg, 3, 0, &why), -ENOMSG);
	assert_int_equal(decode_with(&msg, 3, 6, &why), -ENOMSG);
	assert_string_equal(why.text,
			    "a frame of type 6, which is not known here");
	assert_int_equal(decode_with(&msg, 7, 31, &why), -EBADMSG);
	assert_int_equal(decode_with(&msg, 7, 33, &why), -EBADMSG);
}

static void test_how_long_a_frame_is(void **state)
{
	uint8_t header[] = { 'B', 'W', 1, 1, 0, 0, 0x0f, 0xf8 };
	struct why why = { "" };

	(void)state;
	for (size_t n = 0; n < sizeof(header); n++)
		assert_int_equal(witness_frame_len(header, n, &why), -EAGAIN);
	assert_int_equal(witness_frame_len(header, 8, &why), WITNESS_MAX);
	header[7] = 0xf9;
	assert_int_equal(witness_frame_len(header, 8, &why), -EBADMSG);
	assert_string_equal(why.text,
			    "a frame of 4097 bytes; at most 4096 are allowed");
	memset(header + LENGTH, 0xff, 4);
	assert_int_equal(witness_frame_len(header, 8, &why), -EBADMSG);
	memset(header + LENGTH, 0, 4);
	assert_int_equal(witness_frame_len(header, 8, &why), WITNESS_HEADER);
	header[2] = 9;
	assert_int_equal(witness_frame_len(header, 8, &why),
			 -EPROTONOSUPPORT);
	header[0] = 'G';
	assert_int_equal(witness_frame_len("GET / HTTP/1.1\r\n", 16, &why),
			 -EBADMSG);
}

static void test_too_long_a_frame(void **state)
{
	struct witness_msg msg = full(WITNESS_ECHO), read = { 0 };
	uint8_t bytes[WITNESS_MAX + 1] = { 0 };
	struct why why = { "" };

	(void)state;
	(void)witness_encode(&msg, bytes);
	bytes[LENGTH + 2] = (WITNESS_MAX - 8) >> 8;
	bytes[LENGTH + 3] = (WITNESS_MAX - 8) & 255;
	assert_int_equal(decode(bytes, WITNESS_MAX, &read, &why), 0);
	bytes[LENGTH + 3]++;
	assert_int_equal(decode(bytes, WITNESS_MAX + 1, &read, &why),
			 -EBADMSG);
}

/* Of every value of a byte these alone are read. */
static void test_values_beyond_their_last(void **state)
{
	const struct witness_msg bind = plain();
	const struct witness_msg least = { .type = WITNESS_RESULT,
					   .result.source = { ipv4, 1 } };
	const struct witness_msg refusal = full(WITNESS_REFUSAL);
	const struct {
		const struct witness_msg *msg;
		size_t at;
		uint8_t first, last;
		const char *field;
	} cases[] = {
		{ &bind, BODY + 16, 0, WAY_SOURCE, "way" },
		{ &bind, BODY + 17, 0, PROTO_SMTP, "protocol" },
		{ &least, BODY + 7, 0, LOOKUP_NOT_ASKED, "lookup's end" },
		{ &least, BODY + 19, 0, LOOKUP_NOT_ASKED, "lookup's end" },
		{ &least, BODY + 31, 0, LOOKUP_NOT_ASKED, "lookup's end" },
		{ &least, BODY + 42, 0, CALL_NOT_US, "callback's end" },
		{ &refusal, BODY, REFUSAL_NAME, REFUSAL_UNREADABLE, "code" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (unsigned int value = 0; value < 256; value++) {
			struct why why = { "" };
			int r = decode_with(cases[i].msg, cases[i].at,
					    (uint8_t)value, &why);

			if (value >= cases[i].first &&
			    value <= cases[i].last) {
				assert_int_equal(r, 0);
				continue;
			}
			assert_int_equal(r, -EBADMSG);
			assert_int_equal(strncmp(why.text, "the ", 4), 0);
			assert_int_equal(strncmp(why.text + 4, cases[i].field,
						 strlen(cases[i].field)), 0);
		}
}

static void test_counts(void **state)
{
	const struct witness_msg bind = full(WITNESS_BIND);
	const struct witness_msg result = full(WITNESS_RESULT);
	struct why why = { "" };

	(void)state;
	assert_int_equal(decode_with(&bind, BODY + 254, 0, &why), -EBADMSG);
	assert_string_equal(why.text, "the number of addresses of a frame of "
			    "type bind is none that is known here");
	assert_int_equal(decode_with(&bind, BODY + 254, 3, NULL), -EBADMSG);
	assert_int_equal(decode_with(&result, BODY + 19 + 10, 9, &why),
			 -EBADMSG);
	assert_non_null(strstr(why.text, "number of addresses"));
	assert_int_equal(decode_with(&result, BODY + 19 + 11 + 40, 5, &why),
			 -EBADMSG);
	assert_non_null(strstr(why.text, "number of addresses"));
	assert_int_equal(decode_with(&result, BODY + 19 + 72 + 216 + 10, 5,
				     &why), -EBADMSG);
	assert_non_null(strstr(why.text, "number of names"));
}

static int decode_bind(const struct witness_bind *bind)
{
	struct witness_msg msg = { .type = WITNESS_BIND, .bind = *bind };
	struct witness_msg read = { 0 };
	uint8_t bytes[WITNESS_MAX];

	return decode(bytes, witness_encode(&msg, bytes), &read, NULL);
}

static void test_addresses_of_a_bind(void **state)
{
	static const char *const refused[] = {
		"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1",
		"169.254.1.1", "fe80::1", "224.0.0.1", "255.255.255.255",
		"ff02::1", "0.0.0.0", "::", "::ffff:192.0.2.25",
	};
	struct witness_bind bind = plain().bind;

	(void)state;
	assert_int_equal(decode_bind(&bind), 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		assert_int_equal(addr_parse(refused[i], &bind.addrs[0]), 0);
		assert_int_equal(decode_bind(&bind), -EBADMSG);
	}
	bind.addrs[0] = (struct addr){ 0 };
	assert_int_equal(decode_bind(&bind), -EBADMSG);
	bind.addr_count = 2;
	bind.addrs[0] = ipv6;
	bind.addrs[1] = ipv4;
	assert_int_equal(decode_bind(&bind), 0);
	bind.addrs[0] = ipv4;
	bind.addrs[0].bytes[3] = 26;
	assert_int_equal(decode_bind(&bind), -EBADMSG);
	bind.addrs[0] = ipv6;
	assert_int_equal(addr_parse("::1", &bind.addrs[1]), 0);
	assert_int_equal(decode_bind(&bind), -EBADMSG);
}

static void test_families_that_are_none(void **state)
{
	const struct witness_msg msg = plain();
	struct why why = { "" };

	(void)state;
	for (unsigned int family = 0; family < 256; family++)
		assert_int_equal(decode_with(&msg, BODY + 11, (uint8_t)family,
					     &why),
				 family == 4 ? 0 : -EBADMSG);
}

static void test_port_0(void **state)
{
	struct witness_bind bind = plain().bind;

	(void)state;
	bind.port = 0;
	assert_int_equal(decode_bind(&bind), -EBADMSG);
	bind.port = 1;
	assert_int_equal(decode_bind(&bind), 0);
}

static void test_names_of_a_bind(void **state)
{
	static const char *const refused[] = {
		"", "mail", "m.example.", ".example", "m..example",
		"192.0.2.25", "-m.example", "m_.example", "m\n.example",
	};
	struct witness_bind bind = plain().bind;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		strcpy(bind.name, refused[i]);
		assert_int_equal(decode_bind(&bind), -EBADMSG);
	}
	strcpy(bind.name, "a.b");
	assert_int_equal(decode_bind(&bind), 0);
}

/* A bind whose name is this, of short labels; the rest is plain. */
static int decode_long_name(const char *end, size_t name_len)
{
	struct witness_msg msg = plain(), read = { 0 };
	uint8_t bytes[WITNESS_MAX], *name = bytes + BODY + 1;
	size_t plain_len = strlen(msg.bind.name);
	size_t len = witness_encode(&msg, bytes) + name_len - plain_len;

	memmove(name + name_len, name + plain_len, len - BODY - 1 - name_len);
	bytes[BODY] = (uint8_t)name_len;
	for (size_t i = 0; i < name_len; i++)
		name[i] = i % 4 == 1 ? '.' : 'x';
	memcpy(name + name_len - strlen(end), end, strlen(end));
	bytes[LENGTH + 2] = (uint8_t)((len - 8) >> 8);
	bytes[LENGTH + 3] = (uint8_t)(len - 8);
	return decode(bytes, len, &read, NULL);
}

/* One that is too long, as it is or made printable, is not cut to another. */
static void test_a_name_is_read_whole(void **state)
{
	struct witness_msg msg = plain(), read = { 0 };
	uint8_t bytes[WITNESS_MAX];
	size_t len = witness_encode(&msg, bytes);

	(void)state;
	bytes[BODY + 4] = '\0';
	assert_int_equal(decode(bytes, len, &read, NULL), -EBADMSG);
	assert_int_equal(decode_long_name("xx", NAME_MAX_LEN), 0);
	for (size_t n = NAME_MAX_LEN + 1; n <= UINT8_MAX; n++) {
		assert_int_equal(decode_long_name("xx", n), -EBADMSG);
		assert_int_equal(decode_long_name("\x01\x01", n), -EBADMSG);
	}
}

static void test_a_name_in_lower_case(void **state)
{
	struct witness_msg msg = plain(), read = { 0 };
	uint8_t bytes[WITNESS_MAX];

	(void)state;
	strcpy(msg.bind.name, "Mail.EXAMPLE.com");
	assert_int_equal(decode(bytes, witness_encode(&msg, bytes), &read,
				NULL), 0);
	assert_string_equal(read.bind.name, "mail.example.com");
}

static int decode_result(const struct witness_result *result,
			 struct witness_result *ret)
{
	struct witness_msg msg = { .type = WITNESS_RESULT, .result = *result };
	struct witness_msg read = { 0 };
	uint8_t bytes[WITNESS_MAX];
	int r = decode(bytes, witness_encode(&msg, bytes), &read, NULL);

	if (!r)
		*ret = read.result;
	return r;
}

static void test_addresses_of_a_result(void **state)
{
	const struct witness_result result = full(WITNESS_RESULT).result;
	struct witness_result changed = result, read;

	(void)state;
	changed.source.addr = (struct addr){ 0 };
	assert_int_equal(decode_result(&changed, &read), -EBADMSG);
	changed = result;
	changed.forward[WITNESS_IPV4].addrs[7] = ipv6;
	assert_int_equal(decode_result(&changed, &read), -EBADMSG);
	changed = result;
	changed.forward[WITNESS_IPV6].hosts[0] = ipv4;
	assert_int_equal(decode_result(&changed, &read), -EBADMSG);
	changed = result;
	changed.forward[WITNESS_IPV6].addrs[1] = (struct addr){ 0 };
	assert_int_equal(decode_result(&changed, &read), -EBADMSG);
	changed = result;
	/* Nobody was called, on a port or not. */
	changed.callback.called.addr = (struct addr){ 0 };
	assert_int_equal(decode_result(&changed, &read), 0);
	assert_int_equal(read.callback.called.port, 0);
}

static void test_texts_are_made_printable(void **state)
{
	struct witness_msg msg = { .type = WITNESS_RESULT,
				   .result.source = { ipv4, 1 } };
	struct witness_msg read = { 0 };
	uint8_t bytes[WITNESS_MAX];

	(void)state;
	msg.result.reverse.name_count = 1;
	strcpy(msg.result.reverse.names[0], "a\nb");
	strcpy(msg.result.callback.said, "220 \x1b[2J\xff");
	assert_int_equal(decode(bytes, witness_encode(&msg, bytes), &read,
				NULL), 0);
	assert_string_equal(read.result.reverse.names[0], "a\\x0ab");
	assert_string_equal(read.result.callback.said,
			    "220 \\x1b[2J\\xff");
	msg = (struct witness_msg){ .type = WITNESS_REFUSAL,
				    .refusal = { REFUSAL_RATE, 7, "\r" } };
	assert_int_equal(decode(bytes, witness_encode(&msg, bytes), &read,
				NULL), 0);
	assert_string_equal(read.refusal.said, "\\x0d");
}

/* A later version may have longer texts. */
static void test_a_longer_text_is_cut(void **state)
{
	uint8_t bytes[8 + 5 + 256] = { 'B', 'W', 1, 3, 0, 0, 1, 5,
				       REFUSAL_BUSY, 0, 0, 0, 9, 255 };
	struct witness_msg read = { 0 };

	(void)state;
	memset(bytes + 14, 'x', 255);
	assert_int_equal(decode(bytes, sizeof(bytes), &read, NULL), 0);
	assert_int_equal(strlen(read.refusal.said), WITNESS_SAID_MAX - 1);
	assert_int_equal(read.refusal.retry_s, 9);
}

static void test_ret_is_left_alone_on_failure(void **state)
{
	struct witness_msg read = full(WITNESS_BIND);
	const struct witness_msg before = read;
	struct witness_msg msg = plain();

	(void)state;
	assert_int_equal(decode((const uint8_t *)"BW", 2, &read, NULL),
			 -EBADMSG);
	msg.bind.port = 0;
	assert_int_equal(decode_bind(&msg.bind), -EBADMSG);
	assert_memory_equal(&read, &before, sizeof(read));
}

static void test_what_is_signed(void **state)
{
	uint8_t challenge[WITNESS_NONCE], call[WITNESS_SIGNED];
	uint8_t echo[WITNESS_SIGNED];

	(void)state;
	memset(challenge, 0x5a, sizeof(challenge));
	witness_signed(WITNESS_CALL, challenge, call);
	witness_signed(WITNESS_ECHO, challenge, echo);
	assert_memory_equal(call, "bindback call v1", 16);
	assert_memory_equal(echo, "bindback echo v1", 16);
	assert_memory_equal(call + 16, challenge, WITNESS_NONCE);
	assert_memory_equal(echo + 16, challenge, WITNESS_NONCE);
}

static void test_words(void **state)
{
	(void)state;
	for (enum lookup_end i = LOOKUP_FOUND; i <= LOOKUP_NOT_ASKED; i++)
		assert_true(strlen(lookup_end_text(i)) > 0);
	for (enum call_end i = CALL_NOT_WANTED; i <= CALL_NOT_US; i++)
		assert_true(strlen(call_end_text(i)) > 0);
	for (enum refusal_code i = REFUSAL_NAME; i <= REFUSAL_UNREADABLE; i++)
		assert_true(strlen(refusal_code_text(i)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_at_their_most),
		cmocka_unit_test(test_the_least_result),
		cmocka_unit_test(test_what_a_bind_looks_like),
		cmocka_unit_test(test_each_shorter_one_is_refused),
		cmocka_unit_test(test_what_follows_is_skipped),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_how_long_a_frame_is),
		cmocka_unit_test(test_too_long_a_frame),
		cmocka_unit_test(test_values_beyond_their_last),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_addresses_of_a_bind),
		cmocka_unit_test(test_families_that_are_none),
		cmocka_unit_test(test_port_0),
		cmocka_unit_test(test_names_of_a_bind),
		cmocka_unit_test(test_a_name_is_read_whole),
		cmocka_unit_test(test_a_name_in_lower_case),
		cmocka_unit_test(test_addresses_of_a_result),
		cmocka_unit_test(test_texts_are_made_printable),
		cmocka_unit_test(test_a_longer_text_is_cut),
		cmocka_unit_test(test_ret_is_left_alone_on_failure),
		cmocka_unit_test(test_what_is_signed),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
