/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/hosts.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

#define SPACES " \t\r\v\f"	/* what glibc's isspace takes within a line */
/* Before the first of our lines there was no LF. */
#define JOINED "; joined"

/* The next word of an entry as a text; one that is longer than any name is no
 * name that is looked for. */
static bool next_word(struct span *rest, char ret[NAME_MAX_LEN + 1])
{
	struct span word;

	if (!span_word(rest, SPACES, &word))
		return false;
	if (word.len > NAME_MAX_LEN)
		word.len = 0;
	memcpy(ret, word.p, word.len);
	ret[word.len] = '\0';
	return true;
}

/* Begins to read a line: its address, and the names behind it. */
static bool entry_begin(struct span line, struct addr *ret,
			struct span *ret_names)
{
	char word[NAME_MAX_LEN + 1];
	struct span names = line;

	(void)span_before(names, "#", &names);
	if (!next_word(&names, word) || addr_parse(word, ret) < 0)
		return false;
	*ret_names = names;
	return true;
}

static bool is_ours(struct span line)
{
	char word[NAME_MAX_LEN + 1];
	struct span before, names;
	struct addr addr;

	return span_before(line, "#", &before) &&
	       span_starts((struct span){ before.p + before.len,
					  line.len - before.len },
			   HOSTS_MARK) &&
	       entry_begin(before, &addr, &names) && next_word(&names, word);
}

static bool has_name(struct span names, const char *name)
{
	char word[NAME_MAX_LEN + 1];

	while (next_word(&names, word))
		if (!strcasecmp(word, name))
			return true;
	return false;
}

static void add(struct hosts_found *found, const struct addr *addr)
{
	enum witness_family family = witness_family_of(addr->family);
	unsigned int *count = &found->counts[family];

	for (unsigned int i = 0; i < *count; i++)
		if (addr_equal(&found->addrs[family][i], addr))
			return;
	if (*count < WITNESS_HOSTS_MAX)
		found->addrs[family][(*count)++] = *addr;
}

bool hosts_find(struct span text, const char *name, bool with_ours,
		struct hosts_found *ret)
{
	struct span line, names;
	struct addr addr;

	*ret = (struct hosts_found){ 0 };
	while (span_line(&text, &line))
		if (entry_begin(line, &addr, &names) &&
		    has_name(names, name) && (with_ours || !is_ours(line)))
			add(ret, &addr);
	return ret->counts[WITNESS_IPV4] || ret->counts[WITNESS_IPV6];
}

static const char *address_fault(const struct addr *addr)
{
	struct addr plain = addr_unmap(addr);

	if (plain.family != addr->family)
		return "is an IPv4 address in the form of IPv6";
	return identity_addr_fault(addr);
}

int hosts_line_parse(struct span line, struct hosts_line *ret,
		     struct why *why)
{
	struct hosts_line parsed = { 0 };
	struct span rest = line;
	char address[NAME_MAX_LEN + 1];
	struct why fault;
	const char *wrong;

	if (memchr(line.p, '\0', line.len) || !next_word(&rest, address) ||
	    !next_word(&rest, parsed.name) || span_trim(rest).len ||
	    addr_parse(address, &parsed.addr) < 0) {
		why_set(why, "\"%.*s\" is no line as \"192.0.2.25 "
			"mail.example.com\"", line.len > 80 ? 80 :
			(int)line.len, line.p);
		return -EINVAL;
	}
	wrong = address_fault(&parsed.addr);
	if (wrong) {
		why_set(why, "\"%s\" %s", address, wrong);
		return -EINVAL;
	}
	if (fqdn_check(parsed.name, &fault) < 0) {
		why_set(why, "\"%.80s\" %s", parsed.name, fault.text);
		return -EINVAL;
	}
	for (char *p = parsed.name; *p; p++)
		*p = ascii_lower(*p);
	*ret = parsed;
	return 0;
}

void hosts_line_print(const struct hosts_line *line, struct buf *out)
{
	buf_printf(out, "%s %s\n", addr_text(&line->addr).s, line->name);
}

static bool ends(struct span line, const char *end)
{
	size_t len = strlen(end);

	line = span_trim(line);
	return line.len >= len &&
	       !memcmp(line.p + line.len - len, end, len);
}

/* What is others' in the text. */
static void put_others(struct span text, struct buf *out)
{
	bool joined = false;	/* the LF at the end is ours */
	struct span line;

	while (text.len) {
		struct span from = text;

		(void)span_line(&text, &line);
		if (!is_ours(line)) {
			buf_add(out, from.p, from.len - text.len);
			joined = false;
		} else if (ends(line, JOINED)) {
			joined = true;
		}
	}
	if (joined && out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

void hosts_merge(struct span text, const struct hosts_line *lines,
		 size_t count, struct buf *out)
{
	struct buf others;
	bool join;

	buf_init(&others);
	put_others(text, &others);
	join = others.len && others.data[others.len - 1] != '\n';
	buf_add(out, others.data, others.len);
	if (join && count)
		buf_puts(out, "\n");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s %s " HOSTS_COMMENT "%s\n",
			   addr_text(&lines[i].addr).s, lines[i].name,
			   join && !i ? JOINED : "");
	buf_done(&others);
}
