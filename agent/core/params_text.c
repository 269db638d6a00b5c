/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/params_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"

#define HEADER "bindback-params 1"
#define END "end"
/* No parameter's name has a dash. */
#define NODE_KEY "cluster-node"
#define RESOURCE_KEY "resource-id"
#define PROMOTABLE_KEY "resource-promotable"

static void put_line(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, "%s ", key);
	line_put_text(out, text, false);
	buf_puts(out, "\n");
}

void params_text_print(params_get_fn *get, void *ctx, const char *node,
		       const char *resource, bool promotable, struct buf *out)
{
	const char *name;

	buf_puts(out, HEADER "\n");
	put_line(out, NODE_KEY, node);
	put_line(out, RESOURCE_KEY, resource);
	put_line(out, PROMOTABLE_KEY, promotable ? "yes" : "no");
	for (size_t i = 0; (name = params_name(i)); i++) {
		const char *value = get(ctx, name);

		if (value)
			put_line(out, name, value);
	}
	buf_puts(out, END "\n");
}

static size_t name_count(void)
{
	size_t count = 0;

	while (params_name(count))
		count++;
	return count;
}

/* NULL for a key that is not known. */
static char **place_of(struct params_text *text, struct span key)
{
	const char *name;

	if (span_equals(key, NODE_KEY))
		return &text->node;
	if (span_equals(key, RESOURCE_KEY))
		return &text->resource;
	for (size_t i = 0; (name = params_name(i)); i++)
		if (span_equals(key, name))
			return &text->values[i];
	return NULL;
}

static int get_line(struct params_text *text, struct span line,
		    struct why *why)
{
	struct span key, value;
	char **place;

	line_split(line, &key, &value);
	if (span_equals(key, PROMOTABLE_KEY)) {
		text->promotable = span_equals(value, "yes");
		return 0;
	}
	place = place_of(text, key);
	if (!place)
		return 0;
	if (!*place)
		*place = line_get_text(value);
	else
		place = NULL;	/* there already: which would count? */
	if (place && *place)
		return 0;
	why_set(why, "the line \"%.*s\" of the parameters cannot be read",
		line.len > 120 ? 120 : (int)line.len, line.p);
	return -EINVAL;
}

static int get_lines(struct params_text *text, struct span rest,
		     struct why *why)
{
	struct span line;

	if (!span_line(&rest, &line) || !span_equals(line, HEADER)) {
		why_set(why, "the parameters do not start with \"%s\"",
			HEADER);
		return -EPROTONOSUPPORT;
	}
	while (span_line(&rest, &line)) {
		int r;

		if (span_equals(line, END) && !rest.len)
			return 0;
		r = get_line(text, line, why);
		if (r < 0)
			return r;
	}
	why_set(why, "the parameters are cut: their last line is not \"%s\"",
		END);
	return -EINVAL;
}

static void take_missing(char **place)
{
	if (!*place)
		*place = xstrdup("");
}

int params_text_parse(struct span text, struct params_text *ret,
		      struct why *why)
{
	struct params_text parsed = { 0 };
	int r;

	if (text.len > PARAMS_TEXT_MAX) {
		why_set(why, "the parameters have %zu bytes, at most %d are "
			"read", text.len, PARAMS_TEXT_MAX);
		return -EFBIG;
	}
	parsed.values = xcalloc(name_count(), sizeof(*parsed.values));
	r = get_lines(&parsed, text, why);
	if (r < 0) {
		params_text_done(&parsed);
		return r;
	}
	take_missing(&parsed.node);
	take_missing(&parsed.resource);
	*ret = parsed;
	return 0;
}

void params_text_done(struct params_text *text)
{
	if (!text)
		return;
	free(text->node);
	free(text->resource);
	for (size_t i = 0; text->values && params_name(i); i++)
		free(text->values[i]);
	free(text->values);
	*text = (struct params_text){ 0 };
}

const char *params_text_get(void *ctx, const char *name)
{
	char **place = place_of(ctx, span_of(name));

	return place ? *place : NULL;
}
