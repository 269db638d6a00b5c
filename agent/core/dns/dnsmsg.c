/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/dns/dnsmsg.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cursor.h"

#define CLASS_IN 1
#define FLAG_QR 0x8000
#define FLAG_AA 0x0400
#define FLAG_TC 0x0200
#define WIRE_NAME_MAX 255	/* RFC 1035, 2.3.4 */
#define LABEL_MAX 63
#define POINTER 0xc0

struct header {
	uint16_t flags;
	uint16_t questions;
	uint16_t answers;
	uint16_t authorities;
};

static char label_char(uint8_t byte)
{
	if (byte <= ' ' || byte >= 0x7f || byte == '.' || byte == '\\')
		return '?';
	return (char)tolower(byte);
}

/* One label behind what `ret` holds; `*len` characters are there. */
static void label_read(struct cursor *at, uint8_t size, char *ret, size_t *len)
{
	uint8_t label[LABEL_MAX];

	/* The dots of the text take the place of the length octets, all but
	 * the first; so the wire's limit is the text's, two octets later. */
	if (*len + (*len > 0) + size > WIRE_NAME_MAX - 2) {
		at->error = true;
		return;
	}
	cursor_get(at, label, size);
	if (*len)
		ret[(*len)++] = '.';
	for (uint8_t i = 0; i < size; i++)
		ret[(*len)++] = label_char(label[i]);
}

/*
 * A name, perhaps compressed (RFC 1035, 4.1.4). Each pointer must lead to
 * before the piece it ends, so no chain of them can loop.
 */
static void name_read(struct cursor *in, char ret[NAME_MAX_LEN + 1])
{
	struct cursor at = *in;
	size_t piece = at.pos, len = 0;
	bool jumped = false;

	for (;;) {
		uint8_t size = cursor_get_u8(&at);
		size_t to;

		if (at.error || !size)
			break;
		if (size <= LABEL_MAX) {
			label_read(&at, size, ret, &len);
			continue;
		}
		to = (size_t)(size & ~POINTER) << 8 | cursor_get_u8(&at);
		if ((size & POINTER) != POINTER || to >= piece)
			at.error = true;
		if (!jumped)
			in->pos = at.pos;
		jumped = true;
		piece = to;
		cursor_seek(&at, to);
	}
	ret[at.error ? 0 : len] = '\0';
	if (!jumped)
		in->pos = at.pos;
	in->error = at.error;
}

static void addr_read(struct cursor *in, uint16_t type, size_t size,
		      struct addr *ret)
{
	size_t want = type == DNS_A ? 4 : 16;

	if (size != want)
		in->error = true;
	ret->family = type == DNS_A ? AF_INET : AF_INET6;
	cursor_get(in, ret->bytes, want);
}

static void soa_read(struct cursor *in, struct dns_record *ret)
{
	char name[NAME_MAX_LEN + 1];

	name_read(in, name);
	name_read(in, name);
	ret->serial = cursor_get_u32(in);
	cursor_skip(in, 12);
	ret->minimum_s = cursor_get_u32(in);
}

/* Keep octets for dnsmsg_data, behind those of the records before. */
static void octets_read(struct cursor *in, size_t size, struct dnsmsg *msg,
			struct dns_record *ret)
{
	if (size > DNSMSG_DATA_MAX - msg->data_len) {
		in->error = true;
		return;
	}
	cursor_get(in, msg->data + msg->data_len, size);
	msg->data_len += (unsigned int)size;
	ret->data_len += (uint16_t)size;
}

/* RFC 1035, 3.3.14: character-strings, each behind its length. */
static void txt_read(struct cursor *in, size_t end, struct dnsmsg *msg,
		     struct dns_record *ret)
{
	while (in->pos < end && !in->error)
		octets_read(in, cursor_get_u8(in), msg, ret);
}

/* The data of a record. Returns whether its type is of interest. */
static bool data_read(struct cursor *in, size_t size, struct dnsmsg *msg,
		      struct dns_record *ret)
{
	size_t end = in->pos + size;

	if (size > cursor_left(in)) {
		in->error = true;
		return false;
	}
	ret->data_at = (uint16_t)msg->data_len;
	switch (ret->type) {
	case DNS_A:
	case DNS_AAAA:
		addr_read(in, ret->type, size, &ret->addr);
		break;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		name_read(in, ret->target);
		break;
	case DNS_MX:
		ret->preference = cursor_get_u16(in);
		name_read(in, ret->target);
		break;
	case DNS_SOA:
		soa_read(in, ret);
		break;
	case DNS_TXT:
		txt_read(in, end, msg, ret);
		break;
	case DNS_TLSA:
		octets_read(in, size, msg, ret);
		break;
	default:
		cursor_skip(in, size);
		return false;
	}
	if (in->pos != end)
		in->error = true;
	return true;
}

/* Returns whether the record is of interest. */
static bool record_read(struct cursor *in, struct dnsmsg *msg,
			struct dns_record *ret)
{
	uint16_t class, size;

	*ret = (struct dns_record){ 0 };
	name_read(in, ret->owner);
	ret->type = cursor_get_u16(in);
	class = cursor_get_u16(in);
	ret->ttl_s = cursor_get_u32(in);
	size = cursor_get_u16(in);
	/* RFC 2181, 8: a TTL with the highest bit set counts as zero. */
	if (ret->ttl_s > INT32_MAX)
		ret->ttl_s = 0;
	if (class != CLASS_IN) {
		cursor_skip(in, size);
		return false;
	}
	return data_read(in, size, msg, ret);
}

/* The counts are the peer's word: the end of the message bounds the loop. */
static int section_read(struct cursor *in, unsigned int count, bool authority,
			struct dnsmsg *msg)
{
	struct dns_record record;

	for (unsigned int i = 0; i < count && !in->error; i++) {
		if (!record_read(in, msg, &record) || in->error)
			continue;
		if (msg->record_count == DNSMSG_RECORDS_MAX)
			return -E2BIG;
		record.authority = authority;
		msg->records[msg->record_count++] = record;
	}
	return in->error ? -EBADMSG : 0;
}

static struct header header_read(struct cursor *in)
{
	struct header header;

	cursor_skip(in, 2);
	header.flags = cursor_get_u16(in);
	header.questions = cursor_get_u16(in);
	header.answers = cursor_get_u16(in);
	header.authorities = cursor_get_u16(in);
	cursor_skip(in, 2);
	return header;
}

static int message_read(struct cursor *in, struct dnsmsg *msg)
{
	struct header header = header_read(in);
	uint16_t class;
	int r;

	name_read(in, msg->qname);
	msg->qtype = cursor_get_u16(in);
	class = cursor_get_u16(in);
	if (in->error || !(header.flags & FLAG_QR) || header.questions != 1 ||
	    class != CLASS_IN)
		return -EBADMSG;
	msg->rcode = header.flags & 0xf;
	msg->aa = header.flags & FLAG_AA;
	msg->tc = header.flags & FLAG_TC;
	/* RFC 2181, 9: what a truncated answer holds is not to be used. */
	if (msg->tc)
		return 0;
	r = section_read(in, header.answers, false, msg);
	if (!r)
		r = section_read(in, header.authorities, true, msg);
	return r;
}

/* Most messages have few records: what is behind them need not be moved. */
static void copy(const struct dnsmsg *msg, struct dnsmsg *ret)
{
	memcpy(ret, msg, offsetof(struct dnsmsg, records));
	memcpy(ret->records, msg->records,
	       msg->record_count * sizeof(msg->records[0]));
	ret->data_len = msg->data_len;
	memcpy(ret->data, msg->data, msg->data_len);
}

int dnsmsg_read(const void *bytes, size_t size, struct dnsmsg *ret)
{
	struct dnsmsg *msg = xmalloc(sizeof(*msg));
	struct cursor in = cursor_reader(bytes, size);
	int r;

	/* The records behind the count are many, and never looked at. */
	memset(msg, 0, offsetof(struct dnsmsg, records));
	msg->data_len = 0;
	r = message_read(&in, msg);
	if (!r)
		copy(msg, ret);
	free(msg);
	return r;
}

const uint8_t *dnsmsg_data(const struct dnsmsg *msg,
			   const struct dns_record *record, size_t *ret_len)
{
	*ret_len = record->data_len;
	return msg->data + record->data_at;
}

static const struct dns_record *cname_of(const struct dnsmsg *msg,
					 const char *name)
{
	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (record->type == DNS_CNAME && !record->authority &&
		    !strcmp(record->owner, name))
			return record;
	}
	return NULL;
}

const char *dnsmsg_canonical(const struct dnsmsg *msg, uint32_t *least_ttl_s)
{
	const char *name = msg->qname;

	/* A loop of CNAMEs ends when each record was used once. */
	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *cname = cname_of(msg, name);

		if (!cname)
			break;
		if (cname->ttl_s < *least_ttl_s)
			*least_ttl_s = cname->ttl_s;
		name = cname->target;
	}
	return name;
}

const struct dns_record *dnsmsg_negative_soa(const struct dnsmsg *msg)
{
	for (unsigned int i = 0; i < msg->record_count; i++)
		if (msg->records[i].type == DNS_SOA &&
		    msg->records[i].authority)
			return &msg->records[i];
	return NULL;
}

uint32_t dnsmsg_negative_ttl_s(const struct dnsmsg *msg)
{
	const struct dns_record *soa = dnsmsg_negative_soa(msg);

	if (!soa)
		return 0;
	return soa->ttl_s < soa->minimum_s ? soa->ttl_s : soa->minimum_s;
}

bool dns_name_under(const char *name, const char *zone)
{
	size_t name_len = strlen(name), zone_len = strlen(zone);

	if (!zone_len)
		return true;
	if (name_len < zone_len ||
	    strcmp(name + name_len - zone_len, zone) != 0)
		return false;
	return name_len == zone_len || name[name_len - zone_len - 1] == '.';
}
