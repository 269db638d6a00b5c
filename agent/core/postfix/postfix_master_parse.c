/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_master.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/postfix/postfix_text.h"

/* One logical line while it is read. */
struct entry {
	const char *file;
	const char *text;
	unsigned int line;	/* its first */
	struct span rest;
	struct master_service *service;
};

/* The line of a place, from the LFs before it. */
static unsigned int entry_line(const struct entry *entry, const char *place)
{
	unsigned int line = entry->line;

	for (const char *p = entry->text; p < place; p++)
		line += *p == '\n';
	return line;
}

static bool is_one_of(const char *value, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(value, *list))
			return true;
	return false;
}

static bool is_count(const char *value, bool query)
{
	size_t digits = strspn(value, "0123456789");

	if (!strcmp(value, "-"))
		return true;
	if (query && digits && value[digits] == '?')
		return !value[digits + 1];
	return digits && !value[digits];
}

/* What a field wants, when `value` is not that; else NULL. */
static const char *field_fault(enum master_field field, const char *value)
{
	static const char *const types[] = { "inet", "unix", "fifo", "pass",
					     "unix-dgram", NULL };
	static const char *const bools[] = { "y", "n", "-", NULL };

	switch (field) {
	case MASTER_TYPE:
		return is_one_of(value, types) ? NULL :
			"inet, unix, unix-dgram, fifo or pass";
	case MASTER_PRIVATE:
	case MASTER_UNPRIVILEGED:
	case MASTER_CHROOT:
		return is_one_of(value, bools) ? NULL : "y, n or -";
	case MASTER_WAKEUP:
		return is_count(value, true) ? NULL :
			"seconds, perhaps with a \"?\", or -";
	case MASTER_MAXPROC:
		return is_count(value, false) ? NULL : "a number or -";
	case MASTER_COMMAND:
		return strcmp(value, "-") ? NULL : "the name of a program";
	case MASTER_NAME:
	case MASTER_FIELDS:
		return NULL;
	}
	return NULL;
}

static int fields_parse(struct entry *entry, struct why *why)
{
	static const char *const names[MASTER_FIELDS] = {
		"service", "type", "private", "unpriv", "chroot", "wakeup",
		"maxproc", "command",
	};
	struct span word;

	for (int i = 0; i < MASTER_FIELDS; i++) {
		char **field = &entry->service->fields[i];
		const char *fault;

		if (!span_word(&entry->rest, MASTER_BLANKS, &word)) {
			why_set(why, "%s:%u: found \"%.40s\", which has no "
				"field \"%s\"; wanted are service, type, "
				"private, unpriv, chroot, wakeup, maxproc and "
				"command", entry->file, entry->line,
				entry->text, names[i]);
			return -EINVAL;
		}
		*field = xmemdup0(word.p, word.len);
		fault = field_fault((enum master_field)i, *field);
		if (fault) {
			why_set(why, "%s:%u: found \"%.40s\" as %s of service "
				"%.40s; wanted is %s", entry->file,
				entry_line(entry, word.p), *field, names[i],
				entry->service->fields[MASTER_NAME], fault);
			return -EINVAL;
		}
	}
	return 0;
}

/* 1 a word, 0 none; -EINVAL for an open brace. */
static int entry_word(struct entry *entry, struct span *ret, struct why *why)
{
	int r = brace_word(&entry->rest, MASTER_BLANKS, ret);

	if (r < 0)
		why_set(why, "%s:%u: found \"%.40s\", with a \"{\" that is not "
			"closed; wanted is a \"}\"", entry->file,
			entry_line(entry, entry->rest.p), entry->rest.p);
	return r;
}

static void text_append(char **text, struct span word)
{
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	buf_printf(&out, "%s %.*s", *text, SPAN_ARG(word));
	free(*text);
	/* A comment within braces has left an LF. */
	lines_join(out.data);
	*text = buf_steal(&out);
}

static int argument_fault(const struct entry *entry, struct span word,
			  const char *wanted, struct why *why)
{
	why_set(why, "%s:%u: found \"%.*s\" in service %.40s; wanted is %s",
		entry->file, entry_line(entry, word.p),
		word.len > 40 ? 40 : (int)word.len, word.p,
		entry->service->fields[MASTER_NAME], wanted);
	return -EINVAL;
}

/* What is in the braces that hold all of a word; `word` itself without. */
static struct span braces_strip(struct span word)
{
	struct span inner = { word.p + 1, word.len - 2 };
	unsigned int depth = 0;

	if (word.len < 2 || word.p[0] != '{' || word.p[word.len - 1] != '}')
		return word;
	for (size_t i = 0; i < word.len; i++) {
		depth += word.p[i] == '{';
		depth -= word.p[i] == '}';
		if (!depth && i < word.len - 1)
			return word;
	}
	return inner;
}

static int option_parse(struct entry *entry, struct span word, struct why *why)
{
	struct span name, value;

	if (nameval_split(braces_strip(word), &name, &value) < 0 ||
	    memchr(name.p, '{', name.len) || memchr(name.p, '}', name.len))
		return argument_fault(entry, word, "-o name=value or -o { name "
				      "= value }", why);
	service_put_option(entry->service, name, value,
			   entry_line(entry, word.p));
	return 0;
}

/*
 * The value of the option letter at `word.p[at]`: the rest of the word, or
 * the next one.
 */
static int value_parse(struct entry *entry, struct span word, size_t at,
		       struct why *why)
{
	struct span value = { word.p + at + 1, word.len - at - 1 };
	int r = value.len ? 1 : entry_word(entry, &value, why);

	if (r < 0)
		return r;
	if (!r)
		return argument_fault(entry, word, "a value after it", why);
	if (word.p[at] == 'o')
		return option_parse(entry, value, why);
	text_append(&entry->service->flags,
		    (struct span){ (char[]){ '-', word.p[at] }, 2 });
	text_append(&entry->service->flags, value);
	return 0;
}

/* One word of options as getopt(3) reads it: letters, and the first that
 * takes a value ends them. */
static int flags_parse(struct entry *entry, struct span word, struct why *why)
{
	size_t i = 1;

	while (i < word.len && isalpha((unsigned char)word.p[i]) &&
	       !strchr("oimnst", word.p[i]))
		i++;
	if (i < word.len && !isalpha((unsigned char)word.p[i]))
		return argument_fault(entry, word, "an option", why);
	if (i > 1)
		text_append(&entry->service->flags,
			    (struct span){ word.p, i });
	return i < word.len ? value_parse(entry, word, i, why) : 0;
}

static int args_parse(struct entry *entry, struct why *why)
{
	bool options = true;
	struct span word;
	int r;

	while ((r = entry_word(entry, &word, why)) > 0) {
		options = options && word.p[0] == '-' && word.len > 1;
		if (!options) {
			text_append(&entry->service->args, word);
			continue;
		}
		r = flags_parse(entry, word, why);
		if (r < 0)
			return r;
	}
	return r;
}

static int service_parse(const char *file, const char *text, unsigned int line,
			 struct master_cf *cf, struct why *why)
{
	struct master_service service = {
		.line = line, .flags = xstrdup(""), .args = xstrdup(""),
	};
	struct entry entry = { file, text, line, span_of(text), &service };
	int r = fields_parse(&entry, why);

	if (!r)
		r = args_parse(&entry, why);
	if (r < 0) {
		service_done(&service);
		return r;
	}
	cf->services = xgrow(cf->services, cf->count, sizeof(service));
	cf->services[cf->count++] = service;
	return 0;
}

int master_parse(const char *file, struct span text, struct master_cf *ret,
		 struct why *why)
{
	struct logical lines = { .file = file, .rest = text };
	struct master_cf cf = { 0 };
	unsigned int line;
	char *logical;
	int r;

	while ((r = logical_next(&lines, &logical, &line, why)) > 0) {
		r = service_parse(file, logical, line, &cf, why);
		free(logical);
		if (r < 0)
			break;
	}
	if (r < 0) {
		master_done(&cf);
		return r;
	}
	*ret = cf;
	return 0;
}
