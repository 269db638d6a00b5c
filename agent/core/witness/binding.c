/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/binding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/buf.h"
#include "core/dns/dnsmsg.h"
#include "core/witness/callable.h"

/* The questions, by their ids. */
enum asked {
	ASKED_IPV4,
	ASKED_IPV6,
	ASKED_REVERSE,
	ASKED_COUNT,
};

struct binding {
	struct witness_bind bind;
	struct callable callable;
	struct witness_result result;
	unsigned int asked;	/* so many went out */
	unsigned int replied;	/* bits by id */
};

static struct witness_lookup *lookup_of(struct binding *binding,
					unsigned int id)
{
	struct witness_result *result = &binding->result;

	return id == ASKED_REVERSE ? &result->reverse.lookup :
				     &result->forward[id].lookup;
}

static bool next(void *machine, struct question *ret)
{
	static const enum dns_type types[] = {
		[ASKED_IPV4] = DNS_A,
		[ASKED_IPV6] = DNS_AAAA,
		[ASKED_REVERSE] = DNS_PTR,
	};
	struct binding *binding = machine;
	unsigned int id = binding->asked;

	if (id == ASKED_COUNT)
		return false;
	binding->asked++;
	*ret = (struct question){
		.id = id,
		.kind = VANTAGE_NAMESERVER,
		.recurse = true,
		.type = types[id],
	};
	if (id == ASKED_REVERSE) {
		ret->addr = binding->result.source.addr;
		addr_reverse_name(&ret->addr, ret->name);
	} else {
		memcpy(ret->name, binding->bind.name, sizeof(ret->name));
	}
	return true;
}

/* The source first, then the identity's: higher is better. */
static int rank(const struct binding *binding, const struct addr *addr)
{
	if (addr_equal(addr, &binding->result.source.addr))
		return 3;
	for (unsigned int i = 0; i < binding->bind.addr_count; i++)
		if (addr_equal(addr, &binding->bind.addrs[i]))
			return 2;
	return 1;
}

/* Of more than fit, those of others are left out. */
static void add_addr(struct binding *binding, unsigned int id,
		     const struct addr *addr)
{
	struct witness_forward *forward = &binding->result.forward[id];
	struct addr *worst = &forward->addrs[0];

	for (unsigned int i = 0; i < forward->addr_count; i++) {
		if (addr_equal(&forward->addrs[i], addr))
			return;
		if (rank(binding, &forward->addrs[i]) < rank(binding, worst))
			worst = &forward->addrs[i];
	}
	if (forward->addr_count < ARRAY_SIZE(forward->addrs))
		forward->addrs[forward->addr_count++] = *addr;
	else if (rank(binding, worst) < rank(binding, addr))
		*worst = *addr;
}

/* In the last place, the announced name goes before others'. */
static void add_name(struct binding *binding, const struct dns_record *record)
{
	struct witness_reverse *reverse = &binding->result.reverse;
	unsigned int at = reverse->name_count;

	if (at < ARRAY_SIZE(reverse->names))
		reverse->name_count++;
	else if (!strcasecmp(record->target, binding->bind.name))
		at--;
	else
		return;
	memcpy(reverse->names[at], record->target, sizeof(reverse->names[0]));
}

static enum lookup_end end_of_rcode(unsigned int rcode, unsigned int found)
{
	if (rcode == DNS_NXDOMAIN)
		return LOOKUP_NXDOMAIN;
	if (rcode != DNS_NOERROR)
		return LOOKUP_FAILED;
	return found ? LOOKUP_FOUND : LOOKUP_NODATA;
}

static void read_answer(struct binding *binding, unsigned int id,
			const struct dnsmsg *msg)
{
	struct witness_lookup *lookup = lookup_of(binding, id);
	uint32_t ttl_s = UINT32_MAX;
	const char *name = dnsmsg_canonical(msg, &ttl_s);
	unsigned int found = 0;

	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (record->authority || record->type != msg->qtype ||
		    strcmp(record->owner, name) != 0)
			continue;
		if (record->ttl_s < ttl_s)
			ttl_s = record->ttl_s;
		found++;
		if (id == ASKED_REVERSE)
			add_name(binding, record);
		else
			add_addr(binding, id, &record->addr);
	}
	lookup->end = end_of_rcode(msg->rcode, found);
	lookup->ttl_s = found ? ttl_s : dnsmsg_negative_ttl_s(msg);
}

static enum lookup_end end_of_outcome(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_TIMEOUT:
		return LOOKUP_SILENT;
	case OUTCOME_UNREACHABLE:
		return LOOKUP_UNREACHABLE;
	case OUTCOME_NOT_ASKED:
		return LOOKUP_NOT_ASKED;
	case OUTCOME_MATCH:
	case OUTCOME_EXTRA:
	case OUTCOME_MISMATCH:
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_WEAK:
	case OUTCOME_INSIDE:
	case OUTCOME_INCONCLUSIVE:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_RCODE:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
	case OUTCOME_TRUNCATED:
		break;
	}
	return LOOKUP_UNREADABLE;
}

static void reply(void *machine, unsigned int id, const struct reply *reply)
{
	struct binding *binding = machine;
	struct witness_lookup *lookup;

	if (id >= ASKED_COUNT || binding->replied & 1U << id)
		return;
	binding->replied |= 1U << id;
	lookup = lookup_of(binding, id);
	lookup->latency_ms = reply->latency_ms;
	if (reply->msg)
		lookup->rcode = (uint8_t)reply->msg->rcode;
	if (reply->msg && reply->outcome == OUTCOME_MATCH)
		read_answer(binding, id, reply->msg);
	else
		lookup->end = end_of_outcome(reply->outcome);
}

static bool finished(const void *machine)
{
	const struct binding *binding = machine;

	return binding->replied == (1U << ASKED_COUNT) - 1;
}

static void expire(void *machine)
{
	struct binding *binding = machine;

	for (unsigned int id = 0; id < ASKED_COUNT; id++)
		if (!(binding->replied & 1U << id))
			lookup_of(binding, id)->end = id < binding->asked ?
							      LOOKUP_SILENT :
							      LOOKUP_NOT_ASKED;
	binding->asked = ASKED_COUNT;
	binding->replied = (1U << ASKED_COUNT) - 1;
}

static void set_hosts(struct witness_forward *forward,
		      const struct addr *hosts, size_t count)
{
	if (count > ARRAY_SIZE(forward->hosts))
		count = ARRAY_SIZE(forward->hosts);
	if (count)
		memcpy(forward->hosts, hosts, count * sizeof(*hosts));
	forward->host_count = (unsigned int)count;
}

struct binding *binding_new(const struct binding_request *request)
{
	const struct binding_host *host = request->host;
	struct binding *binding = xcalloc(1, sizeof(*binding));

	binding->bind = *request->bind;
	binding->result.source = request->source;
	callable_init(request->rule, host, &request->source.addr,
		      &binding->callable);
	for (int i = 0; i < WITNESS_FAMILIES; i++)
		set_hosts(&binding->result.forward[i], host->hosts[i],
			  host->host_counts[i]);
	for (unsigned int id = 0; id < ASKED_COUNT; id++)
		*lookup_of(binding, id) = (struct witness_lookup){
			.end = LOOKUP_NOT_ASKED,
			.rcode = LOOKUP_NO_RCODE,
		};
	return binding;
}

void binding_free(struct binding *binding)
{
	if (!binding)
		return;
	callable_done(&binding->callable);
	explicit_bzero(&binding->bind, sizeof(binding->bind));
	free(binding);
}

struct inquiry binding_inquiry(struct binding *binding)
{
	static const struct inquiry_ops ops = {
		.next = next,
		.reply = reply,
		.finished = finished,
		.expire = expire,
	};

	return (struct inquiry){ .ops = &ops, .machine = binding };
}

/* What programs on this host would connect to, the best first. */
static size_t candidates(const struct binding *binding,
			 struct addr ret[WITNESS_ADDRS_MAX])
{
	const struct witness_result *result = &binding->result;
	const struct witness_forward *forward =
		&result->forward[witness_family_of(result->source.addr.family)];
	size_t count = forward->addr_count;

	if (binding->bind.way == WAY_SOURCE) {
		ret[0] = result->source.addr;
		return 1;
	}
	if (forward->host_count) {
		count = forward->host_count;
		memcpy(ret, forward->hosts, count * sizeof(*ret));
	} else {
		memcpy(ret, forward->addrs, count * sizeof(*ret));
	}
	return count;
}

static bool refuse(struct binding *binding, enum call_end end,
		   const struct addr *addr, const char *said)
{
	struct witness_callback *callback = &binding->result.callback;

	callback->end = end;
	if (addr)
		(void)snprintf(callback->said, sizeof(callback->said),
			       "%s: %s", addr_text(addr).s, said);
	return false;
}

static bool choose(struct binding *binding, const struct addr *addrs,
		   size_t count, struct addr *ret)
{
	const char *denied = NULL;
	int best = 0;

	for (size_t i = 0; i < count; i++) {
		const char *fault = callable_fault(&binding->callable,
						   &addrs[i]);

		if (fault && !denied)
			denied = fault;
		if (fault || rank(binding, &addrs[i]) <= best)
			continue;
		best = rank(binding, &addrs[i]);
		*ret = addrs[i];
	}
	return best || refuse(binding, CALL_ADDRESS_DENIED, &addrs[0],
			      denied);
}

bool binding_call(struct binding *binding, struct endpoint *ret)
{
	struct addr addrs[WITNESS_ADDRS_MAX];
	struct endpoint to = { .port = binding->bind.port };
	size_t count;

	if (binding->bind.way == WAY_NONE)
		return refuse(binding, CALL_NOT_WANTED, NULL, NULL);
	if (!callable_port(&binding->callable, to.port))
		return refuse(binding, CALL_PORT_DENIED, NULL, NULL);
	count = candidates(binding, addrs);
	if (!count)
		return refuse(binding, CALL_NO_ADDRESS, NULL, NULL);
	if (!choose(binding, addrs, count, &to.addr))
		return false;
	*ret = to;
	return true;
}

void binding_called(struct binding *binding,
		    const struct witness_callback *callback)
{
	binding->result.callback = *callback;
}

const struct witness_result *binding_result(const struct binding *binding)
{
	return &binding->result;
}

static const struct addr *own_addr(const struct binding *binding)
{
	const struct witness_bind *bind = &binding->bind;

	for (unsigned int i = 0; i < bind->addr_count; i++)
		if (bind->addrs[i].family ==
		    binding->result.source.addr.family)
			return &bind->addrs[i];
	return NULL;
}

bool binding_wants_hosts(const struct binding *binding, struct addr *ret,
			 bool *ret_known)
{
	const struct addr *own = own_addr(binding);
	const struct witness_forward *forward;

	*ret_known = false;
	if (!own || callable_fault(&binding->callable, own))
		return false;
	forward = &binding->result.forward[witness_family_of(own->family)];
	*ret_known = forward->lookup.end <= LOOKUP_NXDOMAIN;
	if (!*ret_known)
		return false;
	for (unsigned int i = 0; i < forward->addr_count; i++)
		if (addr_equal(&forward->addrs[i], own))
			return false;
	*ret = *own;
	return true;
}
