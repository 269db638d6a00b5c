/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/postfix/postfix_job.h"
#include "core/postfix/postfix_text.h"

/* postconf(5): the default, where no instance has a name. */
#define DEFAULT_NAME "postfix"

static void add_name(const char *name, struct buf *list)
{
	if (!*name || strpbrk(name, " \t\r\n$") ||
	    span_has_word(span_of(list->data), span_of(name)))
		return;
	buf_printf(list, "%s%s", list->len ? " " : "", name);
}

/* "-o syslog_name=postfix/$service_name", as Debian's master.cf has it. Other
 * macros are not looked up: mostly they stand for the main name. */
static void add_service(const struct master_service *service,
			struct buf *list)
{
	const struct master_option *option = service_option(service,
							    "syslog_name");
	char *name;

	if (service->dropped || !option)
		return;
	name = macro_replace(option->value, "service_name",
			     service->fields[MASTER_NAME]);
	add_name(name, list);
	free(name);
}

void postfix_find_log(struct postfix_job *job)
{
	struct span file = postfix_effective(job, "maillog_file");
	struct span name = postfix_effective(job, "syslog_name");
	char *main_name = xmemdup0(name.p, name.len);
	BUF_CLEAN list = { 0 };

	buf_init(&list);
	add_name(name.len ? main_name : DEFAULT_NAME, &list);
	for (size_t i = 0; i < job->master.count; i++)
		add_service(&job->master.services[i], &list);
	free(main_name);
	job->out->log_file = xmemdup0(file.p, file.len);
	job->out->log_names = buf_steal(&list);
}
