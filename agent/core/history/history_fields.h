/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/history/history.h"

/*
 * The record's lines, for history_print.c and history_parse.c alone: one table
 * for each, so that what is printed is what is read.
 */
enum line_kind {
	LINE_START,
	LINE_STOP,
	LINE_FAILURE,
	LINE_HOLD,
	LINE_ADDRESS,
	LINE_STEP,
	LINE_NOTE,
	LINE_VERDICT,
	LINE_REASON,
	LINE_OBSERVATION,
	LINE_KINDS,
};

/** An address of the identity, as a line holds it. */
struct history_address {
	struct addr local;
	struct addr public;
};

enum field_type {
	FIELD_STRING,	/* char * */
	FIELD_CHARS,	/* char[size] */
	FIELD_I64,	/* int64_t, not negative */
	FIELD_U32,	/* uint32_t */
	FIELD_BOOL,	/* bool: yes */
	FIELD_RCODE,	/* int: -1 is left out */
	FIELD_ADDR,	/* struct addr */
	FIELD_ENDPOINT,	/* struct endpoint */
	FIELD_FAMILY,	/* sa_family_t */
	FIELD_WORD,	/* an enum */
};

/** The words of an enum, of the values 0 to count - 1. */
struct field_words {
	const char *(*text)(unsigned int value);
	unsigned int count;
	bool none_is_left_out;	/* the value 0 */
};

struct history_field {
	const char *key;
	size_t offset;			/* of the member */
	size_t size;			/* FIELD_CHARS */
	const struct field_words *words;	/* FIELD_WORD */
	enum field_type type;
	bool to_the_end;		/* of the line, spaces and all */
};

struct history_line {
	const char *word;
	const struct history_field *fields;
	unsigned int field_count;
};

extern const struct history_line history_lines[LINE_KINDS];

#define HISTORY_HEADER "bindback-history 1"
#define HISTORY_END "end"
