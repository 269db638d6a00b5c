/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "base/array.h"
#include "core/postfix/postfix_job.h"

static void list_add(struct buf *list, const char *item)
{
	buf_printf(list, "%s%s", list->len ? ", " : "", item);
}

/* Loopback for local clients, and the virtual addresses; as literals, because
 * "loopback-only" with another address beside it is fatal. */
static void bind_interfaces(struct postfix_job *job)
{
	const struct identity *id = job->want->identity;
	struct span old = postfix_effective(job, "inet_interfaces");
	BUF_CLEAN list = { 0 };

	buf_init(&list);
	if (identity_addr(id, AF_INET))
		list_add(&list, "127.0.0.1");
	if (identity_addr(id, AF_INET6))
		list_add(&list, "::1");
	for (unsigned int i = 0; i < id->count; i++)
		list_add(&list, addr_text(&id->addrs[i]).s);
	if (span_equals(old, "loopback-only"))
		binding_add_finding(job->out, FINDING_WARNING, "%s: "
				    "inet_interfaces was loopback-only; now "
				    "Postfix also accepts connections to the "
				    "virtual addresses", job->main_path);
	postfix_override(job, "inet_interfaces", list.data);
}

static bool protocols_have(struct span list, const char *protocol)
{
	return postfix_lists_name(list, "all") ||
	       postfix_lists_name(list, protocol);
}

/*
 * A family without a virtual address must not be used: a remote that is
 * reached over it would see the node. Closing it for Postfix as a whole also
 * spares the questions for address records that must not be used.
 */
static void bind_protocols(struct postfix_job *job)
{
	static const struct {
		sa_family_t family;
		const char *protocol;
		const char *loopback;
	} families[] = {
		{ AF_INET, "ipv4", "127.0.0.1" },
		{ AF_INET6, "ipv6", "::1" },
	};
	struct span old = postfix_effective(job, "inet_protocols");
	BUF_CLEAN list = { 0 };

	buf_init(&list);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		bool had = protocols_have(old, families[i].protocol);
		bool has = identity_addr(job->want->identity,
					 families[i].family);

		if (has)
			list_add(&list, families[i].protocol);
		if (had && !has)
			binding_add_finding(job->out, FINDING_WARNING, "%s: "
				"%s is closed, because the identity has no %s "
				"address: no delivery over it, no listener, "
				"and filters at %s are not reached",
				job->main_path, families[i].protocol,
				family_text(families[i].family),
				families[i].loopback);
	}
	postfix_override(job, "inet_protocols", list.data);
}

static void bind_source(struct postfix_job *job, const char *name,
			sa_family_t family)
{
	const struct addr *addr = identity_addr(job->want->identity, family);

	postfix_override(job, name, addr ? addr_text(addr).s : "");
}

static void bind_sources(struct postfix_job *job)
{
	bind_source(job, "smtp_bind_address", AF_INET);
	bind_source(job, "smtp_bind_address6", AF_INET6);
	if (postfix_effective(job, "smtp_bind_address_enforce").p)
		postfix_override(job, "smtp_bind_address_enforce", "yes");
	else
		binding_add_finding(job->out, FINDING_WARNING, "this Postfix "
			"has no smtp_bind_address_enforce (3.7 has): if the "
			"virtual address vanishes while Postfix runs, "
			"deliveries under way may leave from the node's "
			"address");
}

/* Behind NAT, mail for the public address would loop (postconf(5),
 * proxy_interfaces). */
static void bind_public(struct postfix_job *job)
{
	const struct identity *id = job->want->identity;
	const struct main_param *param = main_find(&job->main,
						   "proxy_interfaces");
	BUF_CLEAN list = { 0 };
	bool nat = false;

	buf_init(&list);
	buf_puts(&list, param ? param->value : "");
	for (unsigned int i = 0; i < id->count; i++) {
		struct addr_text text = addr_text(&id->public_addrs[i]);

		if (addr_equal(&id->addrs[i], &id->public_addrs[i]) ||
		    postfix_lists_name(span_of(list.data), text.s))
			continue;
		list_add(&list, text.s);
		nat = true;
	}
	if (nat)
		main_set(&job->main, "proxy_interfaces", list.data);
}

/* Whom the admin trusts must not change with inet_interfaces, from which
 * Postfix derives mynetworks when it is not set. */
static void pin_networks(struct postfix_job *job)
{
	struct span old = postfix_effective(job, "mynetworks");
	char *value;

	if (!old.p || main_find(&job->main, "mynetworks"))
		return;
	value = xmemdup0(old.p, old.len);
	main_set(&job->main, "mynetworks", value);
	binding_add_finding(job->out, FINDING_NOTE, "%s: mynetworks is not "
			    "set; it stays %s, as derived from the admin's "
			    "inet_interfaces", job->main_path, value);
	free(value);
}

void postfix_bind_addrs(struct postfix_job *job)
{
	bind_interfaces(job);
	bind_protocols(job);
	bind_sources(job);
	bind_public(job);
	pin_networks(job);
}
