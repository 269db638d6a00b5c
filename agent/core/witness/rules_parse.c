/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "core/msg/witness.h"
#include "core/witness/rules_value.h"

#define HOSTS_FILE "/etc/hosts"
#define USER "bindback"
#define LINE_MAX_LEN 24576	/* holds as many names and networks as can be */

static const struct word {
	const char *name;
	bool of_key;		/* may stand in a section */
	rules_read_fn *read;
	size_t offset;
	int64_t min, max;
} words[] = {
	{ "listen", false, rules_read_listen, 0, 0, 0 },
	{ "keys", false, rules_read_path, offsetof(struct rules, keys_file),
	  0, 0 },
	{ "user", false, rules_read_user, 0, 0, 0 },
	{ "hosts_file", false, rules_read_path,
	  offsetof(struct rules, hosts_file), 0, 0 },
	{ "lease", false, rules_read_time, offsetof(struct rules, lease_ms),
	  60000, 7 * 24 * 3600000 },
	{ "connections", false, rules_read_number,
	  offsetof(struct rules, connections), 1, 4096 },
	{ "connections_each", false, rules_read_number,
	  offsetof(struct rules, connections_each), 1, 4096 },
	{ "address_per_minute", false, rules_read_number,
	  offsetof(struct rules, address_per_minute), 1, 60000 },
	{ "handshake", false, rules_read_time,
	  offsetof(struct rules, handshake_ms), 100, 30000 },
	{ "allow", true, rules_read_allow, 0, 0, 0 },
	{ "ports", true, rules_read_ports, 0, 0, 0 },
	{ "hosts", true, rules_read_hosts, 0, 0, 0 },
	{ "per_minute", true, rules_read_rule_number,
	  offsetof(struct rule, per_minute), 1, 60000 },
	{ "at_once", true, rules_read_rule_number,
	  offsetof(struct rule, at_once), 1, 4096 },
};

struct section {
	struct rule rule;
	unsigned int line;
};

struct parser {
	struct rules rules;
	struct section *sections;
	size_t section_count;
	struct rule *rule;		/* of this section, or the defaults */
	unsigned int line;
	unsigned int rule_line;		/* where this section begins, or 0 */
	unsigned int seen[ARRAY_SIZE(words)];	/* in this section: where */
	struct why *why;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct parser *p, const char *fmt, ...)
{
	struct why found;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(found.text, sizeof(found.text), fmt, args);
	va_end(args);
	why_set(p->why, "line %u: %s", p->line, found.text);
	return -EINVAL;
}

/* Shown is as much of somebody's text as is needed to find it. */
static int shown(struct span span)
{
	return span.len > 80 ? 80 : (int)span.len;
}

static int characters_check(struct parser *p, struct span line)
{
	if (line.len > LINE_MAX_LEN)
		return refuse(p, "is %zu octets long; at most %d are wanted",
			      line.len, LINE_MAX_LEN);
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if (c == '\r')
			return refuse(p, "has a carriage return in it; wanted "
				      "are lines that end in a line feed "
				      "alone");
		if (!c)
			return refuse(p, "has a NUL octet in it");
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return refuse(p, "has a control character in it");
	}
	return 0;
}

/* What a section, or the part before the first, has to be when it ends. */
static int rule_check(struct parser *p)
{
	if (!p->rule->hosts || p->rule->name_count)
		return 0;
	p->line = p->rule_line;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].read == rules_read_hosts && p->seen[i])
			p->line = p->seen[i];
	return refuse(p, "hosts = yes wants names in \"allow\" beside it: "
		      "without them a key could set any name in the hosts "
		      "file");
}

static void section_add(struct parser *p, const char *name)
{
	struct section section = { p->rules.defaults, p->line };

	memcpy(section.rule.name, name, strlen(name) + 1);
	p->sections = xgrow(p->sections, p->section_count,
			    sizeof(*p->sections));
	p->sections[p->section_count] = section;
	p->rule = &p->sections[p->section_count++].rule;
	p->rule_line = p->line;
	memset(p->seen, 0, sizeof(p->seen));
}

static int section_begin(struct parser *p, struct span head)
{
	char text[KEY_NAME_MAX + 2] = "";
	struct span name = head;
	struct why fault;

	if (!span_skip(&name, "[key ") || !span_before(name, "]", &name) ||
	    name.len + 6 != head.len)
		return refuse(p, "\"%.*s\" begins no section that is known; "
			      "wanted is [key NAME]", shown(head), head.p);
	name = span_trim(name);
	/* One octet more than a name may have is enough to be refused. */
	memcpy(text, name.p, name.len < sizeof(text) ? name.len :
						       sizeof(text) - 1);
	if (key_name_check(text, &fault) < 0)
		return refuse(p, "the key's name \"%s\" %s", text, fault.text);
	if (p->section_count == KEYRING_MAX)
		return refuse(p, "is one section too many; at most %d are "
			      "wanted", KEYRING_MAX);
	section_add(p, text);
	return 0;
}

static int word_read(struct parser *p, size_t i, struct span value)
{
	struct rules_place place = {
		&p->rules, p->rule, words[i].offset, words[i].min,
		words[i].max
	};
	struct why fault;

	if (!words[i].of_key && p->section_count)
		return refuse(p, "\"%s\" is for all keys; wanted is it before "
			      "the first section", words[i].name);
	if (p->seen[i])
		return refuse(p, "\"%s\" is there already, in line %u",
			      words[i].name, p->seen[i]);
	if (!value.len)
		return refuse(p, "\"%s\" has no value", words[i].name);
	p->seen[i] = p->line;
	if (words[i].read(value, &place, &fault) < 0)
		return refuse(p, "%s: %s", words[i].name, fault.text);
	return 0;
}

static int setting_read(struct parser *p, struct span line)
{
	struct span value = line, name;

	if (!span_cut(&value, "=", &name))
		return refuse(p, "\"%.*s\" is no setting; wanted is \"word = "
			      "value\", or [key NAME]", shown(line), line.p);
	name = span_trim(name);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (span_equals(name, words[i].name))
			return word_read(p, i, span_trim(value));
	return refuse(p, "the word \"%.*s\" is not known", shown(name),
		      name.p);
}

/* A "#" within a word, as in 192.0.2.7#25, begins none: it is refused. */
static struct span without_comment(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.p[i] == '#' &&
		    (!i || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			line.len = i;
	return line;
}

static int line_read(struct parser *p, struct span line)
{
	int r = characters_check(p, line);

	if (r < 0)
		return r;
	line = span_trim(without_comment(line));
	if (!line.len)
		return 0;
	if (line.p[0] != '[')
		return setting_read(p, line);
	r = rule_check(p);
	return r < 0 ? r : section_begin(p, line);
}

static int compare(const void *a, const void *b)
{
	const struct section *one = a, *two = b;
	int r = strcmp(one->rule.name, two->rule.name);

	return r ? r : one->line < two->line ? -1 : 1;
}

/* The sections become the rules. */
static int sections_sort(struct parser *p)
{
	size_t count = p->section_count;

	if (count)
		qsort(p->sections, count, sizeof(*p->sections), compare);
	for (size_t i = 0; i + 1 < count; i++) {
		p->line = p->sections[i + 1].line;
		if (!strcmp(p->sections[i].rule.name,
			    p->sections[i + 1].rule.name))
			return refuse(p, "[key %s] is there already, in line "
				      "%u", p->sections[i].rule.name,
				      p->sections[i].line);
	}
	return 0;
}

static void sections_take(struct parser *p)
{
	struct rules *rules = &p->rules;

	rules->rules = xcalloc(p->section_count + 1, sizeof(*rules->rules));
	for (size_t i = 0; i < p->section_count; i++)
		rules->rules[i] = p->sections[i].rule;
	rules->rule_count = p->section_count;
	free(p->sections);
}

static void defaults_fill(struct rules *rules)
{
	if (!rules->listen_count) {
		rules->listen_count = 2;
		rules->listen[0] = (struct endpoint){
			{ .family = AF_INET }, WITNESS_PORT };
		rules->listen[1] = (struct endpoint){
			{ .family = AF_INET6 }, WITNESS_PORT };
	}
	if (!rules->keys_file)
		rules->keys_file = xstrdup(KEY_FILE_WITNESS);
	if (!rules->user)
		rules->user = xstrdup(USER);
	if (!rules->hosts_file)
		rules->hosts_file = xstrdup(HOSTS_FILE);
}

int rules_parse(struct span text, struct rules *ret, struct why *why)
{
	struct parser p = {
		.rules = {
			.lease_ms = 3600000, .connections = 512,
			.connections_each = 16, .address_per_minute = 240,
			.handshake_ms = 3000,
			.defaults = { .ports = { WITNESS_PORT, SMTP_PORT },
				      .port_count = 2, .per_minute = 120,
				      .at_once = 16 },
		},
		.why = why,
	};
	struct span line;
	int r = 0;

	p.rule = &p.rules.defaults;
	if (text.len > RULES_TEXT_MAX) {
		why_set(why, "is longer than %d octets", RULES_TEXT_MAX);
		return -EINVAL;
	}
	while (!r && span_line(&text, &line)) {
		p.line++;
		r = line_read(&p, line);
	}
	if (!r)
		r = rule_check(&p);
	if (!r)
		r = sections_sort(&p);
	sections_take(&p);
	if (r < 0) {
		rules_done(&p.rules);
		return r;
	}
	defaults_fill(&p.rules);
	*ret = p.rules;
	return 0;
}
