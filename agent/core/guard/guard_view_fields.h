/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guard/guard_view.h"

/*
 * The file's lines, for guard_view.c and guard_view_parse.c alone: tables, so
 * that what is printed is what is read. A line "node ID" begins a node, and the
 * keys that begin with "node_" are of the last one.
 */
enum guard_view_kind {
	VIEW_U32,	/* uint32_t */
	VIEW_COUNT,	/* size_t, below 2^32 */
	VIEW_DIGEST,	/* uint64_t: hexadecimal */
	VIEW_TIME,	/* int64_t; what is negative is printed as 0 */
	VIEW_SIGNED,	/* int64_t, but not INT64_MIN */
	VIEW_SCORE,	/* int32_t, but not INT32_MIN */
	VIEW_BOOL,	/* yes or no */
	VIEW_QUORUM,
	VIEW_OWNERSHIP,
	VIEW_STATUS,
	VIEW_BLAME,
	VIEW_RING,	/* struct ring_id: node, sequence */
	VIEW_CLAIM,	/* struct claim: node, quorate, ring, index */
	VIEW_IDENTITY,	/* name, addresses, "=", public addresses; or empty */
	VIEW_TEXT,	/* char [size] */
	/* Lists: one line for each item. */
	VIEW_REASONS,	/* of a struct msg_verdict: status, blame, class,
			 * text */
	VIEW_ITEMS,	/* of a struct preflight: status, check, subject,
			 * text */
};

struct guard_view_field {
	const char *key;
	enum guard_view_kind kind;
	size_t offset;		/* in struct guard_view or guard_view_node */
	size_t size;		/* of the member */
};

#define VIEW_FIELDS 30
#define VIEW_NODE_FIELDS 7
extern const struct guard_view_field guard_view_fields[VIEW_FIELDS];
extern const struct guard_view_field guard_view_node_fields[VIEW_NODE_FIELDS];

/* Four times what there can be: of millions of empty ones a monitor would take
 * seconds to read. */
#define VIEW_LINES_MAX 16384
#define GUARD_VIEW_HEADER "bindback-guard 1"
#define GUARD_VIEW_NODE "node"
#define GUARD_VIEW_END "end"
