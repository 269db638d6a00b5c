/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/history/history_fields.h"

#include "base/array.h"

static const char *status_word(unsigned int value)
{
	return verdict_status_text((enum verdict_status)value);
}

static const char *blame_word(unsigned int value)
{
	return blame_text((enum blame)value);
}

static const char *class_word(unsigned int value)
{
	return reason_class_text((enum reason_class)value);
}

static const char *vantage_word(unsigned int value)
{
	return vantage_kind_text((enum vantage_kind)value);
}

static const char *check_word(unsigned int value)
{
	return check_text((enum check)value);
}

static const char *outcome_word(unsigned int value)
{
	return outcome_text((enum outcome)value);
}

static const char *reply_word(unsigned int value)
{
	return reply_class_text((enum reply_class)value);
}

static const char *step_word(unsigned int value)
{
	return history_step_text((enum history_step_kind)value);
}

static const char *note_word(unsigned int value)
{
	return history_note_text((enum history_note_kind)value);
}

#define WORDS(word, last) { word, (last) + 1, false }
#define WORDS_OR_NONE(word, last) { word, (last) + 1, true }

static const struct field_words status_words =
	WORDS(status_word, VERDICT_UNKNOWN);
static const struct field_words blame_words =
	WORDS_OR_NONE(blame_word, BLAME_PATH);
static const struct field_words class_words =
	WORDS(class_word, REASON_NO_ANSWER);
static const struct field_words vantage_words =
	WORDS(vantage_word, VANTAGE_WITNESS);
static const struct field_words check_words = WORDS(check_word, CHECK_LEGACY);
static const struct field_words outcome_words =
	WORDS(outcome_word, OUTCOME_NOT_ASKED);
static const struct field_words reply_words =
	WORDS_OR_NONE(reply_word, REPLY_INCONCLUSIVE);
static const struct field_words step_words =
	WORDS(step_word, STEP_WITNESSES);
static const struct field_words note_words = WORDS(note_word, NOTE_DELIVERY);

#define AT(type, member) offsetof(struct type, member)
#define FIELD(key, kind, type, member) \
	{ key, AT(type, member), 0, NULL, kind, false }
#define CHARS(key, type, member) \
	{ key, AT(type, member), sizeof(((struct type *)0)->member), NULL, \
	  FIELD_CHARS, false }
#define WORD(key, type, member, words) \
	{ key, AT(type, member), 0, words, FIELD_WORD, false }
#define STRING_TO_THE_END(key, type, member) \
	{ key, AT(type, member), 0, NULL, FIELD_STRING, true }
#define CHARS_TO_THE_END(key, type, member) \
	{ key, AT(type, member), sizeof(((struct type *)0)->member), NULL, \
	  FIELD_CHARS, true }

static const struct history_field entry_fields[] = {
	CHARS("resource", history_entry, resource),
	CHARS("node", history_entry, node),
	CHARS("name", history_entry, identity.name),
	FIELD("time_ms", FIELD_I64, history_entry, time_ms),
	FIELD("took_ms", FIELD_U32, history_entry, took_ms),
};

static const struct history_field failure_fields[] = {
	STRING_TO_THE_END("text", history_entry, failure),
};

static const struct history_field hold_fields[] = {
	FIELD("at_launch", FIELD_BOOL, history_entry, held_at_launch),
	FIELD("held", FIELD_BOOL, history_entry, held),
	STRING_TO_THE_END("text", history_entry, hold_reason),
};

static const struct history_field address_fields[] = {
	FIELD("local", FIELD_ADDR, history_address, local),
	FIELD("public", FIELD_ADDR, history_address, public),
};

static const struct history_field step_fields[] = {
	WORD("kind", history_step, kind, &step_words),
	FIELD("from_ms", FIELD_U32, history_step, from_ms),
	FIELD("to_ms", FIELD_U32, history_step, to_ms),
};

static const struct history_field note_fields[] = {
	WORD("kind", history_note, kind, &note_words),
	FIELD("time_ms", FIELD_I64, history_note, time_ms),
	STRING_TO_THE_END("text", history_note, text),
};

static const struct history_field verdict_fields[] = {
	WORD("status", verdict, status, &status_words),
	WORD("blame", verdict, blame, &blame_words),
	FIELD("time_s", FIELD_I64, verdict, time_s),
	FIELD("duration_ms", FIELD_U32, verdict, duration_ms),
};

static const struct history_field reason_fields[] = {
	WORD("status", reason, status, &status_words),
	WORD("blame", reason, blame, &blame_words),
	WORD("class", reason, class, &class_words),
	FIELD("family", FIELD_FAMILY, reason, family),
	FIELD("clears_in_s", FIELD_U32, reason, clears_in_s),
	CHARS_TO_THE_END("text", reason, text),
};

static const struct history_field observation_fields[] = {
	WORD("vantage", observation, vantage.kind, &vantage_words),
	FIELD("server", FIELD_ENDPOINT, observation, vantage.server),
	CHARS("host", observation, vantage.host),
	CHARS("zone", observation, vantage.zone),
	FIELD("index", FIELD_U32, observation, vantage.index),
	WORD("check", observation, check, &check_words),
	FIELD("family", FIELD_FAMILY, observation, family),
	WORD("outcome", observation, outcome, &outcome_words),
	FIELD("rcode", FIELD_RCODE, observation, rcode),
	FIELD("ttl_s", FIELD_U32, observation, ttl_s),
	FIELD("serial", FIELD_U32, observation, serial),
	FIELD("latency_ms", FIELD_U32, observation, latency_ms),
	FIELD("tcp", FIELD_BOOL, observation, tcp),
	WORD("class", observation, class, &reply_words),
	FIELD("code", FIELD_U32, observation, code),
	FIELD("temporary", FIELD_BOOL, observation, temporary),
	FIELD("local", FIELD_BOOL, observation, local),
	FIELD("unanswered", FIELD_BOOL, observation, unanswered),
	FIELD("port", FIELD_U32, observation, port),
	FIELD("refusals", FIELD_U32, observation, refusals),
	FIELD("time_s", FIELD_I64, observation, time_s),
	CHARS_TO_THE_END("text", observation, evidence),
};

#define LINE(word, fields) { word, fields, ARRAY_SIZE(fields) }

const struct history_line history_lines[LINE_KINDS] = {
	[LINE_START] = LINE("start", entry_fields),
	[LINE_STOP] = LINE("stop", entry_fields),
	[LINE_FAILURE] = LINE("failure", failure_fields),
	[LINE_HOLD] = LINE("hold", hold_fields),
	[LINE_ADDRESS] = LINE("address", address_fields),
	[LINE_STEP] = LINE("step", step_fields),
	[LINE_NOTE] = LINE("note", note_fields),
	[LINE_VERDICT] = LINE("verdict", verdict_fields),
	[LINE_REASON] = LINE("reason", reason_fields),
	[LINE_OBSERVATION] = LINE("observation", observation_fields),
};
