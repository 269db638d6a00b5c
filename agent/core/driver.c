/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/driver.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static const struct driver *const drivers[] = { &driver_postfix };

const struct driver *driver_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}

/* A setting may go over several lines, a finding does not. */
static void one_line(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		bool blank = isspace((unsigned char)*p);

		if (!blank || (to > text && to[-1] != ' '))
			*to++ = blank ? ' ' : *p;
	}
	*to = '\0';
}

void binding_add_finding(struct binding *binding, enum finding_level level,
			 const char *fmt, ...)
{
	struct finding *finding;
	struct why text;
	va_list ap;
	char raw[sizeof(text.text)];

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	one_line(raw);
	why_set(&text, "%s", raw);
	binding->findings = xgrow(binding->findings, binding->finding_count,
				  sizeof(*finding));
	finding = &binding->findings[binding->finding_count++];
	*finding = (struct finding){ level, xstrdup(text.text) };
}

void binding_done(struct binding *binding)
{
	if (!binding)
		return;
	plan_done(&binding->write);
	plan_done(&binding->launch);
	plan_done(&binding->refresh);
	free(binding->program);
	free(binding->program_dir);
	free(binding->overlay_dir);
	free(binding->spool_dir);
	free(binding->pid_file);
	free(binding->log_file);
	free(binding->log_names);
	for (size_t i = 0; i < binding->listener_count; i++)
		free(binding->listeners[i].service);
	free(binding->listeners);
	for (size_t i = 0; i < binding->finding_count; i++)
		free(binding->findings[i].text);
	free(binding->findings);
	*binding = (struct binding){ 0 };
}
