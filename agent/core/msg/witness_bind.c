/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <string.h>

#include "base/ascii.h"
#include "base/printable.h"
#include "core/msg/witness_parts.h"

#define FAMILY_NONE 0
#define FAMILY_IPV4 4
#define FAMILY_IPV6 6

void witness_put_addr(struct cursor *out, const struct addr *addr)
{
	if (addr->family == AF_INET) {
		cursor_put_u8(out, FAMILY_IPV4);
		cursor_put(out, addr->bytes, 4);
	} else if (addr->family == AF_INET6) {
		cursor_put_u8(out, FAMILY_IPV6);
		cursor_put(out, addr->bytes, 16);
	} else {
		cursor_put_u8(out, FAMILY_NONE);
	}
}

void witness_get_addr(struct msg_reader *reader, const char *field,
		      struct addr *ret)
{
	unsigned int family = cursor_get_u8(&reader->in);

	*ret = (struct addr){ 0 };
	if (family == FAMILY_IPV4) {
		ret->family = AF_INET;
		cursor_get(&reader->in, ret->bytes, 4);
	} else if (family == FAMILY_IPV6) {
		ret->family = AF_INET6;
		cursor_get(&reader->in, ret->bytes, 16);
	} else if (family != FAMILY_NONE) {
		msg_note_fault(reader, field);
	}
}

void witness_get_some_addr(struct msg_reader *reader, const char *field,
			   struct addr *ret)
{
	witness_get_addr(reader, field, ret);
	if (ret->family == AF_UNSPEC)
		msg_note_fault(reader, field);
}

/* Nobody can be called there. */
static bool is_no_identity(const struct addr *addr)
{
	return addr_is_loopback(addr) || addr_is_linklocal(addr) ||
	       addr_is_multicast(addr) || addr_is_unspecified(addr) ||
	       addr_unmap(addr).family != addr->family;
}

void witness_put_bind(struct cursor *out, const struct witness_bind *bind)
{
	assert(bind->addr_count <= IDENTITY_ADDRS);
	msg_put_text(out, bind->name);
	cursor_put_u8(out, (uint8_t)bind->addr_count);
	for (unsigned int i = 0; i < bind->addr_count; i++)
		witness_put_addr(out, &bind->addrs[i]);
	cursor_put_u8(out, (uint8_t)bind->way);
	cursor_put_u8(out, (uint8_t)bind->proto);
	cursor_put_u16(out, bind->port);
	cursor_put_u32(out, bind->timeout_ms);
	cursor_put(out, bind->nonce, WITNESS_NONCE);
}

/* Read whole: one that is too long must not be cut to another's name. */
static void get_name(struct msg_reader *reader, char ret[NAME_MAX_LEN + 1])
{
	char text[4 * UINT8_MAX + 1];

	msg_get_text(reader, text, sizeof(text));
	if (fqdn_check(text, NULL) < 0) {
		msg_note_fault(reader, "name");
		ret[0] = '\0';
		return;
	}
	for (size_t i = 0; i <= strlen(text); i++)
		ret[i] = ascii_lower(text[i]);
}

static void get_identity(struct msg_reader *reader, struct witness_bind *ret)
{
	ret->addr_count = (unsigned int)msg_get_count(
		reader, "number of addresses", IDENTITY_ADDRS);
	if (!ret->addr_count)
		msg_note_fault(reader, "number of addresses");
	for (unsigned int i = 0; i < ret->addr_count; i++) {
		struct addr *addr = &ret->addrs[i];

		witness_get_some_addr(reader, "address", addr);
		if (is_no_identity(addr) ||
		    (i && addr->family == ret->addrs[0].family))
			msg_note_fault(reader, "address");
	}
}

void witness_get_bind(struct msg_reader *reader, struct witness_bind *ret)
{
	get_name(reader, ret->name);
	get_identity(reader, ret);
	ret->way = msg_get_enum(reader, "way", WAY_SOURCE);
	ret->proto = msg_get_enum(reader, "protocol", PROTO_SMTP);
	ret->port = cursor_get_u16(&reader->in);
	if (!ret->port)
		msg_note_fault(reader, "port");
	ret->timeout_ms = cursor_get_u32(&reader->in);
	cursor_get(&reader->in, ret->nonce, WITNESS_NONCE);
}
