/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "core/state_fields.h"
#include "core/verdict/words.h"

/* What is gathered while reading; the identity is made of its texts last. */
struct reader {
	struct state state;
	char *name;
	char *ip;
	char *public_ip;
	bool seen[STATE_FIELDS];
};

static void reader_done(struct reader *reader)
{
	state_done(&reader->state);
	free(reader->name);
	free(reader->ip);
	free(reader->public_ip);
}

static int get_text(struct span value, char **ret)
{
	char *text = line_get_text(value);

	if (!text)
		return -EINVAL;
	*ret = text;
	return 0;
}

static int get_bool(struct span value, bool *ret)
{
	*ret = span_equals(value, "yes");
	return *ret || span_equals(value, "no") ? 0 : -EINVAL;
}

static int get_policy(struct span value, enum on_unverified *ret)
{
	for (int i = ON_UNVERIFIED_IGNORE; i <= ON_UNVERIFIED_FAIL; i++) {
		*ret = (enum on_unverified)i;
		if (span_equals(value, state_policy_text(*ret)))
			return 0;
	}
	return -EINVAL;
}

static int get_endpoint(struct span value, struct endpoint *list,
			unsigned int max, unsigned int *count)
{
	char *text = line_get_text(value);
	int r = -EINVAL;

	if (text && *count < max)
		r = endpoint_parse(text, DNS_PORT, &list[*count]);
	if (!r)
		(*count)++;
	free(text);
	return r;
}

/* Two words with one space between; both may be empty no more than absent. */
static int get_words(struct span value, struct span *ret_first,
		     struct span *ret_second)
{
	struct span more;

	if (span_word(&value, " ", ret_first) &&
	    span_word(&value, " ", ret_second) &&
	    !span_word(&value, " ", &more))
		return 0;
	return -EINVAL;
}

static int get_file(struct span value, struct state_files *list)
{
	struct span digest_word, path_word;
	uint64_t digest;
	char *path;
	int r;

	r = get_words(value, &digest_word, &path_word);
	if (!r)
		r = line_get_number(digest_word, 16, UINT64_MAX, &digest);
	if (r < 0)
		return r;
	path = line_get_text(path_word);
	r = path ? state_file_add(list, path, digest) : -EINVAL;
	free(path);
	return r;
}

static int get_copy(struct span value, struct state_copies *list)
{
	struct span from_word, to_word;
	char *from, *to;
	int r;

	r = get_words(value, &from_word, &to_word);
	if (r < 0)
		return r;
	from = line_get_text(from_word);
	to = line_get_text(to_word);
	r = from && to ? state_copy_add(list, from, to) : -EINVAL;
	free(from);
	free(to);
	return r;
}

static int get_field(struct reader *reader, const struct state_field *field,
		     struct span value)
{
	void *at = (char *)&reader->state + field->offset;
	uint64_t number;
	int r;

	switch (field->kind) {
	case STATE_NAME:
		return get_text(value, &reader->name);
	case STATE_IP:
		return get_text(value, &reader->ip);
	case STATE_PUBLIC_IP:
		return get_text(value, &reader->public_ip);
	case STATE_TEXT:
		return get_text(value, at);
	case STATE_NUMBER:
		r = line_get_number(value, 10, INT64_MAX, &number);
		if (!r)
			*(int64_t *)at = (int64_t)number;
		return r;
	case STATE_TICKS:
		return line_get_number(value, 10, UINT64_MAX, at);
	case STATE_MS:
		r = line_get_number(value, 10, UINT32_MAX, &number);
		if (!r)
			*(uint32_t *)at = (uint32_t)number;
		return r;
	case STATE_BOOL:
		return get_bool(value, at);
	case STATE_STATUS:
		return verdict_status_parse(value, at);
	case STATE_BLAME:
		return blame_parse(value, at);
	case STATE_POLICY:
		return get_policy(value, at);
	case STATE_RESOLVER:
		return get_endpoint(value, reader->state.resolvers,
				    RESOLVERS_MAX,
				    &reader->state.resolver_count);
	case STATE_LISTENER:
		return get_endpoint(value, reader->state.listeners,
				    STATE_LISTENERS_MAX,
				    &reader->state.listener_count);
	case STATE_FILES:
		return get_file(value, at);
	case STATE_COPIES:
		return get_copy(value, at);
	case STATE_EVENTS:
		return event_note_parse(value, at);
	}
	abort();
}

static int get_line(struct reader *reader, struct span line, struct why *why)
{
	struct span key, value;
	size_t i = 0;
	int r;

	line_split(line, &key, &value);
	while (i < STATE_FIELDS && !span_equals(key, state_fields[i].key))
		i++;
	if (i == STATE_FIELDS)
		return 0;
	/* Twice the same key would leave open which of the two counts. */
	r = reader->seen[i] ? -EINVAL :
	    get_field(reader, &state_fields[i], value);
	reader->seen[i] = state_fields[i].kind < STATE_RESOLVER;
	if (r < 0)
		why_set(why, "the record's line \"%.*s\" cannot be read",
			line.len > 120 ? 120 : (int)line.len, line.p);
	return r < 0 ? -EINVAL : 0;
}

static int get_lines(struct reader *reader, struct span rest, struct why *why)
{
	struct span line;

	if (!span_line(&rest, &line) || !span_equals(line, STATE_HEADER)) {
		why_set(why, "the record does not start with \"%s\"",
			STATE_HEADER);
		return -EPROTONOSUPPORT;
	}
	while (span_line(&rest, &line)) {
		int r;

		if (span_equals(line, STATE_END) && !rest.len)
			return 0;
		r = get_line(reader, line, why);
		if (r < 0)
			return r;
	}
	why_set(why, "the record is cut: its last line is not \"%s\"",
		STATE_END);
	return -EINVAL;
}

int state_parse(struct span text, struct state *ret, struct why *why)
{
	struct reader reader = { 0 };
	int r;

	if (text.len > STATE_TEXT_MAX) {
		why_set(why, "the record has %zu bytes, at most %d are read",
			text.len, STATE_TEXT_MAX);
		return -EFBIG;
	}
	r = get_lines(&reader, text, why);
	if (!r)
		r = identity_parse(reader.name ? reader.name : "",
				   reader.ip ? reader.ip : "",
				   reader.public_ip ? reader.public_ip : "",
				   &reader.state.identity, why);
	if (!r) {
		*ret = reader.state;
		reader.state = (struct state){ 0 };
	}
	reader_done(&reader);
	return r;
}
