/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/journal_export.h"

#include "base/line.h"

#define LENGTH_BYTES 8
#define US_PER_S 1000000

static bool take_bytes(struct span *rest, uint64_t len, struct span *ret)
{
	if (len > rest->len)
		return false;
	*ret = (struct span){ rest->p, (size_t)len };
	rest->p += len;
	rest->len -= (size_t)len;
	return true;
}

static bool take_length(struct span *rest, uint64_t *ret)
{
	struct span bytes;
	uint64_t len = 0;

	if (!take_bytes(rest, LENGTH_BYTES, &bytes))
		return false;
	for (size_t i = LENGTH_BYTES; i-- > 0;)
		len = len << 8 | (unsigned char)bytes.p[i];
	*ret = len;
	return true;
}

/* A field whose name is "" ends the entry. */
static bool take_field(struct span *rest, struct span *ret_name,
		       struct span *ret_value)
{
	uint64_t len;

	/* Without its LF a line may be cut. */
	if (!span_cut(rest, "\n", ret_value))
		return false;
	if (span_cut(ret_value, "=", ret_name))
		return true;
	*ret_name = *ret_value;
	return !ret_name->len ||
	       (take_length(rest, &len) && take_bytes(rest, len, ret_value) &&
		span_skip(rest, "\n"));
}

bool journal_export_next(struct span *rest, struct journal_entry *ret)
{
	struct journal_entry entry = { 0 };
	struct span from = *rest, name, value;
	uint64_t time_us;

	while (take_field(&from, &name, &value)) {
		if (!name.len) {
			*rest = from;
			*ret = entry;
			return true;
		}
		if (span_equals(name, "__CURSOR"))
			entry.cursor = value;
		else if (span_equals(name, "SYSLOG_IDENTIFIER"))
			entry.line.ident = value;
		else if (span_equals(name, "MESSAGE"))
			entry.line.message = value;
		else if (span_equals(name, "__REALTIME_TIMESTAMP") &&
			 !line_get_number(value, 10, INT64_MAX, &time_us))
			entry.line.time_s = (int64_t)(time_us / US_PER_S);
	}
	return false;
}
