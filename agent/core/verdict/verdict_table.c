/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/timetext.h"

static enum verdict_column column_of(const struct observation *obs)
{
	bool is_ipv6 = obs->family == AF_INET6;

	switch (obs->check) {
	case CHECK_FORWARD:
		return is_ipv6 ? COLUMN_AAAA : COLUMN_A;
	case CHECK_REVERSE:
		return is_ipv6 ? COLUMN_PTR_IPV6 : COLUMN_PTR_IPV4;
	case CHECK_FCRDNS:
		return is_ipv6 ? COLUMN_FCRDNS_IPV6 : COLUMN_FCRDNS_IPV4;
	case CHECK_SERIAL:
		return COLUMN_SERIAL;
	case CHECK_HELO:
		return COLUMN_HELO;
	case CHECK_SOURCE:
		return COLUMN_SOURCE;
	case CHECK_ROUTE:
		return COLUMN_ROUTE;
	case CHECK_SPF:
		return is_ipv6 ? COLUMN_SPF_IPV6 : COLUMN_SPF_IPV4;
	case CHECK_TLS:
		return COLUMN_TLS;
	case CHECK_TLSA:
		return COLUMN_TLSA;
	case CHECK_CALLBACK:
		return COLUMN_CALLBACK;
	case CHECK_LEGACY:
		return COLUMN_LEGACY;
	}
	abort();
}

static enum verdict_section section_of(const struct observation *obs)
{
	if (obs->vantage.kind == VANTAGE_WITNESS)
		return SECTION_WITNESSES;
	switch (obs->check) {
	case CHECK_FORWARD:
	case CHECK_REVERSE:
	case CHECK_FCRDNS:
	case CHECK_SERIAL:
		return SECTION_RECORDS;
	case CHECK_HELO:
	case CHECK_SOURCE:
	case CHECK_ROUTE:
		return SECTION_REMOTES;
	case CHECK_CALLBACK:
	case CHECK_LEGACY:
		return SECTION_WITNESSES;
	case CHECK_SPF:
	case CHECK_TLS:
	case CHECK_TLSA:
		return SECTION_OURS;
	}
	abort();
}

static struct verdict_row *row_of(struct verdict_table *table,
				  const struct vantage *vantage)
{
	for (size_t i = 0; i < table->row_count; i++)
		if (vantage_equal(table->rows[i].vantage, vantage))
			return &table->rows[i];
	table->rows = xgrow(table->rows, table->row_count,
			    sizeof(*table->rows));
	table->rows[table->row_count] = (struct verdict_row){
		.vantage = vantage,
	};
	return &table->rows[table->row_count++];
}

static bool is_good(const struct identity *id, const struct observation *obs)
{
	bool missing = obs->outcome == OUTCOME_NODATA ||
		       obs->outcome == OUTCOME_NXDOMAIN;

	/* No SPF record, no TLS: that is no fault. */
	return obs->outcome == OUTCOME_MATCH ||
	       (missing && obs->check >= CHECK_SPF &&
		obs->check <= CHECK_TLSA) ||
	       (missing && obs->check == CHECK_FORWARD &&
		!identity_public(id, obs->family));
}

static bool is_unwanted(const struct observation *obs)
{
	return obs->vantage.kind == VANTAGE_WITNESS &&
	       obs->outcome == OUTCOME_NOT_ASKED && !obs->unanswered &&
	       !obs->port;
}

static void table_add(struct verdict_table *table,
		      const struct verdict *verdict,
		      const struct observation *obs)
{
	const struct identity *id = &verdict->identity;
	enum verdict_column column = column_of(obs);
	struct verdict_row *row = row_of(table, &obs->vantage);
	struct verdict_cell *cell = &row->cells[column];
	bool good = is_good(id, obs);

	table->used[column] = true;
	if (!cell->obs || cell->good)
		*cell = (struct verdict_cell){
			obs, good, obs->time_s ? verdict->time_s - obs->time_s :
						 0,
		};
	/* True where it was said, though of no use to us; and what nobody
	 * wanted of a witness. */
	if (good || obs->outcome == OUTCOME_INSIDE || is_unwanted(obs))
		return;
	table->wrong = xgrow(table->wrong, table->wrong_count,
			     sizeof(*table->wrong));
	table->wrong[table->wrong_count++] = obs;
}

void verdict_table_init(const struct verdict *verdict,
			enum verdict_section section,
			struct verdict_table *ret)
{
	*ret = (struct verdict_table){ 0 };
	for (enum vantage_kind kind = VANTAGE_NSS; kind <= VANTAGE_WITNESS;
	     kind++)
		for (size_t i = 0; i < verdict->observation_count; i++) {
			const struct observation *obs =
				&verdict->observations[i];

			if (obs->vantage.kind == kind &&
			    section_of(obs) == section)
				table_add(ret, verdict, obs);
		}
}

void verdict_table_done(struct verdict_table *table)
{
	free(table->rows);
	free(table->wrong);
	*table = (struct verdict_table){ 0 };
}

const char *verdict_section_text(enum verdict_section section)
{
	static const char *const texts[] = {
		[SECTION_RECORDS] = "Name servers",
		[SECTION_REMOTES] = "Mail servers",
		[SECTION_WITNESSES] = "Witnesses",
		[SECTION_OURS] = "Our own",
	};

	return texts[section];
}

const char *verdict_column_text(enum verdict_column column)
{
	static const char *const texts[] = {
		[COLUMN_A] = "A",
		[COLUMN_AAAA] = "AAAA",
		[COLUMN_PTR_IPV4] = "PTR IPv4",
		[COLUMN_PTR_IPV6] = "PTR IPv6",
		[COLUMN_FCRDNS_IPV4] = "FCrDNS IPv4",
		[COLUMN_FCRDNS_IPV6] = "FCrDNS IPv6",
		[COLUMN_SERIAL] = "serial",
		[COLUMN_HELO] = "takes us",
		[COLUMN_SOURCE] = "source",
		[COLUMN_ROUTE] = "route",
		[COLUMN_SPF_IPV4] = "SPF IPv4",
		[COLUMN_SPF_IPV6] = "SPF IPv6",
		[COLUMN_TLS] = "TLS",
		[COLUMN_TLSA] = "TLSA",
		[COLUMN_CALLBACK] = "callback",
		[COLUMN_LEGACY] = "legacy",
	};

	return texts[column];
}

static void put_cell(const struct verdict_cell *cell, struct buf *out)
{
	const struct observation *obs = cell->obs;

	if (!obs)
		buf_puts(out, "-");
	else if (obs->unanswered && outcome_is_answer(obs->outcome))
		buf_puts(out, "not found");
	else if (!cell->good && obs->class)
		buf_puts(out, reply_class_text(obs->class));
	else if (!cell->good)
		buf_puts(out, outcome_text(obs->outcome));
	else if (obs->outcome != OUTCOME_MATCH && obs->check >= CHECK_SPF)
		buf_puts(out, "none");
	else if (obs->check == CHECK_SERIAL)
		buf_printf(out, "%" PRIu32, obs->serial);
	else
		buf_puts(out, "ok");
}

void verdict_cell_text(const struct verdict_cell *cell, struct buf *out)
{
	put_cell(cell, out);
	if (cell->age_s > 0)
		buf_printf(out, " %s ago", age_text(cell->age_s).s);
}

void verdict_row_text(const struct verdict_row *row, struct buf *out)
{
	const struct vantage *vantage = row->vantage;

	if (vantage->kind == VANTAGE_DELIVERY)
		buf_puts(out, "deliveries to ");
	if (vantage->kind == VANTAGE_NAMESERVER && vantage->zone[0]) {
		buf_printf(out, "%s", vantage->zone);
		return;
	}
	buf_puts(out, vantage_text(vantage).s);
	/* A mail domain of which no server was found stands for itself. */
	if (vantage->zone[0] && strcmp(vantage->zone, vantage->host) != 0)
		buf_printf(out, ", %s", vantage->zone);
}

void verdict_evidence_text(const struct observation *obs, struct buf *out)
{
	buf_printf(out, "%s, %s", vantage_text(&obs->vantage).s,
		   check_text(obs->check));
	if (obs->check == CHECK_SPF)
		buf_printf(out, " of %s", obs->vantage.zone);
	if (obs->family)
		buf_printf(out, " %s", family_text(obs->family));
	buf_printf(out, ": %s", outcome_text(obs->outcome));
	if (obs->evidence[0])
		buf_printf(out, ": %s", obs->evidence);
	/* A witness's evidence has it. */
	if (obs->ttl_s && outcome_is_answer(obs->outcome) &&
	    obs->vantage.kind != VANTAGE_WITNESS)
		buf_printf(out, " (TTL %" PRIu32 " s)", obs->ttl_s);
	if (obs->time_s)
		buf_printf(out, " (at %s)", time_text(obs->time_s).s);
}

void verdict_identity_text(const struct identity *id, struct buf *out)
{
	buf_puts(out, id->name);
	for (unsigned int i = 0; i < id->count; i++) {
		buf_printf(out, "%s%s", i ? ", " : " at ",
			   addr_text(&id->addrs[i]).s);
		if (!addr_equal(&id->addrs[i], &id->public_addrs[i]))
			buf_printf(out, " (seen as %s)",
				   addr_text(&id->public_addrs[i]).s);
	}
}

static const char *blame_phrase(enum blame blame)
{
	static const char *const texts[] = {
		[BLAME_NONE] = "",
		[BLAME_OURS] = ", ours",
		[BLAME_THEIRS] = ", theirs",
		[BLAME_PATH] = ", on the path",
	};

	return texts[blame];
}

void verdict_reason_text(const struct reason *reason, struct buf *out)
{
	buf_printf(out, "%s%s: %s", verdict_status_text(reason->status),
		   blame_phrase(reason->blame), reason->text);
}

static const char *status_shout(enum verdict_status status)
{
	static const char *const texts[] = {
		[VERDICT_VERIFIED] = "VERIFIED",
		[VERDICT_DEGRADED] = "DEGRADED",
		[VERDICT_FAILED] = "FAILED",
		[VERDICT_UNKNOWN] = "UNKNOWN",
	};

	return texts[status];
}

void verdict_headline(const struct verdict *verdict, struct buf *out)
{
	buf_printf(out, "%s%s: ", status_shout(verdict->status),
		   blame_phrase(verdict->blame));
	if (verdict->reason_count)
		buf_puts(out, verdict->reasons[0].text);
	else if (verdict->status == VERDICT_VERIFIED)
		buf_puts(out, "name and addresses lead to each other "
			 "everywhere that was asked");
	else
		buf_puts(out, "no reason was recorded");
}

void verdict_made_text(const struct verdict *verdict, struct buf *out)
{
	if (verdict->node[0])
		buf_printf(out, "on %s, ", verdict->node);
	buf_printf(out, "%s, in %" PRIu32 " ms",
		   time_text(verdict->time_s).s, verdict->duration_ms);
}
