/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static bool is_void(struct span line)
{
	line = span_trim(line);
	return !line.len || line.p[0] == '#';
}

static int line_fault(const struct logical *lines, struct span line,
		      const char *fault, struct why *why)
{
	struct span shown = span_trim(line);

	why_set(why, "%s:%u: found \"%.*s\", %s", lines->file, lines->line + 1,
		shown.len > 40 ? 40 : (int)shown.len, shown.p, fault);
	return -EINVAL;
}

/* 1: `line` belongs to the logical line so far; 0: it starts the next. */
static int line_belongs(const struct logical *lines, struct span line,
			bool first, struct why *why)
{
	bool blank = isspace((unsigned char)line.p[0]);

	if (memchr(line.p, '\0', line.len))
		return line_fault(lines, line, "which has a NUL byte in it; "
				  "wanted is text", why);
	if (first && blank)
		return line_fault(lines, line, "which starts with white space "
				  "but continues nothing; wanted is a name at "
				  "the start of the line", why);
	return first || blank;
}

int logical_next(struct logical *lines, char **ret_text,
		 unsigned int *ret_line, struct why *why)
{
	BUF_CLEAN text = { 0 };
	struct span next = lines->rest, line;
	unsigned int start = 0;

	buf_init(&text);
	while (span_line(&next, &line)) {
		bool kept = !is_void(line);
		int r = kept ? line_belongs(lines, line, !start, why) : 1;

		if (r < 0)
			return r;
		if (!r)
			break;
		lines->line++;
		lines->rest = next;
		if (start)
			buf_puts(&text, "\n");
		if (!kept)
			continue;
		if (!start)
			start = lines->line;
		buf_add(&text, line.p, line.len);
	}
	if (!start)
		return 0;
	*ret_text = xmemdup0(text.data, span_trim((struct span){
		text.data, text.len }).len);
	*ret_line = start;
	return 1;
}

int brace_word(struct span *rest, const char *separators,
	       struct span *ret_word)
{
	unsigned int depth = 0;
	size_t len = 0;

	while (rest->len && strchr(separators, rest->p[0])) {
		rest->p++;
		rest->len--;
	}
	if (!rest->len)
		return 0;
	for (; len < rest->len; len++) {
		if (rest->p[len] == '{')
			depth++;
		else if (rest->p[len] == '}' && depth)
			depth--;
		else if (!depth && strchr(separators, rest->p[len]))
			break;
	}
	if (depth)
		return -EINVAL;
	*ret_word = (struct span){ rest->p, len };
	rest->p += len;
	rest->len -= len;
	return 1;
}

void lines_join(char *text)
{
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
}

int nameval_split(struct span text, struct span *ret_name,
		  struct span *ret_value)
{
	const char *equals = memchr(text.p, '=', text.len);
	struct span name;

	if (!equals)
		return -EINVAL;
	name = span_trim((struct span){ text.p, (size_t)(equals - text.p) });
	if (!name.len)
		return -EINVAL;
	for (size_t i = 0; i < name.len; i++)
		if (isspace((unsigned char)name.p[i]))
			return -EINVAL;
	*ret_name = name;
	*ret_value = span_trim((struct span){
		equals + 1, text.len - (size_t)(equals + 1 - text.p) });
	return 0;
}

static char closing(char open)
{
	return open == '{' ? '}' : open == '(' ? ')' : '\0';
}

static const char *close_find(const char *p, char open)
{
	unsigned int depth = 1;

	for (; *p; p++) {
		if (*p == open)
			depth++;
		else if (*p == closing(open) && !--depth)
			return p;
	}
	return NULL;
}

bool macro_closed(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p != '$' || !p[1])
			continue;
		p++;
		if (closing(*p) && !close_find(p + 1, *p))
			return false;
	}
	return true;
}

/*
 * At a '$': the length of the reference to `name` with which `p` starts, or
 * 0. `exact` wants nothing but the name in its braces.
 */
static size_t reference_len(const char *p, const char *name, bool exact)
{
	size_t len = strlen(name);
	size_t open = closing(p[1]) ? 1 : 0;
	const char *end = p + 1 + open + len;

	if (strncmp(p + 1 + open, name, len) || isalnum((unsigned char)*end) ||
	    *end == '_')
		return 0;
	if (open && exact && *end != closing(p[1]))
		return 0;
	return 1 + len + 2 * open;
}

bool macro_refers(const char *text, const char *name)
{
	for (const char *p = text; *p; p++) {
		if (*p != '$')
			continue;
		if (p[1] == '$')
			p++;
		else if (reference_len(p, name, false))
			return true;
	}
	return false;
}

char *macro_replace(const char *text, const char *name, const char *value)
{
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	for (const char *p = text; *p;) {
		size_t skip = p[0] == '$' && p[1] == '$' ? 2 : 1;
		size_t len = p[0] == '$' && skip == 1 ?
			reference_len(p, name, true) : 0;

		if (len)
			buf_puts(&out, value);
		else
			buf_add(&out, p, skip);
		p += len ? len : skip;
	}
	return buf_steal(&out);
}
