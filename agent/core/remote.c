/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/remote.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/msg/witness.h"

#define MX "mx:"

/* Cut off what stands behind the last `c`; false: there is none. */
static bool cut(struct span *text, char c, struct span *ret_rest)
{
	const char *at = memrchr(text->p, c, text->len);

	if (!at)
		return false;
	*ret_rest = (struct span){ at + 1,
				   text->len - (size_t)(at + 1 - text->p) };
	text->len = (size_t)(at - text->p);
	return true;
}

static int get_name(struct span text, char ret[NAME_MAX_LEN + 1],
		    struct why *why)
{
	char name[NAME_MAX_LEN + 1];
	struct why said = { "" };

	if (text.len > NAME_MAX_LEN) {
		why_set(why, "has a name of %zu octets, at most %d are allowed",
			text.len, NAME_MAX_LEN);
		return -EINVAL;
	}
	for (size_t i = 0; i < text.len; i++)
		name[i] = (char)tolower((unsigned char)text.p[i]);
	name[text.len] = '\0';
	if (fqdn_check(name, &said) < 0) {
		*why = said;
		return -EINVAL;
	}
	memcpy(ret, name, text.len + 1);
	return 0;
}

static int get_port(struct span text, uint16_t *ret, struct why *why)
{
	char digits[8] = "";
	uint32_t port;

	if (text.len < sizeof(digits))
		memcpy(digits, text.p, text.len);
	if (parse_u32(digits, UINT16_MAX, &port) < 0 || !port) {
		why_set(why, "has the port \"%.*s\"; wanted is a number from 1 "
			"to 65535", SPAN_ARG(text));
		return -EINVAL;
	}
	*ret = (uint16_t)port;
	return 0;
}

static bool get_addr(struct span text, struct addr *ret)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	return addr_parse(copy, ret) == 0;
}

/* One server must be reached by it. */
static int check_literal(const struct addr *addr, struct why *why)
{
	if (!addr_is_unspecified(addr) && !addr_is_multicast(addr) &&
	    !addr_is_linklocal(addr))
		return 0;
	why_set(why, "has an address that no single server outside can have");
	return -EINVAL;
}

static int get_host(struct span text, struct remote *ret, struct why *why)
{
	struct span inner = text, port;
	int r = 0;

	/* An IPv6 address has colons of its own. */
	if (get_addr(text, &ret->literal))
		return check_literal(&ret->literal, why);
	if (text.len && text.p[text.len - 1] != ']' &&
	    cut(&text, ':', &port)) {
		r = get_port(port, &ret->port, why);
		inner = text;
	}
	if (r < 0)
		return r;
	if (inner.len > 2 && inner.p[0] == '[' &&
	    inner.p[inner.len - 1] == ']')
		inner = (struct span){ inner.p + 1, inner.len - 2 };
	if (get_addr(inner, &ret->literal))
		return check_literal(&ret->literal, why);
	return get_name(text, ret->host, why);
}

int remote_parse(struct span text, struct remote *ret, struct why *why)
{
	struct remote remote = { .port = SMTP_PORT };
	bool has_domain;
	struct span domain;
	int r;

	remote.mx = span_starts(text, MX);
	if (remote.mx)
		text = (struct span){ text.p + strlen(MX),
				      text.len - strlen(MX) };
	has_domain = cut(&text, '/', &domain);
	r = get_host(text, &remote, why);
	if (r < 0)
		return r;
	if (remote.mx && (remote.literal.family || has_domain)) {
		why_set(why, "is no mail domain; wanted after mx: is a domain "
			"alone, such as mx:example.net");
		return -EINVAL;
	}
	memcpy(remote.domain, remote.host, sizeof(remote.domain));
	if (has_domain)
		r = get_name(domain, remote.domain, why);
	if (!r)
		*ret = remote;
	return r;
}

int witness_parse(struct span text, struct remote *ret, struct why *why)
{
	struct remote witness = { .port = WITNESS_PORT };
	int r;

	if (span_starts(text, MX) || memchr(text.p, '/', text.len)) {
		why_set(why, "is no witness; wanted is host[:port]");
		return -EINVAL;
	}
	r = get_host(text, &witness, why);
	if (!r)
		*ret = witness;
	return r;
}

static void print_host(const struct remote *remote, uint16_t usual_port,
		       struct buf *out)
{
	struct addr_text literal = addr_text(&remote->literal);
	bool port = remote->port != usual_port;

	if (remote->literal.family == AF_INET6 && port)
		buf_printf(out, "[%s]", literal.s);
	else
		buf_puts(out, remote->literal.family ? literal.s :
						       remote->host);
	if (port)
		buf_printf(out, ":%u", remote->port);
}

void witness_print(const struct remote *witness, struct buf *out)
{
	print_host(witness, WITNESS_PORT, out);
}

void remote_print(const struct remote *remote, struct buf *out)
{
	if (remote->mx)
		buf_puts(out, MX);
	print_host(remote, SMTP_PORT, out);
	if (strcmp(remote->domain, remote->host) != 0)
		buf_printf(out, "/%s", remote->domain);
}

struct remote_text remote_postmaster(const struct remote *remote)
{
	struct remote_text text;

	if (remote->domain[0])
		(void)snprintf(text.s, sizeof(text.s), "postmaster@%s",
			       remote->domain);
	else
		(void)snprintf(text.s, sizeof(text.s), "postmaster@[%s%s]",
			       remote->literal.family == AF_INET6 ? "IPv6:" :
								    "",
			       addr_text(&remote->literal).s);
	return text;
}

bool remote_equal(const struct remote *a, const struct remote *b)
{
	return a->mx == b->mx && a->port == b->port &&
	       addr_equal(&a->literal, &b->literal) &&
	       !strcmp(a->host, b->host);
}
