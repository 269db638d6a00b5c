/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/span.h"

/** An IPv4 or IPv6 address; a zeroed one (family 0, AF_UNSPEC) is "none". */
struct addr {
	sa_family_t family;
	uint8_t bytes[16];	/* network order; IPv4 uses the first 4 */
};

struct endpoint {
	struct addr addr;
	uint16_t port;		/* host order */
};

#define SMTP_PORT 25
#define DNS_PORT 53

/** Texts handed back by value: `addr_text(&a).s` lives to the end of the full
 *  expression. */
struct addr_text {
	char s[INET6_ADDRSTRLEN + 16];
};

/**
 * Read a plain IPv4 (four decimal parts) or IPv6 literal: no brackets, no
 * prefix length, no zone. 0, or -EINVAL.
 */
int addr_parse(const char *text, struct addr *ret);

/**
 * Read `addr[#port]` (as dig, kdig and unbound write it); without a port it
 * is `port`. 0, or -EINVAL.
 */
int endpoint_parse(const char *text, uint16_t port, struct endpoint *ret);

/** The usual text of an address (RFC 5952 for IPv6); "none" for a zeroed
 *  one. */
struct addr_text addr_text(const struct addr *addr);
/** `addr#port`, or the address alone when the port is `default_port`. */
struct addr_text endpoint_text(const struct endpoint *ep,
			       uint16_t default_port);
/** "IPv4" or "IPv6". */
const char *family_text(sa_family_t family);
/** Read that back. 0, or -EINVAL. */
int family_parse(struct span word, sa_family_t *ret);

/** ::ffff:127.0.0.1 as what it reaches, 127.0.0.1; others as they are. */
struct addr addr_unmap(const struct addr *addr);

bool addr_equal(const struct addr *a, const struct addr *b);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool addr_is_loopback(const struct addr *addr);
bool addr_is_multicast(const struct addr *addr);
bool addr_is_unspecified(const struct addr *addr);
bool addr_is_linklocal(const struct addr *addr);

#define ADDR_REVERSE_MAX 74
/** in-addr.arpa (RFC 1035, 3.5) or ip6.arpa (RFC 3596, 2.5), no final dot. */
void addr_reverse_name(const struct addr *addr, char ret[ADDR_REVERSE_MAX]);

socklen_t addr_to_sockaddr(const struct addr *addr, uint16_t port,
			   struct sockaddr_storage *ret);
/** 0, or -EAFNOSUPPORT for anything but IPv4 and IPv6. */
int addr_from_sockaddr(const struct sockaddr *sa, struct endpoint *ret);
