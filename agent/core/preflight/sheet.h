/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/status/status.h"

/*
 * What `bindback preflight` shows: nodes, and what each check found there. The
 * outputs (sheet_text, sheet_xml, sheet_html) only lay it out.
 */

/** How a node's preflight came here. */
enum sheet_told {
	SHEET_NOW,
	SHEET_OLD,	/* too long ago to count */
	SHEET_NEVER,	/* nothing was told yet */
	SHEET_AWAY,	/* the node is not in the group */
};

struct sheet_node {
	char name[NODE_NAME_MAX];
	bool here;		/* it is this one */
	bool owner;		/* of the identity */
	enum sheet_told told;
	int64_t age_s;		/* of its preflight; NOW and OLD */
	const struct preflight *preflight;	/* not owned */
};

struct sheet {
	const char *resource;		/* its id; "" for none */
	const struct identity *identity;
	int64_t time_s;			/* when it is shown */
	const char *fault;		/* why nothing of it counts: the guard
					 * does not tell; or NULL */
	struct sheet_node nodes[GUARD_NODES_MAX];
	size_t count;
};

/** The nodes that the guard knows (`status->view` must be there), or the one
 *  named `node`, or (`node` "") this one. They live as long as the view. */
void sheet_of_status(const struct status *status, const char *node,
		     struct sheet *ret);
#define SHEET_ALL NULL
#define SHEET_HERE ""

/** Put in what this node has just looked at by itself. */
void sheet_of_local(const char *name, const struct preflight *preflight,
		    struct sheet *ret);

/** What is known of a node now: its checks, unknown unless it was told NOW. */
enum verdict_status sheet_judge_node(const struct sheet *sheet,
				     const struct sheet_node *node);
/** The worst of all nodes; unknown when there is none. */
enum verdict_status sheet_judge(const struct sheet *sheet);

/** Has the table a column for it? Not for what no node has anything of, where
 *  that is usual. */
bool sheet_has_column(const struct sheet *sheet, enum preflight_check check);

/** A cell: "pass", "warn", "FAIL", "?"; "-" where there was nothing to look
 *  at. */
const char *sheet_cell_text(const struct sheet *sheet,
			    const struct sheet_node *node,
			    enum preflight_check check);
/** How the cell is to be taken; VERIFIED for "-". */
enum verdict_status sheet_cell_status(const struct sheet *sheet,
				      const struct sheet_node *node,
				      enum preflight_check check);
/** Is it "-"? */
bool sheet_cell_empty(const struct sheet_node *node,
		      enum preflight_check check);

/** "just now", "12 s ago", "5 min ago, too old", "never", "not in the group".
 */
void sheet_told_text(const struct sheet_node *node, struct buf *out);
const char *sheet_told_word(enum sheet_told told);
/** "node2: remote mx.example.net (192.0.2.25): no connection ...". */
void sheet_item_text(const struct sheet_node *node,
		     const struct preflight_item *item, struct buf *out);
