/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/status/status.h"

/*
 * What is told of an instance, in words: labels and texts, which the outputs
 * for people only lay out.
 */

enum status_tone {
	TONE_PLAIN,
	TONE_GOOD,
	TONE_WEAK,	/* not as it should be, or not known */
	TONE_BAD,
};

#define STATUS_FACTS_MAX 12

struct status_fact {
	const char *label;	/* one word */
	enum status_tone tone;
	struct buf text;	/* one line */
};

struct status_facts {
	struct status_fact items[STATUS_FACTS_MAX];
	size_t count;
};

/** All that is known, in the order in which it matters; status_facts_done by
 *  the caller. */
void status_facts_of(const struct status *status, struct status_facts *ret);
void status_facts_done(struct status_facts *facts);

enum status_tone status_tone_of(enum verdict_status status);

/** The resource, and whose identity it is: "mta: mail.example.com at ...". */
void status_head_text(const struct status *status, struct buf *out);

/** A node by its name, or, without one, "node 3". */
void status_node_name(const struct guard_view *view, uint32_t node,
		      struct buf *out);
