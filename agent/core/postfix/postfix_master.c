/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_master.h"

#include <stdlib.h>
#include <string.h>

#include "core/postfix/postfix_text.h"

void service_put_option(struct master_service *service, struct span name,
			struct span value, unsigned int line)
{
	struct master_option *option;

	service->options = xgrow(service->options, service->option_count,
				 sizeof(*option));
	option = &service->options[service->option_count++];
	*option = (struct master_option){
		.name = xmemdup0(name.p, name.len),
		.value = xmemdup0(value.p, value.len),
		.line = line,
	};
	lines_join(option->value);
}

void service_done(struct master_service *service)
{
	for (int i = 0; i < MASTER_FIELDS; i++)
		free(service->fields[i]);
	while (service->option_count)
		service_drop_option(service, service->option_count - 1);
	free(service->options);
	free(service->flags);
	free(service->args);
}

void master_done(struct master_cf *cf)
{
	if (!cf)
		return;
	for (size_t i = 0; i < cf->count; i++)
		service_done(&cf->services[i]);
	free(cf->services);
	*cf = (struct master_cf){ 0 };
}

bool service_is(const struct master_service *service, enum master_field field,
		const char *value)
{
	return !strcmp(service->fields[field], value);
}

struct master_service *master_find(const struct master_cf *cf,
				   const char *type, struct span name)
{
	for (size_t i = 0; i < cf->count; i++)
		if (service_is(&cf->services[i], MASTER_TYPE, type) &&
		    span_equals(name, cf->services[i].fields[MASTER_NAME]))
			return &cf->services[i];
	return NULL;
}

const struct master_option *service_option(const struct master_service *service,
					   const char *name)
{
	for (size_t i = service->option_count; i > 0; i--)
		if (!strcmp(service->options[i - 1].name, name))
			return &service->options[i - 1];
	return NULL;
}

void service_drop_option(struct master_service *service, size_t index)
{
	struct master_option *option = &service->options[index];
	size_t after = --service->option_count - index;

	free(option->name);
	free(option->value);
	memmove(option, option + 1, after * sizeof(*option));
}

void service_set_field(struct master_service *service, enum master_field field,
		       const char *value)
{
	char *copy = xstrdup(value);

	free(service->fields[field]);
	service->fields[field] = copy;
}

/* White space parts words, but not within braces that the value has itself. */
static bool is_one_word(const char *value)
{
	struct span rest = span_of(value), word = { value, 0 };

	return brace_word(&rest, MASTER_BLANKS, &word) == 0 ||
	       word.len == strlen(value);
}

static void option_print(const struct master_option *option, struct buf *out)
{
	buf_printf(out, is_one_word(option->value) ? "\n  -o %s=%s" :
		   "\n  -o { %s = %s }", option->name, option->value);
}

static void service_print(const struct master_service *service,
			  struct buf *out)
{
	for (int i = 0; i < MASTER_FIELDS; i++)
		buf_printf(out, "%s%s", i ? " " : "", service->fields[i]);
	buf_puts(out, service->flags);
	for (size_t i = 0; i < service->option_count; i++)
		option_print(&service->options[i], out);
	/* At the start of a line, # would make a comment of it. */
	if (service->args[0] && service->args[1] != '#')
		buf_puts(out, "\n ");
	buf_printf(out, "%s\n", service->args);
}

void master_print(const struct master_cf *cf, bool held, struct buf *out)
{
	for (size_t i = 0; i < cf->count; i++) {
		const struct master_service *service = &cf->services[i];

		if (!service->dropped && !(held && service->held))
			service_print(service, out);
	}
}
