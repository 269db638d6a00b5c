/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/rules_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/parse.h"
#include "core/msg/witness.h"

#define SPACES " \t"
#define WORD_MAX (NAME_MAX_LEN + 1)	/* ".example.com" has one more */
#define PATH_LEN_MAX 255
#define USER_MAX 32

/* A word as a text; what is longer than any that is wanted is cut there. */
struct word {
	char s[WORD_MAX + 2];
};

static struct word word_text(struct span span)
{
	size_t len = span.len <= WORD_MAX ? span.len : WORD_MAX + 1;
	struct word word = { "" };

	if (len)
		memcpy(word.s, span.p, len);
	return word;
}

static int refuse(struct why *why, struct span found, const char *wrong)
{
	why_set(why, "\"%.*s\" %s", found.len > 80 ? 80 : (int)found.len,
		found.p, wrong);
	return -EINVAL;
}

static int port_parse(struct span span, uint32_t min, uint16_t *ret)
{
	struct word word = word_text(span);
	uint32_t port;

	if (parse_u32(word.s, UINT16_MAX, &port) < 0 || port < min)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

/* Parts "[address]:port" or "address:port". */
static int endpoint_read(struct span span, struct endpoint *ret)
{
	struct span host = span, port = { NULL, 0 };
	struct endpoint ep = { .port = WITNESS_PORT };
	bool v6 = span_skip(&host, "[");
	struct word word;

	if (v6) {
		port = host;
		if (!span_cut(&port, "]", &host) ||
		    (port.len && !span_skip(&port, ":")))
			return -EINVAL;
		if (!port.len && span.p[span.len - 1] == ':')
			return -EINVAL;
	} else {
		port = span;
		if (!span_cut(&port, ":", &host))
			port.len = 0;
		else if (!port.len)
			return -EINVAL;
	}
	word = word_text(host);
	if (addr_parse(word.s, &ep.addr) < 0 ||
	    (ep.addr.family == AF_INET6) != v6 ||
	    (port.len && port_parse(port, 0, &ep.port) < 0))
		return -EINVAL;
	*ret = ep;
	return 0;
}

static const char *listen_fault(const struct rules *rules,
				const struct endpoint *ep)
{
	struct addr plain = addr_unmap(&ep->addr);

	if (plain.family != ep->addr.family)
		return "is an IPv4 address in the form of IPv6; wanted is "
		       "192.0.2.7";
	if (addr_is_multicast(&ep->addr))
		return "is a multicast or broadcast address";
	if (addr_is_linklocal(&ep->addr))
		return "is a link-local address";
	for (size_t i = 0; i < rules->listen_count; i++)
		if (endpoint_equal(&rules->listen[i], ep))
			return "is there twice";
	if (rules->listen_count == LISTEN_MAX)
		return "is one too many; at most 8 are wanted";
	return NULL;
}

int rules_read_listen(struct span value, const struct rules_place *place,
		      struct why *why)
{
	struct rules *rules = place->rules;
	struct span word;

	rules->listen_count = 0;
	while (span_word(&value, SPACES, &word)) {
		struct endpoint ep;
		const char *fault;

		if (endpoint_read(word, &ep) < 0)
			return refuse(why, word, "is no address to listen on; "
				      "wanted is one as 192.0.2.7, "
				      "192.0.2.7:9322 or [2001:db8::7]:9322, "
				      "no name");
		fault = listen_fault(rules, &ep);
		if (fault)
			return refuse(why, word, fault);
		rules->listen[rules->listen_count++] = ep;
	}
	return 0;
}

static int name_read(struct span word, struct rule *rule, struct why *why)
{
	struct word text = word_text(word);
	struct why fault;

	if (fqdn_check(text.s + (text.s[0] == '.'), &fault) < 0) {
		why_set(why, "\"%.80s\" %s; wanted is a name as "
			"mail.example.com, .example.com for all below, an "
			"address or a network", text.s, fault.text);
		return -EINVAL;
	}
	for (char *p = text.s; *p; p++)
		*p = ascii_lower(*p);
	for (size_t i = 0; i < rule->name_count; i++)
		if (!strcmp(rule->names[i], text.s))
			return refuse(why, word, "is there twice");
	if (rule->name_count == RULE_NAMES_MAX)
		return refuse(why, word, "is one name too many; at most 64 "
			      "are wanted");
	memcpy(rule->names[rule->name_count++], text.s, sizeof(*rule->names));
	return 0;
}

static int network_add(struct span word, struct rule *rule, struct why *why)
{
	struct network network;
	int r = network_parse(word, &network, why);

	if (r < 0)
		return r;
	for (size_t i = 0; i < rule->network_count; i++)
		if (rule->networks[i].prefix == network.prefix &&
		    addr_equal(&rule->networks[i].addr, &network.addr))
			return refuse(why, word, "is there twice");
	if (rule->network_count == RULE_NETWORKS_MAX)
		return refuse(why, word, "is one network too many; at most 64 "
			      "are wanted");
	rule->networks[rule->network_count++] = network;
	return 0;
}

/* What begins like an address is meant as one, so that it is told what is wrong
 * with it. */
static bool is_network(struct span word)
{
	struct word text = word_text(word);
	struct addr addr;

	return strpbrk(text.s, "/:") || !addr_parse(text.s, &addr);
}

int rules_read_allow(struct span value, const struct rules_place *place,
		     struct why *why)
{
	struct rule *rule = place->rule;
	struct span word, rest = value;
	size_t most = 0;
	int r = 0;

	while (most < RULE_NAMES_MAX + RULE_NETWORKS_MAX &&
	       span_word(&rest, SPACES, &word))
		most++;
	/* New ones: what it shares with the defaults it does not add to. */
	rule->names = xcalloc(most, sizeof(*rule->names));
	rule->networks = xcalloc(most, sizeof(*rule->networks));
	rule->name_count = rule->network_count = 0;
	while (!r && span_word(&value, SPACES, &word))
		r = is_network(word) ? network_add(word, rule, why) :
				       name_read(word, rule, why);
	return r;
}

int rules_read_ports(struct span value, const struct rules_place *place,
		     struct why *why)
{
	struct rule *rule = place->rule;
	struct span word;
	uint16_t port;

	rule->port_count = 0;
	while (span_word(&value, SPACES, &word)) {
		if (port_parse(word, 1, &port) < 0)
			return refuse(why, word, "is no port; wanted is a "
				      "number from 1 to 65535");
		if (rule_allows_port(rule, port))
			return refuse(why, word, "is there twice");
		if (rule->port_count == RULE_PORTS_MAX)
			return refuse(why, word, "is one port too many; at "
				      "most 8 are wanted");
		rule->ports[rule->port_count++] = port;
	}
	return 0;
}

int rules_read_hosts(struct span value, const struct rules_place *place,
		     struct why *why)
{
	struct word word = word_text(value);

	if (parse_bool(word.s, &place->rule->hosts) < 0)
		return refuse(why, value, "is neither yes nor no");
	return 0;
}

static bool has_dot_dot(struct span path)
{
	struct span part;

	while (span_word(&path, "/", &part))
		if (span_equals(part, ".."))
			return true;
	return false;
}

int rules_read_path(struct span value, const struct rules_place *place,
		    struct why *why)
{
	char **ret = (char **)((char *)place->rules + place->offset);

	if (value.p[0] != '/' || value.len > PATH_LEN_MAX ||
	    value.p[value.len - 1] == '/' || has_dot_dot(value))
		return refuse(why, value, "is no full path of a file; wanted "
			      "is one that begins with a slash, without "
			      "\"..\", of at most 255 octets");
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_letter(value.p[i]) &&
		    !ascii_is_digit(value.p[i]) &&
		    !strchr("/._-+@", value.p[i]))
			return refuse(why, value, "has a character other than "
				      "ASCII letters, digits and / . _ - + @");
	*ret = xmemdup0(value.p, value.len);
	return 0;
}

static bool is_user(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_letter(value.p[i]) && value.p[i] != '_' &&
		    (!i || (!ascii_is_digit(value.p[i]) &&
			    value.p[i] != '-')))
			return false;
	return value.len <= USER_MAX;
}

int rules_read_user(struct span value, const struct rules_place *place,
		    struct why *why)
{
	if (!is_user(value))
		return refuse(why, value, "is no name of a user");
	if (span_equals(value, "root"))
		return refuse(why, value, "may do everything; wanted is a "
			      "user of no rights");
	place->rules->user = xmemdup0(value.p, value.len);
	return 0;
}

static int number_read(struct span value, const struct rules_place *place,
		       void *at, struct why *why)
{
	struct word word = word_text(value);
	uint32_t *ret = (uint32_t *)((char *)at + place->offset);
	uint32_t number;

	if (parse_u32(word.s, (uint32_t)place->max, &number) < 0 ||
	    number < place->min) {
		why_set(why, "\"%.80s\" is no whole number from %d to %d",
			word.s, (int)place->min, (int)place->max);
		return -EINVAL;
	}
	*ret = number;
	return 0;
}

int rules_read_rule_number(struct span value, const struct rules_place *place,
			   struct why *why)
{
	return number_read(value, place, place->rule, why);
}

int rules_read_number(struct span value, const struct rules_place *place,
		      struct why *why)
{
	return number_read(value, place, place->rules, why);
}

/* A bound as it would be written. */
static void bound_text(int64_t ms, char *ret, size_t size)
{
	if (ms % 3600000 == 0)
		(void)snprintf(ret, size, "%dh", (int)(ms / 3600000));
	else if (ms % 60000 == 0)
		(void)snprintf(ret, size, "%dm", (int)(ms / 60000));
	else if (ms % 1000 == 0)
		(void)snprintf(ret, size, "%ds", (int)(ms / 1000));
	else
		(void)snprintf(ret, size, "%dms", (int)ms);
}

int rules_read_time(struct span value, const struct rules_place *place,
		    struct why *why)
{
	int64_t *ret = (int64_t *)((char *)place->rules + place->offset);
	struct word word = word_text(value);
	char min[16], max[16];
	int64_t ms;

	if (parse_duration_ms(word.s, &ms) < 0 || ms < place->min ||
	    ms > place->max) {
		bound_text(place->min, min, sizeof(min));
		bound_text(place->max, max, sizeof(max));
		why_set(why, "\"%.80s\" is no time from %s to %s; wanted is a "
			"whole number with ms, s, m or h behind it", word.s,
			min, max);
		return -EINVAL;
	}
	*ret = ms;
	return 0;
}
