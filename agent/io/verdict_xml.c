/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verdict_xml.h"

#include <inttypes.h>

#include "base/file.h"
#include "base/markup.h"
#include "base/timetext.h"

static void put_number(struct buf *out, const char *name, uint32_t value)
{
	buf_printf(out, " %s=\"%" PRIu32 "\"", name, value);
}

/* What is zero or empty says nothing, and is left out. */
static void put_number_set(struct buf *out, const char *name, uint32_t value)
{
	if (value)
		put_number(out, name, value);
}

static void put_flag(struct buf *out, const char *name, bool value)
{
	if (value)
		markup_attr(out, name, "true");
}

static void put_attr_set(struct buf *out, const char *name, const char *value)
{
	if (*value)
		markup_attr(out, name, value);
}

static void put_family(struct buf *out, sa_family_t family)
{
	if (family)
		markup_attr(out, "family", family_text(family));
}

static void put_identity(struct buf *out, const struct identity *id)
{
	buf_puts(out, "  <identity");
	markup_attr(out, "name", id->name);
	buf_puts(out, ">\n");
	for (unsigned int i = 0; i < id->count; i++) {
		buf_puts(out, "    <address");
		put_family(out, id->addrs[i].family);
		markup_attr(out, "local", addr_text(&id->addrs[i]).s);
		markup_attr(out, "public", addr_text(&id->public_addrs[i]).s);
		buf_puts(out, "/>\n");
	}
	buf_puts(out, "  </identity>\n");
}

static void put_reason(struct buf *out, const struct reason *reason)
{
	buf_puts(out, "    <reason");
	markup_attr(out, "status", verdict_status_text(reason->status));
	markup_attr(out, "blame", blame_text(reason->blame));
	markup_attr(out, "class", reason_class_text(reason->class));
	put_family(out, reason->family);
	put_number_set(out, "clears-in-s", reason->clears_in_s);
	buf_puts(out, ">");
	markup_text(out, reason->text);
	buf_puts(out, "</reason>\n");
}

static void put_vantage(struct buf *out, const struct vantage *vantage)
{
	markup_attr(out, "vantage", vantage_kind_text(vantage->kind));
	if (vantage->server.addr.family)
		markup_attr(out, "server",
			    endpoint_text(&vantage->server,
					  vantage_port(vantage->kind)).s);
	put_attr_set(out, "host", vantage->host);
	put_attr_set(out, "zone", vantage->zone);
	put_number_set(out, "index", vantage->index);
}

static void put_observation(struct buf *out, const struct observation *obs)
{
	buf_puts(out, "    <observation");
	put_vantage(out, &obs->vantage);
	markup_attr(out, "check", check_text(obs->check));
	put_family(out, obs->family);
	markup_attr(out, "outcome", outcome_text(obs->outcome));
	if (obs->rcode >= 0)
		put_number(out, "rcode", (uint32_t)obs->rcode);
	put_number_set(out, "ttl-s", obs->ttl_s);
	put_number_set(out, "serial", obs->serial);
	put_number(out, "latency-ms", obs->latency_ms);
	put_flag(out, "tcp", obs->tcp);
	if (obs->class)
		markup_attr(out, "class", reply_class_text(obs->class));
	put_number_set(out, "code", obs->code);
	put_flag(out, "temporary", obs->temporary);
	put_flag(out, "local", obs->local);
	put_flag(out, "unanswered", obs->unanswered);
	put_number_set(out, "port", obs->port);
	put_number_set(out, "refusals", obs->refusals);
	if (obs->time_s)
		markup_attr(out, "time", time_text(obs->time_s).s);
	buf_puts(out, ">");
	markup_text(out, obs->evidence);
	buf_puts(out, "</observation>\n");
}

static void put_head(struct buf *out, const struct verdict *verdict)
{
	buf_puts(out, "<verdict format=\"1\"");
	markup_attr(out, "status", verdict_status_text(verdict->status));
	markup_attr(out, "blame", blame_text(verdict->blame));
	markup_attr(out, "time", time_text(verdict->time_s).s);
	put_number(out, "duration-ms", verdict->duration_ms);
	put_attr_set(out, "node", verdict->node);
	buf_puts(out, ">\n");
}

void verdict_xml_print(const struct verdict *verdict, struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	put_head(out, verdict);
	put_identity(out, &verdict->identity);
	buf_puts(out, "  <reasons>\n");
	for (size_t i = 0; i < verdict->reason_count; i++)
		put_reason(out, &verdict->reasons[i]);
	buf_puts(out, "  </reasons>\n  <observations>\n");
	for (size_t i = 0; i < verdict->observation_count; i++)
		put_observation(out, &verdict->observations[i]);
	buf_puts(out, "  </observations>\n</verdict>\n");
}

int verdict_xml_save(const struct verdict *verdict, const char *path,
		     struct why *why)
{
	BUF_CLEAN text;

	buf_init(&text);
	verdict_xml_print(verdict, &text);
	return file_write(path, text.data, text.len, 0644, 0, why);
}
