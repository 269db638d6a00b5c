/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>

#include "core/msg/witness_parts.h"

static void put_endpoint(struct cursor *out, const struct endpoint *ep)
{
	witness_put_addr(out, &ep->addr);
	cursor_put_u16(out, ep->port);
}

/* A port of nowhere is nothing. */
static void get_endpoint(struct msg_reader *reader, const char *field,
			 struct endpoint *ret)
{
	struct endpoint ep;

	witness_get_addr(reader, field, &ep.addr);
	ep.port = cursor_get_u16(&reader->in);
	if (ep.addr.family == AF_UNSPEC)
		ep.port = 0;
	*ret = ep;
}

static void put_addrs(struct cursor *out, const struct addr *addrs,
		      unsigned int count)
{
	cursor_put_u8(out, (uint8_t)count);
	for (unsigned int i = 0; i < count; i++)
		witness_put_addr(out, &addrs[i]);
}

static unsigned int get_addrs(struct msg_reader *reader, unsigned int max,
			      sa_family_t family, struct addr *ret)
{
	unsigned int count = (unsigned int)msg_get_count(
		reader, "number of addresses", max);

	for (unsigned int i = 0; i < count; i++) {
		witness_get_some_addr(reader, "address", &ret[i]);
		if (ret[i].family != family)
			msg_note_fault(reader, "address");
	}
	return count;
}

static void put_lookup(struct cursor *out, const struct witness_lookup *lookup)
{
	cursor_put_u8(out, (uint8_t)lookup->end);
	cursor_put_u8(out, lookup->rcode);
	cursor_put_u32(out, lookup->ttl_s);
	cursor_put_u32(out, lookup->latency_ms);
}

static void get_lookup(struct msg_reader *reader, struct witness_lookup *ret)
{
	ret->end = msg_get_enum(reader, "lookup's end", LOOKUP_NOT_ASKED);
	ret->rcode = cursor_get_u8(&reader->in);
	ret->ttl_s = cursor_get_u32(&reader->in);
	ret->latency_ms = cursor_get_u32(&reader->in);
}

static void put_forward(struct cursor *out,
			const struct witness_forward *forward)
{
	assert(forward->addr_count <= WITNESS_ADDRS_MAX);
	assert(forward->host_count <= WITNESS_HOSTS_MAX);
	put_lookup(out, &forward->lookup);
	put_addrs(out, forward->addrs, forward->addr_count);
	put_addrs(out, forward->hosts, forward->host_count);
}

static void get_forward(struct msg_reader *reader, sa_family_t family,
			struct witness_forward *ret)
{
	get_lookup(reader, &ret->lookup);
	ret->addr_count = get_addrs(reader, WITNESS_ADDRS_MAX, family,
				    ret->addrs);
	ret->host_count = get_addrs(reader, WITNESS_HOSTS_MAX, family,
				    ret->hosts);
}

static void put_reverse(struct cursor *out,
			const struct witness_reverse *reverse)
{
	assert(reverse->name_count <= WITNESS_NAMES_MAX);
	put_lookup(out, &reverse->lookup);
	cursor_put_u8(out, (uint8_t)reverse->name_count);
	for (unsigned int i = 0; i < reverse->name_count; i++)
		msg_put_text(out, reverse->names[i]);
}

static void get_reverse(struct msg_reader *reader, struct witness_reverse *ret)
{
	get_lookup(reader, &ret->lookup);
	ret->name_count = (unsigned int)msg_get_count(
		reader, "number of names", WITNESS_NAMES_MAX);
	for (unsigned int i = 0; i < ret->name_count; i++)
		msg_get_text(reader, ret->names[i], sizeof(ret->names[i]));
}

static void put_callback(struct cursor *out,
			 const struct witness_callback *callback)
{
	cursor_put_u8(out, (uint8_t)callback->end);
	put_endpoint(out, &callback->called);
	cursor_put_u32(out, callback->latency_ms);
	msg_put_text(out, callback->said);
}

static void get_callback(struct msg_reader *reader,
			 struct witness_callback *ret)
{
	ret->end = msg_get_enum(reader, "callback's end", CALL_NOT_US);
	get_endpoint(reader, "address called", &ret->called);
	ret->latency_ms = cursor_get_u32(&reader->in);
	msg_get_text(reader, ret->said, sizeof(ret->said));
}

void witness_put_result(struct cursor *out,
			const struct witness_result *result)
{
	put_endpoint(out, &result->source);
	put_forward(out, &result->forward[WITNESS_IPV4]);
	put_forward(out, &result->forward[WITNESS_IPV6]);
	put_reverse(out, &result->reverse);
	put_callback(out, &result->callback);
	witness_put_addr(out, &result->kept);
}

void witness_get_result(struct msg_reader *reader, struct witness_result *ret)
{
	get_endpoint(reader, "source", &ret->source);
	if (ret->source.addr.family == AF_UNSPEC)
		msg_note_fault(reader, "source");
	get_forward(reader, AF_INET, &ret->forward[WITNESS_IPV4]);
	get_forward(reader, AF_INET6, &ret->forward[WITNESS_IPV6]);
	get_reverse(reader, &ret->reverse);
	get_callback(reader, &ret->callback);
	witness_get_addr(reader, "address kept", &ret->kept);
}
