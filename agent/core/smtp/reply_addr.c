/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/span.h"
#include "core/smtp/reply_class.h"

#define TAG "IPv6:"	/* RFC 5321, 4.1.3 */

static bool addr_read(struct span inside, struct addr *ret)
{
	char text[sizeof(TAG) + INET6_ADDRSTRLEN] = "";
	struct span word;
	bool tagged;

	if (!span_word(&inside, " ", &word) || word.len >= sizeof(text))
		return false;
	for (size_t i = 0; i < inside.len; i++)
		if (!strchr(" 0123456789", inside.p[i]))
			return false;
	memcpy(text, word.p, word.len);
	tagged = !strncasecmp(text, TAG, strlen(TAG));
	return addr_parse(tagged ? text + strlen(TAG) : text, ret) == 0 &&
	       (!tagged || ret->family == AF_INET6);
}

static bool ends_with(struct span text, const char *tail)
{
	size_t len = strlen(tail);

	return text.len >= len &&
	       !strncasecmp(text.p + text.len - len, tail, len);
}

/*
 * Is the address at `open`..`close` one of a mailbox, or of a host that the
 * server itself speaks to, in Postfix's words ("connect to b[192.0.2.1]:25:",
 * "host b[192.0.2.1] said:")? In its words for us, "<unknown[192.0.2.1]>:
 * Client host rejected", the name stands as close to the bracket.
 */
static bool is_of_another(const char *text, const char *open,
			  const char *close)
{
	static const char *const before[] = { "connect to ",
					      "lost connection with ",
					      "conversation with " };
	static const char *const after[] = { " said", " refused to talk",
					     " timed out" };
	struct span head = { text, (size_t)(open - text) };

	if (ends_with(head, "@"))
		return true;
	while (head.len && head.p[head.len - 1] != ' ')
		head.len--;
	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		if (ends_with(head, before[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(after); i++)
		if (!strncasecmp(close + 1, after[i], strlen(after[i])))
			return true;
	return false;
}

/* Nobody comes from there over a network: a server sees it that stands behind
 * a proxy on its own host. */
static bool is_nowhere(const struct addr *addr, const struct addr *server)
{
	if (addr_is_loopback(addr))
		return server && server->family && !addr_is_loopback(server);
	return addr_is_unspecified(addr) || addr_is_multicast(addr) ||
	       addr_is_linklocal(addr);
}

bool reply_addr(const char *text, const struct addr *server, struct addr *ret)
{
	const char *open = strchr(text, '[');
	struct addr addr;

	for (; open; open = strchr(open + 1, '[')) {
		const char *close = strchr(open, ']');
		struct span inside = { open + 1, 0 };

		if (!close)
			return false;
		inside.len = (size_t)(close - inside.p);
		if (!addr_read(inside, &addr) ||
		    (server && addr_equal(server, &addr)) ||
		    is_nowhere(&addr, server) ||
		    is_of_another(text, open, close))
			continue;
		*ret = addr;
		return true;
	}
	return false;
}
