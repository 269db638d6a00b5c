/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_main.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/postfix/postfix_text.h"

static void cf_add(struct main_cf *cf, char *name, char *value,
		   unsigned int line)
{
	cf->params = xgrow(cf->params, cf->count, sizeof(*cf->params));
	cf->params[cf->count++] = (struct main_param){ name, value, line };
}

static int param_parse(const char *file, const char *text, unsigned int line,
		       struct main_cf *cf, struct why *why)
{
	struct span name, value;

	if (nameval_split(span_of(text), &name, &value) < 0) {
		why_set(why, "%s:%u: found \"%.40s\"; wanted is "
			"\"name = value\"", file, line, text);
		return -EINVAL;
	}
	if (!macro_closed(text)) {
		why_set(why, "%s:%u: %.*s has a \"${\" or \"$(\" that is not "
			"closed; wanted is ${name} or $(name)", file, line,
			name.len > 80 ? 80 : (int)name.len, name.p);
		return -EINVAL;
	}
	cf_add(cf, xmemdup0(name.p, name.len), xmemdup0(value.p, value.len),
	       line);
	return 0;
}

int main_parse(const char *file, struct span text, struct main_cf *ret,
	       struct why *why)
{
	struct logical lines = { .file = file, .rest = text };
	struct main_cf cf = { 0 };
	unsigned int line;
	char *logical;
	int r;

	while ((r = logical_next(&lines, &logical, &line, why)) > 0) {
		r = param_parse(file, logical, line, &cf, why);
		free(logical);
		if (r < 0)
			break;
	}
	if (r < 0) {
		main_done(&cf);
		return r;
	}
	*ret = cf;
	return 0;
}

void main_done(struct main_cf *cf)
{
	if (!cf)
		return;
	for (size_t i = 0; i < cf->count; i++) {
		free(cf->params[i].name);
		free(cf->params[i].value);
	}
	free(cf->params);
	*cf = (struct main_cf){ 0 };
}

const struct main_param *main_find(const struct main_cf *cf, const char *name)
{
	for (size_t i = cf->count; i > 0; i--)
		if (!strcmp(cf->params[i - 1].name, name))
			return &cf->params[i - 1];
	return NULL;
}

void main_drop(struct main_cf *cf, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < cf->count; i++) {
		if (strcmp(cf->params[i].name, name)) {
			cf->params[kept++] = cf->params[i];
			continue;
		}
		free(cf->params[i].name);
		free(cf->params[i].value);
	}
	cf->count = kept;
}

void main_set(struct main_cf *cf, const char *name, const char *value)
{
	char *copy = xstrdup(value);

	main_drop(cf, name);
	cf_add(cf, xstrdup(name), copy, 0);
}

/* Comments within a value have left empty lines behind. */
static void print_value(const char *value, struct buf *out)
{
	struct span rest = span_of(value), line;
	const char *end = "";

	while (span_line(&rest, &line)) {
		if (!span_trim(line).len)
			continue;
		buf_printf(out, "%s%.*s", end, SPAN_ARG(line));
		end = "\n";
	}
}

void main_print(const struct main_cf *cf, struct buf *out)
{
	bool ours = false;

	for (size_t i = 0; i < cf->count; i++) {
		const struct main_param *param = &cf->params[i];

		if (!param->line && !ours)
			buf_puts(out, "\n# Set by bindback:\n");
		ours = ours || !param->line;
		buf_printf(out, "%s =%s", param->name,
			   param->value[0] ? " " : "");
		print_value(param->value, out);
		buf_puts(out, "\n");
	}
}

struct span effective_find(struct span text, const char *name)
{
	struct span line, key, value;

	while (span_line(&text, &line))
		if (!nameval_split(line, &key, &value) &&
		    span_equals(key, name))
			return value;
	return (struct span){ 0 };
}
