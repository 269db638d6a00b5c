/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/line.h"
#include "core/witness/keyring.h"

#define BLANK " \t"
#define SHOWN_MAX 20	/* a longer word may be a secret in a wrong place */

struct entry {
	struct key key;
	size_t line;
};

struct entries {
	struct entry *list;
	size_t count;
};

/** A word in quotes, or how long it is. */
struct shown {
	char s[sizeof("of  bytes") + 20];
};

static struct shown shown(struct span word)
{
	struct shown ret;

	if (word.len <= SHOWN_MAX)
		(void)snprintf(ret.s, sizeof(ret.s), "\"%.*s\"",
			       SPAN_ARG(word));
	else
		(void)snprintf(ret.s, sizeof(ret.s), "of %zu bytes",
			       word.len);
	return ret;
}

static bool name_has(char c, bool first)
{
	return ascii_is_letter(c) || ascii_is_digit(c) ||
	       (!first && (c == '-' || c == '_'));
}

static int name_check(struct span name, struct why *why)
{
	if (!name.len) {
		why_set(why, "is empty");
		return -EINVAL;
	}
	if (name.len > KEY_NAME_MAX) {
		why_set(why, "is %zu characters long; at most %d are allowed",
			name.len, KEY_NAME_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < name.len; i++) {
		if (name_has(name.p[i], !i))
			continue;
		why_set(why, "%s; wanted are ASCII letters, digits, hyphens "
			"and underscores, the first a letter or digit",
			i ? "has a character that no key's name has" :
			    "begins with a character that no key's name "
			    "begins with");
		return -EINVAL;
	}
	return 0;
}

int key_name_check(const char *name, struct why *why)
{
	return name_check(span_of(name), why);
}

/* As it is printed, and no otherwise: one key has one identity. */
static int serial_parse(struct span text, uint32_t *ret)
{
	uint64_t serial;

	if (!text.len || text.p[0] == '0' ||
	    line_get_number(text, 10, UINT32_MAX, &serial) < 0)
		return -EINVAL;
	*ret = (uint32_t)serial;
	return 0;
}

static int secret_parse(struct span text, uint8_t ret[KEY_SECRET])
{
	if (text.len != (size_t)2 * KEY_SECRET)
		return -EINVAL;
	for (size_t i = 0; i < KEY_SECRET; i++) {
		char pair[2] = { ascii_lower(text.p[2 * i]),
				 ascii_lower(text.p[2 * i + 1]) };
		uint64_t byte;

		if (line_get_number((struct span){ pair, 2 }, 16, 255,
				    &byte) < 0)
			return -EINVAL;
		ret[i] = (uint8_t)byte;
	}
	return 0;
}

static int name_parse(struct span word, char ret[KEY_NAME_MAX + 1],
		      struct why *why)
{
	struct why found = { "" };

	if (name_check(word, &found) < 0) {
		why_set(why, "the name %s %s", shown(word).s, found.text);
		return -EINVAL;
	}
	memcpy(ret, word.p, word.len);
	ret[word.len] = '\0';
	return 0;
}

static int check_bytes(struct span line, struct why *why)
{
	if (memchr(line.p, '\0', line.len)) {
		why_set(why, "has a NUL byte; wanted is a text");
		return -EINVAL;
	}
	if (line.len && line.p[line.len - 1] == '\r') {
		why_set(why, "ends in CR LF, as files of Windows do; wanted "
			"is LF alone");
		return -EINVAL;
	}
	return 0;
}

/* Of "key NAME SERIAL SECRET" what follows the first word. */
static int fields_parse(struct span rest, struct key *ret, struct why *why)
{
	struct span name, serial, secret, more;

	if (!span_word(&rest, BLANK, &name) ||
	    !span_word(&rest, BLANK, &serial) ||
	    !span_word(&rest, BLANK, &secret)) {
		why_set(why, "has too few words; wanted is \"key NAME SERIAL "
			"SECRET\"");
		return -EINVAL;
	}
	if (span_word(&rest, BLANK, &more)) {
		why_set(why, "has more words than \"key NAME SERIAL "
			"SECRET\"");
		return -EINVAL;
	}
	if (name_parse(name, ret->name, why) < 0)
		return -EINVAL;
	if (serial_parse(serial, &ret->serial) < 0) {
		why_set(why, "the serial %s is none; wanted is a number from 1 "
			"to %" PRIu32 ", without zeros before it",
			shown(serial).s, UINT32_MAX);
		return -EINVAL;
	}
	if (secret_parse(secret, ret->secret) < 0) {
		why_set(why, "the secret of the key %s has %zu characters; "
			"wanted are %d hexadecimal digits", ret->name,
			secret.len, 2 * KEY_SECRET);
		return -EINVAL;
	}
	return 0;
}

/* The words of a line, without its comment. */
static struct span without_comment(struct span line)
{
	struct span before;

	return span_before(line, "#", &before) ? before : line;
}

static int line_parse(struct span line, struct entries *entries,
		      size_t number, struct why *why)
{
	struct span rest = without_comment(line), word;
	struct entry *entry = &entries->list[entries->count];
	int r;

	r = check_bytes(line, why);
	if (r < 0 || !span_word(&rest, BLANK, &word))
		return r;
	if (!span_equals(word, "key")) {
		why_set(why, "begins with the word %s; wanted is \"key NAME "
			"SERIAL SECRET\"", shown(word).s);
		return -EINVAL;
	}
	r = fields_parse(rest, &entry->key, why);
	if (!r) {
		entry->line = number;
		entries->count++;
	}
	return r;
}

/* How many keys there may be: room is made once, so that no secret is left
 * where the list was before. */
static size_t count_lines(struct span text)
{
	struct span line, word;
	size_t count = 0;

	while (span_line(&text, &line)) {
		line = without_comment(line);
		if (span_word(&line, BLANK, &word))
			count++;
	}
	return count;
}

static int lines_parse(struct span text, struct entries *entries,
		       struct why *why)
{
	struct span line;

	for (size_t n = 1; span_line(&text, &line); n++) {
		int r = line_parse(line, entries, n, why);

		if (r < 0) {
			why_context(why, "line %zu", n);
			return r;
		}
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a;
	const struct entry *y = *(struct entry *const *)b;
	int order = strcmp(x->key.name, y->key.name);

	if (order)
		return order;
	if (x->key.serial != y->key.serial)
		return x->key.serial > y->key.serial ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

/* Pointers alone: qsort may move what it sorts through memory of its own. */
static struct entry **sort(const struct entries *entries)
{
	struct entry **sorted = xcalloc(entries->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < entries->count; i++)
		sorted[i] = &entries->list[i];
	qsort(sorted, entries->count, sizeof(*sorted), by_name);
	return sorted;
}

/* Each once, and no more than may be. */
static int check_groups(struct entry *const *sorted, size_t count,
			struct why *why)
{
	size_t each = 1;

	for (size_t i = 1; i < count; i++) {
		const struct entry *entry = sorted[i], *before = sorted[i - 1];

		if (strcmp(entry->key.name, before->key.name) != 0) {
			each = 1;
			continue;
		}
		if (entry->key.serial == before->key.serial) {
			why_set(why, "line %zu: the key %s %" PRIu32 " is "
				"there already, on line %zu", entry->line,
				entry->key.name, entry->key.serial,
				before->line);
			return -EINVAL;
		}
		if (++each > KEYS_EACH) {
			why_set(why, "line %zu: the key %s %" PRIu32 " is one "
				"too many of that name; at most %d are valid "
				"at once", entry->line, entry->key.name,
				entry->key.serial, KEYS_EACH);
			return -EINVAL;
		}
	}
	return 0;
}

static struct keyring ring_of(struct entry *const *sorted, size_t count)
{
	struct keyring ring = { .count = count };

	if (!ring.count)
		return ring;
	ring.keys = xcalloc(ring.count, sizeof(*ring.keys));
	for (size_t i = 0; i < ring.count; i++)
		ring.keys[i] = sorted[i]->key;
	return ring;
}

int keyring_parse(struct span text, struct keyring *ret, struct why *why)
{
	size_t most = count_lines(text);
	struct entries entries = { 0 };
	int r;

	if (text.len > KEYRING_TEXT_MAX || most > KEYRING_MAX) {
		why_set(why, "%zu lines of keys and %zu bytes; at most %d and "
			"%d are allowed", most, text.len, KEYRING_MAX,
			KEYRING_TEXT_MAX);
		return -EINVAL;
	}
	entries.list = xcalloc(most + 1, sizeof(*entries.list));
	r = lines_parse(text, &entries, why);
	if (!r) {
		struct entry **sorted = sort(&entries);

		r = check_groups(sorted, entries.count, why);
		if (!r)
			*ret = ring_of(sorted, entries.count);
		free(sorted);
	}
	explicit_bzero(entries.list, (most + 1) * sizeof(*entries.list));
	free(entries.list);
	return r;
}

struct key_identity key_identity_text(const struct key *key)
{
	struct key_identity ret;

	(void)snprintf(ret.s, sizeof(ret.s), "%s.%" PRIu32, key->name,
		       key->serial);
	return ret;
}

int key_identity_parse(struct span text, char ret_name[KEY_NAME_MAX + 1],
		       uint32_t *ret_serial)
{
	struct span name;
	uint32_t serial;

	if (!span_cut(&text, ".", &name) || name_check(name, NULL) < 0 ||
	    serial_parse(text, &serial) < 0)
		return -EINVAL;
	memcpy(ret_name, name.p, name.len);
	ret_name[name.len] = '\0';
	*ret_serial = serial;
	return 0;
}
