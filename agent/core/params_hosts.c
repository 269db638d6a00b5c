/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters that are lists of hosts and domains. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/span.h"
#include "core/params_value.h"

static const char *resolver_fault(const struct params *params,
				  const struct endpoint *ep)
{
	if (addr_is_unspecified(&ep->addr) || addr_is_multicast(&ep->addr))
		return "which no single server can have";
	for (unsigned int i = 0; i < params->resolver_count; i++)
		if (addr_equal(&params->resolvers[i].addr, &ep->addr) &&
		    params->resolvers[i].port == ep->port)
			return "which is there twice";
	return NULL;
}

int params_take_resolvers(const struct value *value, struct params *params,
			  struct why *why)
{
	struct span rest = span_of(value->text), word;

	while (span_word(&rest, " ", &word)) {
		struct endpoint ep = { 0 };
		char *text = xmemdup0(word.p, word.len);
		const char *fault = endpoint_parse(text, DNS_PORT, &ep) < 0 ?
			"which is no address or address#port" :
			resolver_fault(params, &ep);

		free(text);
		if (fault)
			return value_refuse(value, why, "has \"%.*s\" in it, "
					    "%s", SPAN_ARG(word), fault);
		if (params->resolver_count == RESOLVERS_MAX)
			return value_refuse(value, why, "has more than %d "
					    "resolvers", RESOLVERS_MAX);
		params->resolvers[params->resolver_count++] = ep;
	}
	return 0;
}

/* What a list of hosts is made of, and where it goes. */
struct hosts {
	int (*parse)(struct span text, struct remote *ret, struct why *why);
	struct remote *items;
	unsigned int *count;
	unsigned int max;
	const char *kind;
};

static bool host_known(const struct hosts *hosts, const struct remote *host)
{
	for (unsigned int i = 0; i < *hosts->count; i++)
		if (remote_equal(&hosts->items[i], host))
			return true;
	return false;
}

static int take_hosts(const struct value *value, const struct hosts *hosts,
		      struct why *why)
{
	struct span rest = span_of(value->text), word;
	struct why fault = { "" };
	struct remote host;

	while (span_word(&rest, " ", &word)) {
		if (hosts->parse(word, &host, &fault) < 0)
			return value_refuse(value, why, "has \"%.*s\" in it, "
					    "which %.200s", SPAN_ARG(word),
					    fault.text);
		if (host_known(hosts, &host))
			return value_refuse(value, why, "has \"%.*s\" in it, "
					    "which is there twice",
					    SPAN_ARG(word));
		if (*hosts->count == hosts->max)
			return value_refuse(value, why, "has more than %u %s",
					    hosts->max, hosts->kind);
		hosts->items[(*hosts->count)++] = host;
	}
	return 0;
}

int params_take_remotes(const struct value *value, struct params *params,
			struct why *why)
{
	const struct hosts hosts = {
		.parse = remote_parse,
		.items = params->remotes,
		.count = &params->remote_count,
		.max = REMOTES_MAX,
		.kind = "mail servers",
	};

	return take_hosts(value, &hosts, why);
}

int params_take_witnesses(const struct value *value, struct params *params,
			  struct why *why)
{
	const struct hosts hosts = {
		.parse = witness_parse,
		.items = params->witnesses,
		.count = &params->witness_count,
		.max = WITNESSES_MAX,
		.kind = "witnesses",
	};

	return take_hosts(value, &hosts, why);
}

static int parse_domain(const struct value *value, struct span word,
			struct buf *list, struct why *why)
{
	char *name = xmemdup0(word.p, word.len);
	struct why fault = { "" };
	int r = 0;

	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (fqdn_check(name, &fault) < 0)
		r = value_refuse(value, why, "has \"%.*s\" in it, which "
				 "%.200s", SPAN_ARG(word), fault.text);
	else if (span_has_word(span_of(list->data), span_of(name)))
		r = value_refuse(value, why, "has \"%s\" in it twice", name);
	else
		buf_printf(list, "%s%s", list->len ? " " : "", name);
	free(name);
	return r;
}

int params_take_domains(const struct value *value, struct params *params,
			struct why *why)
{
	struct span rest = span_of(value->text), word;
	unsigned int count = 0;
	BUF_CLEAN list = { 0 };
	int r = 0;

	buf_init(&list);
	while (!r && span_word(&rest, " ", &word)) {
		if (count++ == SENDER_DOMAINS_MAX)
			return value_refuse(value, why, "has more than %d "
					    "domains", SENDER_DOMAINS_MAX);
		r = parse_domain(value, word, &list, why);
	}
	if (!r)
		params->sender_domains = buf_steal(&list);
	return r;
}
