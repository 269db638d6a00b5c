/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/postfix/postfix_job.h"

/* The name of an inet service: [host:]port, the host perhaps in brackets. */
struct listener {
	struct span host;	/* empty: all of inet_interfaces */
	struct span port;
};

static struct listener listener_split(const char *name)
{
	const char *colon = strrchr(name, ':');
	struct span host = { name, colon ? (size_t)(colon - name) : 0 };

	if (host.len >= 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct span){ host.p + 1, host.len - 2 };
	return (struct listener){ host, span_of(colon ? colon + 1 : name) };
}

/* RFC 6335: the same port by its name, as far as mail is concerned. */
static struct span port_number(struct span port)
{
	return span_equals(port, "smtp") ? span_of("25") :
	       span_equals(port, "submission") ? span_of("587") :
	       span_equals(port, "submissions") ||
	       span_equals(port, "smtps") ? span_of("465") : port;
}

static bool port_equal(struct span a, struct span b)
{
	a = port_number(a);
	b = port_number(b);
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

/* A literal; anything else leaves `ret` zeroed. */
static void host_addr(struct span host, struct addr *ret)
{
	char *text = xmemdup0(host.p, host.len);

	*ret = (struct addr){ 0 };
	(void)addr_parse(text, ret);
	free(text);
}

static bool is_local_name(struct span host)
{
	char *name = xmemdup0(host.p, host.len);
	bool local = !strcasecmp(name, "localhost") ||
		     !strcasecmp(name, "localhost.localdomain") ||
		     !strcasecmp(name, "ip6-localhost");

	free(name);
	return local;
}

/* Where a listener of the admin's belongs once bound. */
enum place {
	PLACE_STAYS,	/* loopback, the virtual address, inet_interfaces */
	PLACE_VIRTUAL,	/* the virtual address of its family */
	PLACE_ALL,	/* inet_interfaces */
	PLACE_NOWHERE,	/* its family has no virtual address */
};

static enum place listener_place(const struct postfix_job *job,
				 const struct listener *listener,
				 const struct addr *addr)
{
	const struct addr *virtual =
		identity_addr(job->want->identity, addr->family);

	if (!listener->host.len || is_local_name(listener->host))
		return PLACE_STAYS;
	if (!addr->family || addr_is_unspecified(addr))
		return PLACE_ALL;
	if (!virtual)
		return PLACE_NOWHERE;
	return addr_is_loopback(addr) || addr_equal(addr, virtual) ?
		PLACE_STAYS : PLACE_VIRTUAL;
}

static char *listener_name(const struct postfix_job *job, enum place place,
			   const struct listener *listener,
			   const struct addr *addr)
{
	const struct addr *virtual =
		identity_addr(job->want->identity, addr->family);
	BUF_CLEAN name = { 0 };

	buf_init(&name);
	if (place == PLACE_VIRTUAL && virtual)
		buf_printf(&name, virtual->family == AF_INET6 ? "[%s]:" : "%s:",
			   addr_text(virtual).s);
	buf_printf(&name, "%.*s", SPAN_ARG(listener->port));
	return buf_steal(&name);
}

/* What a listener holds of its port. */
struct hold {
	struct span port;
	sa_family_t family;	/* 0: all of inet_interfaces */
	bool loopback;
};

/* Two listeners on one socket address are fatal for master(8). */
static bool hold_clash(const struct hold *a, const struct hold *b)
{
	if (!port_equal(a->port, b->port))
		return false;
	if (!a->family || !b->family)
		return true;
	return a->family == b->family && a->loopback == b->loopback;
}

static bool is_taken(const struct postfix_job *job,
		     const struct master_service *own,
		     const struct hold *wanted)
{
	for (size_t i = 0; i < job->master.count; i++) {
		const struct master_service *other = &job->master.services[i];
		struct listener listener;
		struct hold hold;
		struct addr addr;

		if (other == own || other->dropped ||
		    !service_is(other, MASTER_TYPE, "inet"))
			continue;
		listener = listener_split(other->fields[MASTER_NAME]);
		host_addr(listener.host, &addr);
		hold = (struct hold){ listener.port, addr.family,
				      addr_is_loopback(&addr) };
		if (is_local_name(listener.host) || !hold_clash(&hold, wanted))
			continue;
		/* Of two that would move to one place the first one does. */
		if (listener_place(job, &listener, &addr) == PLACE_STAYS)
			return true;
	}
	return false;
}

/* NULL: it can stay or move. */
static const char *drop_reason(const struct postfix_job *job,
			       const struct master_service *service,
			       enum place place, struct hold *hold)
{
	switch (place) {
	case PLACE_NOWHERE:
		return "the identity has no address of its family";
	case PLACE_ALL:
		hold->family = AF_UNSPEC;
		break;
	case PLACE_VIRTUAL:
	case PLACE_STAYS:
		break;
	}
	return is_taken(job, service, hold) ?
		"another one listens on that address and port" : NULL;
}

static void bind_listener(struct postfix_job *job,
			  struct master_service *service)
{
	struct listener listener =
		listener_split(service->fields[MASTER_NAME]);
	struct addr addr;
	enum place place;
	struct hold hold;
	const char *reason;
	char *name;

	if (!listener.host.len || is_local_name(listener.host))
		return;
	host_addr(listener.host, &addr);
	place = listener_place(job, &listener, &addr);
	hold = (struct hold){ listener.port, addr.family,
			      addr_is_loopback(&addr) };
	reason = drop_reason(job, service, place, &hold);
	if (place == PLACE_STAYS && !reason)
		return;
	name = listener_name(job, place, &listener, &addr);
	binding_add_finding(job->out, FINDING_WARNING, "%s:%u: listener %s %s"
			    "%s", job->master_path, service->line,
			    service->fields[MASTER_NAME],
			    reason ? "is dropped: " :
			    "is not of the identity and moves to ",
			    reason ? reason : name);
	if (!reason)
		service_set_field(service, MASTER_NAME, name);
	service->dropped = reason;
	free(name);
}

/* One pattern of master_service_disable against "name/inet", as master(8)
 * compares them; "name.inet" is how 2.x wrote it. */
static bool pattern_fits(struct span word, const char *listener)
{
	char *pattern = xmemdup0(word.p, word.len);
	char *dot = strrchr(pattern, '.');
	bool fits;

	if (dot && !strchr(pattern, '/'))
		*dot = '/';
	fits = !strcasecmp(pattern, strchr(pattern, '/') ? listener : "inet");
	free(pattern);
	return fits;
}

/* master_service_disable, postconf(5): the first pattern that fits counts,
 * and a "!" turns it round. */
static bool is_disabled(const struct postfix_job *job,
			const struct master_service *service)
{
	struct span rest = postfix_effective(job, "master_service_disable");
	BUF_CLEAN listener = { 0 };
	struct span word;

	buf_init(&listener);
	buf_printf(&listener, "%s/inet", service->fields[MASTER_NAME]);
	while (span_word(&rest, MASTER_BLANKS ",", &word)) {
		bool disabled = true;

		for (; word.len && *word.p == '!'; word.p++, word.len--)
			disabled = !disabled;
		if (pattern_fits(word, listener.data))
			return disabled;
	}
	return false;
}

/* known_tcp_ports, postconf(5), "smtp=25, smtps=submissions=465": asked
 * before services(5) since 3.6. */
static struct span known_port(const struct postfix_job *job, struct span port)
{
	struct span rest = postfix_effective(job, "known_tcp_ports"), entry;

	while (span_word(&rest, ",", &entry)) {
		struct span last = { NULL, 0 }, word;
		bool named = false;

		while (span_word(&entry, "=", &word)) {
			last = span_trim(word);
			named = named || (last.len == port.len &&
					  !memcmp(last.p, port.p, port.len));
		}
		if (named)
			return last;
	}
	return port_number(port);
}

static void plan_listener(struct postfix_job *job,
			  const struct master_service *service)
{
	struct listener listener =
		listener_split(service->fields[MASTER_NAME]);
	struct span port = known_port(job, listener.port);
	const struct identity *id = job->want->identity;
	struct binding *out = job->out;
	struct addr addr;

	/* Of what is bound, names of hosts are all local: no address fits. */
	host_addr(listener.host, &addr);
	for (unsigned int i = 0; i < id->count; i++) {
		if (listener.host.len && !addr_equal(&addr, &id->addrs[i]))
			continue;
		out->listeners = xgrow(out->listeners, out->listener_count,
				       sizeof(*out->listeners));
		out->listeners[out->listener_count++] =
			(struct planned_listener){ id->addrs[i],
						   xmemdup0(port.p, port.len) };
	}
}

/* Remotes call back on port 25. */
static void audit_port(struct postfix_job *job)
{
	const struct addr *first = &job->want->identity->addrs[0];

	for (size_t i = 0; i < job->out->listener_count; i++)
		if (addr_equal(&job->out->listeners[i].addr, first) &&
		    !strcmp(job->out->listeners[i].service, "25"))
			return;
	binding_add_finding(job->out, FINDING_WARNING, "%s: no service of type "
			    "inet listens on port 25 of the virtual "
			    "addresses; remotes that call back find nobody",
			    job->master_path);
}

void postfix_bind_listeners(struct postfix_job *job)
{
	for (size_t i = 0; i < job->master.count; i++)
		if (service_is(&job->master.services[i], MASTER_TYPE, "inet"))
			bind_listener(job, &job->master.services[i]);
	for (size_t i = 0; i < job->master.count; i++) {
		const struct master_service *service = &job->master.services[i];

		if (!service->dropped && !is_disabled(job, service) &&
		    service_is(service, MASTER_TYPE, "inet"))
			plan_listener(job, service);
	}
	audit_port(job);
}
