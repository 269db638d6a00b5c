/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "core/postfix/postfix_job.h"

static bool is_smtp(const struct master_service *service)
{
	return service_is(service, MASTER_COMMAND, "smtp");
}

static bool is_unbound(const struct postfix_job *job,
		       const struct master_service *service)
{
	return span_has_word(span_of(job->want->unbound_transports),
			     span_of(service->fields[MASTER_NAME]));
}

/*
 * Would this option bind the service otherwise than main.cf does? Names
 * appear in what any service writes; sources are smtp(8)'s business.
 */
static bool overrides(const struct postfix_job *job,
		      const struct master_service *service,
		      const struct master_option *option)
{
	static const char *const any[] = {
		"myhostname", "inet_interfaces", "inet_protocols",
	};
	static const char *const source[] = {
		"smtp_bind_address", "smtp_bind_address6",
		"smtp_bind_address_enforce", "smtp_helo_name",
	};

	for (size_t i = 0; i < ARRAY_SIZE(any); i++)
		if (!strcmp(option->name, any[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(source); i++)
		if (!strcmp(option->name, source[i]))
			return is_smtp(service);
	if (!strcmp(option->name, "myorigin"))
		return postfix_is_node_name(job, option->value);
	if (!strcmp(option->name, "postscreen_greet_banner") &&
	    !option->value[0])
		return false;
	return (!strcmp(option->name, "smtpd_banner") ||
		!strcmp(option->name, "postscreen_greet_banner")) &&
	       !postfix_banner_fits(job, option->value);
}

static void drop_overrides(struct postfix_job *job,
			   struct master_service *service)
{
	size_t i = 0;

	while (i < service->option_count) {
		const struct master_option *option = &service->options[i];

		if (!overrides(job, service, option)) {
			i++;
			continue;
		}
		binding_add_finding(job->out, FINDING_WARNING, "%s:%u: %s %s: "
				    "-o %s=%s is dropped, it would override "
				    "the identity", job->master_path,
				    option->line,
				    is_smtp(service) ? "transport" : "service",
				    service->fields[MASTER_NAME], option->name,
				    option->value);
		service_drop_option(service, i);
	}
}

/* main.cf binds every smtp(8); who is to keep a source of its own says so. */
static void unbind(struct master_service *service)
{
	static const char *const sources[] = {
		"smtp_bind_address", "smtp_bind_address6",
	};

	for (size_t i = 0; is_smtp(service) && i < ARRAY_SIZE(sources); i++)
		if (!service_option(service, sources[i]))
			service_put_option(service, span_of(sources[i]),
					   span_of(""), 0);
}

static int unbound_check(const struct postfix_job *job, struct span name,
			 struct why *why)
{
	const struct master_service *service =
		master_find(&job->master, "unix", name);
	int len = name.len > 80 ? 80 : (int)name.len;

	if (!service) {
		why_set(why, "unbound_transports: \"%.*s\" is no service of "
			"type unix in %s; wanted are names of transports to "
			"local filters", len, name.p, job->master_path);
		return -EINVAL;
	}
	if (!is_smtp(service) && !service_is(service, MASTER_COMMAND, "lmtp")) {
		why_set(why, "unbound_transports: \"%.*s\" (%s:%u) is run by "
			"%.40s; wanted is a transport run by smtp or lmtp",
			len, name.p, job->master_path, service->line,
			service->fields[MASTER_COMMAND]);
		return -EINVAL;
	}
	return 0;
}

/* The transport of a value such as that of default_transport. */
static const struct master_service *transport_of(const struct postfix_job *job,
						 struct span value)
{
	struct span name;

	if (!span_word(&value, ":", &name))
		return NULL;
	return master_find(&job->master, "unix", name);
}

static void audit_remote(struct postfix_job *job, const char *param)
{
	const struct master_service *service =
		transport_of(job, postfix_effective(job, param));
	const char *fault = NULL;

	if (service && is_unbound(job, service))
		fault = "is one of unbound_transports: what it delivers "
			"leaves from the node's address and is never held";
	else if (service && !is_smtp(service))
		fault = "is not run by smtp(8): what it delivers is neither "
			"bound nor held";
	if (fault)
		binding_add_finding(job->out, FINDING_WARNING, "%s:%u: "
				    "transport %s, the %s, %s",
				    job->master_path, service->line,
				    service->fields[MASTER_NAME], param, fault);
}

/* main.cf names the filter, or the services that have one do. */
static bool is_filter(const struct postfix_job *job,
		      const struct master_service *transport)
{
	struct span common = postfix_effective(job, "content_filter");

	if (transport_of(job, common) == transport)
		return true;
	for (size_t i = 0; i < job->master.count; i++) {
		const struct master_option *own =
			service_option(&job->master.services[i],
				       "content_filter");

		if (own && transport_of(job, span_of(own->value)) == transport)
			return true;
	}
	return false;
}

static void audit_filters(struct postfix_job *job)
{
	for (size_t i = 0; i < job->master.count; i++) {
		const struct master_service *service = &job->master.services[i];

		if (!is_smtp(service) || is_unbound(job, service) ||
		    !is_filter(job, service))
			continue;
		binding_add_finding(job->out, FINDING_WARNING, "%s:%u: "
				    "transport %s, the content_filter, is "
				    "bound and held like remote delivery; if "
				    "the filter is local, name it in "
				    "unbound_transports", job->master_path,
				    service->line,
				    service->fields[MASTER_NAME]);
	}
}

/* The release wakes the queue manager through its public socket or FIFO. */
static int queue_manager_check(const struct postfix_job *job, struct why *why)
{
	struct span name = span_of("qmgr");
	const struct master_service *qmgr =
		master_find(&job->master, "unix", name);

	if (!qmgr)
		qmgr = master_find(&job->master, "fifo", name);
	if (qmgr && service_is(qmgr, MASTER_PRIVATE, "n"))
		return 0;
	why_set(why, "%s: found no public service qmgr; wanted is \"qmgr unix "
		"n - n 300 1 qmgr\"", job->master_path);
	return -EINVAL;
}

int postfix_bind_services(struct postfix_job *job, struct why *why)
{
	struct span rest = span_of(job->want->unbound_transports), name;
	int r = queue_manager_check(job, why);

	while (!r && span_word(&rest, " \t\r\n,", &name))
		r = unbound_check(job, name, why);
	if (r < 0)
		return r;
	for (size_t i = 0; i < job->master.count; i++) {
		struct master_service *service = &job->master.services[i];

		if (is_unbound(job, service)) {
			unbind(service);
			continue;
		}
		drop_overrides(job, service);
		service->held = is_smtp(service);
	}
	audit_remote(job, "default_transport");
	audit_remote(job, "relay_transport");
	audit_filters(job);
	return 0;
}
