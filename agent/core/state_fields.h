/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/state.h"

/*
 * The record's lines, for state.c and state_parse.c alone: one table, so that
 * what is printed is what is read.
 */
enum state_kind {
	STATE_NAME,	/* the identity's */
	STATE_IP,
	STATE_PUBLIC_IP,
	STATE_TEXT,	/* char * */
	STATE_NUMBER,	/* int64_t, not negative */
	STATE_TICKS,	/* uint64_t */
	STATE_MS,	/* uint32_t */
	STATE_BOOL,	/* bool: yes or no */
	STATE_STATUS,	/* enum verdict_status */
	STATE_BLAME,	/* enum blame */
	STATE_POLICY,	/* enum on_unverified */
	/* Lists: one line for each item. */
	STATE_RESOLVER,
	STATE_LISTENER,
	STATE_FILES,	/* struct state_files: digest path */
	STATE_COPIES,	/* struct state_copies: from to */
	STATE_EVENTS,	/* struct event_memory */
};

struct state_field {
	const char *key;
	enum state_kind kind;
	size_t offset;		/* of the member in struct state */
};

#define STATE_FIELDS 47
extern const struct state_field state_fields[STATE_FIELDS];

#define STATE_HEADER "bindback-state 1"
#define STATE_END "end"

/** The words of on_unverified. */
const char *state_policy_text(enum on_unverified policy);
