/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/identity.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/span.h"

static bool is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-';
}

static int label_check(struct span label, struct why *why)
{
	if (!label.len) {
		why_set(why, "has an empty label");
		return -EINVAL;
	}
	if (label.len > 63) {
		why_set(why, "has a label of %zu octets, at most 63 are "
			"allowed", label.len);
		return -EINVAL;
	}
	if (label.p[0] == '-' || label.p[label.len - 1] == '-') {
		why_set(why, "has a label that starts or ends with a hyphen");
		return -EINVAL;
	}
	return 0;
}

/* The first character that no host name has, with a hint where one helps. */
static int characters_check(const char *name, struct why *why)
{
	for (const char *p = name; *p; p++) {
		if (is_ldh(*p) || *p == '.')
			continue;
		if ((unsigned char)*p >= 0x80)
			why_set(why, "has a character outside ASCII; write an "
				"internationalized name in its xn-- form");
		else
			why_set(why, "has the character '%c', which no host "
				"name has", *p);
		return -EINVAL;
	}
	return 0;
}

static bool all_digits(struct span label)
{
	for (size_t i = 0; i < label.len; i++)
		if (!isdigit((unsigned char)label.p[i]))
			return false;
	return true;
}

static int labels_check(const char *name, struct why *why)
{
	struct span label = { name, 0 };
	int dots = 0;
	int r;

	for (const char *p = name;; p++) {
		if (*p && *p != '.') {
			label.len++;
			continue;
		}
		r = label_check(label, why);
		if (r < 0)
			return r;
		if (!*p)
			break;
		dots++;
		label = (struct span){ p + 1, 0 };
	}
	if (!dots) {
		why_set(why, "has no domain");
		return -EINVAL;
	}
	if (all_digits(label)) {
		why_set(why, "ends in a label of digits only, as an address "
			"would");
		return -EINVAL;
	}
	return 0;
}

int fqdn_check(const char *name, struct why *why)
{
	size_t len = strlen(name);
	int r;

	if (!len) {
		why_set(why, "is empty");
		return -EINVAL;
	}
	if (len > NAME_MAX_LEN) {
		why_set(why, "is %zu octets long, at most %d are allowed", len,
			NAME_MAX_LEN);
		return -EINVAL;
	}
	r = characters_check(name, why);
	if (r < 0)
		return r;
	if (name[len - 1] == '.') {
		why_set(why, "ends with a dot");
		return -EINVAL;
	}
	return labels_check(name, why);
}

static int name_parse(const char *name, char *ret, struct why *why)
{
	struct why found = { "" };
	int r = fqdn_check(name, &found);

	if (r < 0) {
		why_set(why, "name: \"%.80s\" %s; wanted is the cluster's "
			"fully qualified mail name, e.g. mail.example.com",
			name, found.text);
		return r;
	}
	for (size_t i = 0; i <= strlen(name); i++)
		ret[i] = (char)tolower((unsigned char)name[i]);
	return 0;
}

const char *identity_addr_fault(const struct addr *addr)
{
	return addr_is_unspecified(addr) ? "is the unspecified address" :
	       addr_is_loopback(addr)	 ? "is a loopback address" :
	       addr_is_multicast(addr)	 ? "is a multicast or broadcast "
					   "address" :
	       addr_is_linklocal(addr)	 ? "is a link-local address" :
					   NULL;
}

/* One address of parameter `param` into the next place of `list`. */
static int addr_add(const char *param, struct span word, struct addr *list,
		    unsigned int *count, struct why *why)
{
	char text[ADDR_REVERSE_MAX] = "";
	const char *fault = NULL;
	struct addr addr = { 0 };

	if (word.len < sizeof(text))
		memcpy(text, word.p, word.len);
	if (word.len >= sizeof(text) || addr_parse(text, &addr) < 0)
		fault = "is no IPv4 or IPv6 address (one without prefix "
			"length, brackets or zone is wanted)";
	else
		fault = identity_addr_fault(&addr);
	for (unsigned int i = 0; !fault && i < *count; i++)
		if (addr_equal(&list[i], &addr))
			fault = "is given twice";
		else if (list[i].family == addr.family)
			fault = "is a second address of its family; at most "
				"one IPv4 and one IPv6 address are wanted";
	if (fault) {
		why_set(why, "%s: \"%.*s\" %s", param,
			word.len > 80 ? 80 : (int)word.len, word.p, fault);
		return -EINVAL;
	}
	list[(*count)++] = addr;
	return 0;
}

static int addrs_parse(const char *param, const char *text,
		       struct addr *list, unsigned int *count, struct why *why)
{
	struct span rest = span_of(text), word;

	while (span_word(&rest, " ", &word)) {
		int r = addr_add(param, word, list, count, why);

		if (r < 0)
			return r;
	}
	return 0;
}

/* public_ip may come in any order; it is matched to ip by family. */
static int public_assign(struct identity *id, const struct addr *list,
			 unsigned int count, struct why *why)
{
	for (unsigned int i = 0; i < id->count; i++) {
		unsigned int n = 0;

		while (n < count && list[n].family != id->addrs[i].family)
			n++;
		if (n == count)
			break;
		id->public_addrs[i] = list[n];
		if (i == id->count - 1 && count == id->count)
			return 0;
	}
	why_set(why, "public_ip: wanted is one address for each address of "
		"ip, of the same families, or nothing");
	return -EINVAL;
}

int identity_parse(const char *name, const char *ip, const char *public_ip,
		   struct identity *ret, struct why *why)
{
	struct identity id = { 0 };
	struct addr public[IDENTITY_ADDRS];
	unsigned int count = 0;
	int r;

	r = name_parse(name, id.name, why);
	if (r < 0)
		return r;
	r = addrs_parse("ip", ip, id.addrs, &id.count, why);
	if (r < 0)
		return r;
	if (!id.count) {
		why_set(why, "ip: no address is given; wanted are the virtual "
			"addresses, e.g. \"192.0.2.25 2001:db8::25\"");
		return -EINVAL;
	}
	memcpy(id.public_addrs, id.addrs, sizeof(id.addrs));
	r = addrs_parse("public_ip", public_ip, public, &count, why);
	if (!r && count)
		r = public_assign(&id, public, count, why);
	if (!r)
		*ret = id;
	return r;
}

static const struct addr *of_family(const struct addr *list,
				    unsigned int count, sa_family_t family)
{
	for (unsigned int i = 0; i < count; i++)
		if (list[i].family == family)
			return &list[i];
	return NULL;
}

const struct addr *identity_addr(const struct identity *id,
				 sa_family_t family)
{
	return of_family(id->addrs, id->count, family);
}

const struct addr *identity_public(const struct identity *id,
				   sa_family_t family)
{
	return of_family(id->public_addrs, id->count, family);
}

bool identity_has_public(const struct identity *id, const struct addr *addr)
{
	const struct addr *own = identity_public(id, addr->family);

	return own && addr_equal(own, addr);
}

bool identity_has(const struct identity *id, const struct addr *addr)
{
	const struct addr *inside = identity_addr(id, addr->family);

	return identity_has_public(id, addr) ||
	       (inside && addr_equal(inside, addr));
}
