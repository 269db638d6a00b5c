/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "core/verdict/verdict.h"

/** A verdict's observations laid out for reading, in tables: one row for each
 *  vantage, one column for each question. */
enum verdict_section {
	SECTION_RECORDS,	/* what name servers say */
	SECTION_REMOTES,	/* what mail servers outside say */
	SECTION_WITNESSES,	/* what witnesses outside say */
	SECTION_OURS,		/* SPF records, and our certificate */
	SECTION_COUNT,
};

enum verdict_column {
	COLUMN_A,
	COLUMN_AAAA,
	COLUMN_PTR_IPV4,
	COLUMN_PTR_IPV6,
	COLUMN_FCRDNS_IPV4,
	COLUMN_FCRDNS_IPV6,
	COLUMN_SERIAL,
	COLUMN_HELO,
	COLUMN_SOURCE,
	COLUMN_ROUTE,
	COLUMN_SPF_IPV4,
	COLUMN_SPF_IPV6,
	COLUMN_TLS,
	COLUMN_TLSA,
	COLUMN_CALLBACK,
	COLUMN_LEGACY,
	COLUMN_COUNT,
};

struct verdict_cell {
	/* NULL: not asked there. Where several fit in one cell (several PTR
	 * names) one that is not good. */
	const struct observation *obs;
	bool good;	/* as it should be: a match, or no address in a family
			 * where the identity has none either */
	int64_t age_s;	/* of what was not seen just now, else 0 */
};

struct verdict_row {
	const struct vantage *vantage;
	struct verdict_cell cells[COLUMN_COUNT];
};

struct verdict_table {
	struct verdict_row *rows;	/* this node's own view first */
	size_t row_count;
	bool used[COLUMN_COUNT];	/* is there any such observation? */
	const struct observation **wrong;	/* all that are not good, in
						 * the rows' order */
	size_t wrong_count;
};

/** Lay a section out, perhaps to no row at all; the table points into the
 *  verdict, which must outlive it. */
void verdict_table_init(const struct verdict *verdict,
			enum verdict_section section,
			struct verdict_table *ret);
void verdict_table_done(struct verdict_table *table);

/** The section's heading. */
const char *verdict_section_text(enum verdict_section section);
/** The column's heading. */
const char *verdict_column_text(enum verdict_column column);
/** What a cell shows: "ok", "ok 5 min ago", a serial, the word of a reply's
 *  class or of the outcome, or "-". */
void verdict_cell_text(const struct verdict_cell *cell, struct buf *out);
/** A row's heading: the vantage, and for an authority its zone. */
void verdict_row_text(const struct verdict_row *row, struct buf *out);

/** "ns1.example.com (192.0.2.53), reverse IPv4: nxdomain: no such name": one
 *  observation in one line. */
void verdict_evidence_text(const struct observation *obs, struct buf *out);
/** "mail.example.com at 192.0.2.25 (seen as 198.51.100.7), 2001:db8::25" */
void verdict_identity_text(const struct identity *id, struct buf *out);
/** "failed, ours: no PTR record ..." */
void verdict_reason_text(const struct reason *reason, struct buf *out);
/** The first line: status and the reason that decided. */
void verdict_headline(const struct verdict *verdict, struct buf *out);
/** "on node1, 2026-11-23T01:02:03Z, in 412 ms" */
void verdict_made_text(const struct verdict *verdict, struct buf *out);
