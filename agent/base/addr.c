/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/addr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

static size_t addr_len(const struct addr *addr)
{
	return addr->family == AF_INET ? 4 : addr->family == AF_INET6 ? 16 : 0;
}

int addr_parse(const char *text, struct addr *ret)
{
	struct addr addr = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(addr.family, text, addr.bytes) != 1)
		return -EINVAL;
	*ret = addr;
	return 0;
}

int endpoint_parse(const char *text, uint16_t port, struct endpoint *ret)
{
	const char *hash = strchr(text, '#');
	char host[INET6_ADDRSTRLEN];
	struct endpoint ep = { .port = port };
	size_t len = hash ? (size_t)(hash - text) : strlen(text);
	uint32_t number;
	int r;

	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	r = addr_parse(host, &ep.addr);
	if (r < 0)
		return r;
	if (hash) {
		r = parse_u32(hash + 1, 65535, &number);
		if (r < 0 || !number)
			return -EINVAL;
		ep.port = (uint16_t)number;
	}
	*ret = ep;
	return 0;
}

struct addr_text addr_text(const struct addr *addr)
{
	struct addr_text text = { "none" };

	if (addr_len(addr))
		(void)inet_ntop(addr->family, addr->bytes, text.s,
				sizeof(text.s));
	return text;
}

struct addr_text endpoint_text(const struct endpoint *ep,
			       uint16_t default_port)
{
	struct addr_text text = addr_text(&ep->addr);
	size_t len = strlen(text.s);

	if (ep->port != default_port)
		(void)snprintf(text.s + len, sizeof(text.s) - len, "#%u",
			       ep->port);
	return text;
}

const char *family_text(sa_family_t family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

int family_parse(struct span word, sa_family_t *ret)
{
	if (span_equals(word, "IPv4"))
		*ret = AF_INET;
	else if (span_equals(word, "IPv6"))
		*ret = AF_INET6;
	else
		return -EINVAL;
	return 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, addr_len(a));
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static bool is_v4mapped(const struct addr *addr)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return addr->family == AF_INET6 && !memcmp(addr->bytes, prefix, 12);
}

struct addr addr_unmap(const struct addr *addr)
{
	struct addr v4 = { .family = AF_INET };

	if (!is_v4mapped(addr))
		return *addr;
	memcpy(v4.bytes, addr->bytes + 12, 4);
	return v4;
}

bool addr_is_loopback(const struct addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };
	struct addr a = addr_unmap(addr);

	if (a.family == AF_INET)
		return a.bytes[0] == 127;
	return a.family == AF_INET6 && !memcmp(a.bytes, one, 16);
}

bool addr_is_multicast(const struct addr *addr)
{
	struct addr a = addr_unmap(addr);

	if (a.family == AF_INET)
		return (a.bytes[0] & 0xf0) == 0xe0 || a.bytes[0] == 255;
	return a.family == AF_INET6 && a.bytes[0] == 0xff;
}

bool addr_is_unspecified(const struct addr *addr)
{
	static const uint8_t zero[16];
	struct addr a = addr_unmap(addr);

	return !memcmp(a.bytes, zero, addr_len(&a));
}

bool addr_is_linklocal(const struct addr *addr)
{
	struct addr a = addr_unmap(addr);

	if (a.family == AF_INET)
		return a.bytes[0] == 169 && a.bytes[1] == 254;
	return a.family == AF_INET6 && a.bytes[0] == 0xfe &&
	       (a.bytes[1] & 0xc0) == 0x80;
}

void addr_reverse_name(const struct addr *addr, char ret[ADDR_REVERSE_MAX])
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *b = addr->bytes;
	char *p = ret;

	assert(addr_len(addr));
	if (addr->family == AF_INET) {
		(void)snprintf(ret, ADDR_REVERSE_MAX,
			       "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1],
			       b[0]);
		return;
	}
	for (int i = 15; i >= 0; i--) {
		*p++ = hex[b[i] & 15];
		*p++ = '.';
		*p++ = hex[b[i] >> 4];
		*p++ = '.';
	}
	memcpy(p, "ip6.arpa", sizeof("ip6.arpa"));
}

socklen_t addr_to_sockaddr(const struct addr *addr, uint16_t port,
			   struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	assert(addr_len(addr));
	memset(ret, 0, sizeof(*ret));
	ret->ss_family = addr->family;
	if (addr->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr->bytes, 16);
	return sizeof(*in6);
}

int addr_from_sockaddr(const struct sockaddr *sa, struct endpoint *ret)
{
	struct endpoint ep = { .addr.family = sa->sa_family };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		ep.port = ntohs(in.sin_port);
		memcpy(ep.addr.bytes, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		ep.port = ntohs(in6.sin6_port);
		memcpy(ep.addr.bytes, &in6.sin6_addr, 16);
	} else {
		return -EAFNOSUPPORT;
	}
	*ret = ep;
	return 0;
}
