/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/status/facts.h"

/** The table of the nodes that the guard knows, cell by cell. */
enum status_column {
	STATUS_COLUMN_NODE,
	STATUS_COLUMN_ROLE,
	STATUS_COLUMN_PREFLIGHT,
	STATUS_COLUMN_SCORE,
	STATUS_COLUMN_CLOCK,
	STATUS_COLUMNS,
};

#define STATUS_PREFLIGHT_OLD_S 180	/* wanted is one a minute */

const char *status_column_text(enum status_column column);

/** Append one cell's text; returns how it is meant. */
enum status_tone status_node_cell(const struct status *status,
				  const struct guard_view_node *node,
				  enum status_column column, struct buf *out);

/** A node's preflight is known to be so now: not old, and a member's. */
bool status_preflight_counts(const struct status *status,
			     const struct guard_view_node *node);

/** What a node's preflight is worth now: unknown when it does not count. */
enum verdict_status status_preflight_judge(const struct status *status,
					   const struct guard_view_node *node);

/** Append what is to be said of an item that is no pass: "failed: remote
 *  mx.example.net: refused". */
void status_item_text(const struct preflight_item *item, struct buf *out);
