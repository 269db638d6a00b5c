/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_digest.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/hash.h"
#include "core/postfix/postfix_main.h"
#include "core/postfix/postfix_master.h"
#include "core/postfix/postfix_text.h"

/*
 * What two nodes may have their own of, and why. Everything else counts, also
 * what is not set in main.cf: its default may hang on what is.
 */
static const char *const own_settings[] = {
	/* The binding sets them. */
	"myhostname", "inet_interfaces", "inet_protocols",
	"smtp_bind_address", "smtp_bind_address6",
	"smtp_bind_address_enforce", "smtp_helo_name",
	/* The overlay is one instance by itself, and starts no others. */
	"multi_instance_directories", "multi_instance_wrapper",
	/* An upgrade, node by node, has two of them for a while; a default
	 * that changes with it counts by itself. */
	"mail_version", "mail_release_date",
	/* Documentation: no process reads it. */
	"html_directory", "manpage_directory", "readme_directory",
	"sample_directory",
	/* Of the postconf that was asked. */
	"process_id", "process_name",
};

struct digest {
	const struct identity *identity;
	/* What other values were made from: */
	struct span node;	/* the node's name */
	struct span destination;
	struct span networks;	/* where they are derived from the node's
				 * addresses; else empty */
	uint64_t sum;		/* which no order changes */
};

static bool is_own(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_settings); i++)
		if (span_equals(name, own_settings[i]))
			return true;
	return false;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

/* Does `text` stand at `at`, and not as a part of a longer name? */
static bool stands_at(struct span value, size_t at, struct span text)
{
	size_t end = at + text.len;

	return text.len && end <= value.len &&
	       !memcmp(value.p + at, text.p, text.len) &&
	       (!at || !is_name_char(value.p[at - 1])) &&
	       (end == value.len || !is_name_char(value.p[end]));
}

/* node1 of node1.example.com, as Debian puts both into mydestination. */
static struct span short_name(struct span name)
{
	struct span host;

	return span_before(name, ".", &host) ? host : (struct span){ 0 };
}

struct reference {
	struct span value;
	const char *name;
};

/* The reference that a value, or a part of it, at `at` was made from. */
static const struct reference *find_at(const struct reference *list,
				       size_t count, struct span value,
				       size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (stands_at(value, at, list[i].value))
			return &list[i];
	return NULL;
}

static void put_with(const struct reference *list, size_t count,
		     struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len;) {
		const struct reference *found = find_at(list, count, value, i);

		if (found)
			buf_puts(out, found->name);
		else
			buf_add(out, &value.p[i], 1);
		i += found ? found->value.len : 1;
	}
}

/* Append a value, with the references that it was, or might have been. */
static void put_value(const struct digest *digest, struct span value,
		      struct buf *out)
{
	const struct reference list[] = {
		{ digest->destination, "$mydestination" },
		{ digest->networks, "$mynetworks" },
		{ digest->node, "$myhostname" },
	};

	put_with(list, ARRAY_SIZE(list), value, out);
}

static void put_destination(const struct digest *digest, struct buf *out)
{
	const struct reference list[] = {
		{ digest->node, "$myhostname" },
		{ short_name(digest->node), "$host" },
	};

	put_with(list, ARRAY_SIZE(list), digest->destination, out);
}

static void take(struct digest *digest, const struct buf *line)
{
	digest->sum += hash_fnv1a(line->data, line->len);
}

static void take_setting(struct digest *digest, struct span name,
			 struct span value)
{
	BUF_CLEAN line = { 0 };

	buf_init(&line);
	buf_printf(&line, "%.*s = ", SPAN_ARG(name));
	if (span_equals(name, "mydestination"))
		put_destination(digest, &line);
	else
		put_value(digest, value, &line);
	take(digest, &line);
}

/* myorigin may be a file; what is in it counts. */
static void take_origin(struct digest *digest, const struct driver_input *in)
{
	struct span text = in->origin_text, line, host;

	if (!span_line(&text, &line))
		return;
	host = short_name(digest->node);
	line = span_trim(line);
	if (host.len && line.len == host.len &&
	    !memcmp(line.p, host.p, host.len))
		line = digest->node;
	take_setting(digest, span_of("myorigin's file"), line);
}

static void take_settings(struct digest *digest, struct span text)
{
	struct span line, name, value;

	while (span_line(&text, &line))
		if (!nameval_split(line, &name, &value) && !is_own(name) &&
		    !(digest->networks.len && span_equals(name, "mynetworks")))
			take_setting(digest, name, value);
}

/* A listener at an address that is neither the identity's nor loopback: of the
 * node, which the binding leaves out. */
static bool is_listener_of_node(const struct digest *digest,
				const struct master_service *service)
{
	const char *name = service->fields[MASTER_NAME];
	struct span host = { name, strlen(name) };
	struct addr addr;
	char *text;
	bool is_addr;

	if (!service_is(service, MASTER_TYPE, "inet") ||
	    !span_before_last(span_of(name), ":", &host))
		return false;
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct span){ host.p + 1, host.len - 2 };
	text = xmemdup0(host.p, host.len);
	is_addr = addr_parse(text, &addr) == 0;
	free(text);
	if (!is_addr || addr_is_loopback(&addr))
		return false;
	for (unsigned int i = 0; i < digest->identity->count; i++)
		if (addr_equal(&addr, &digest->identity->addrs[i]))
			return false;
	return true;
}

static void put_text(const struct digest *digest, const char *text,
		     struct buf *out)
{
	buf_puts(out, " ");
	if (text)
		put_value(digest, span_of(text), out);
}

static void take_service(struct digest *digest,
			 const struct master_service *service)
{
	BUF_CLEAN line = { 0 };

	buf_init(&line);
	for (size_t i = 0; i < MASTER_FIELDS; i++)
		put_text(digest, service->fields[i], &line);
	put_text(digest, service->flags, &line);
	put_text(digest, service->args, &line);
	take(digest, &line);
	for (size_t i = 0; i < service->option_count; i++) {
		const struct master_option *option = &service->options[i];
		BUF_CLEAN own = { 0 };

		buf_init(&own);
		buf_printf(&own, "%s %s -o %s =",
			   service->fields[MASTER_NAME],
			   service->fields[MASTER_TYPE], option->name);
		put_text(digest, option->value, &own);
		take(digest, &own);
	}
}

static int take_services(struct digest *digest, struct span text,
			 struct why *why)
{
	struct master_cf cf;
	int r = master_parse("master.cf", text, &cf, why);

	if (r < 0)
		return r;
	for (size_t i = 0; i < cf.count; i++)
		if (!is_listener_of_node(digest, &cf.services[i]))
			take_service(digest, &cf.services[i]);
	master_done(&cf);
	return 0;
}

static int find_networks(struct digest *digest, const struct driver_input *in,
			 struct why *why)
{
	struct main_cf cf;
	int r = main_parse("main.cf", in->main_text, &cf, why);

	if (r < 0)
		return r;
	if (!main_find(&cf, "mynetworks"))
		digest->networks = effective_find(in->effective_text,
						  "mynetworks");
	main_done(&cf);
	return 0;
}

int postfix_digest(const struct driver_input *in,
		   const struct identity *identity, uint64_t *ret,
		   struct why *why)
{
	struct digest digest = {
		.identity = identity,
		.node = effective_find(in->effective_text, "myhostname"),
		.destination = effective_find(in->effective_text,
					      "mydestination"),
	};
	int r = find_networks(&digest, in, why);

	if (!r)
		r = take_services(&digest, in->services_text, why);
	if (r < 0)
		return r;
	take_settings(&digest, in->effective_text);
	take_origin(&digest, in);
	*ret = digest.sum ? digest.sum : 1;
	return 0;
}
