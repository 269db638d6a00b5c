/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/logline.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/array.h"

#define DAY_S 86400
#define LEAP_YEARS 8	/* at most so many years from one to the next */

/* `digits` of them, of which the first may be a space. */
static bool take_number(struct span *rest, size_t digits, int *ret)
{
	int value = 0;

	if (rest->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		char c = rest->p[i] == ' ' && !i ? '0' : rest->p[i];

		if (!isdigit((unsigned char)c))
			return false;
		value = value * 10 + (c - '0');
	}
	rest->p += digits;
	rest->len -= digits;
	*ret = value;
	return true;
}

/* hh:mm:ss */
static bool take_clock(struct span *rest, struct tm *tm)
{
	return take_number(rest, 2, &tm->tm_hour) && span_skip(rest, ":") &&
	       take_number(rest, 2, &tm->tm_min) && span_skip(rest, ":") &&
	       take_number(rest, 2, &tm->tm_sec);
}

/* timegm makes another day of one that does not exist. */
static bool to_seconds(const struct tm *tm, int64_t *ret)
{
	struct tm copy = *tm;
	int64_t seconds = timegm(&copy);

	if (copy.tm_mday != tm->tm_mday || copy.tm_mon != tm->tm_mon ||
	    copy.tm_hour != tm->tm_hour || copy.tm_min != tm->tm_min)
		return false;
	*ret = seconds;
	return true;
}

static bool take_month(struct span *rest, int *ret)
{
	static const char *const names[] = {
		"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
		"Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (span_skip(rest, names[i])) {
			*ret = (int)i;
			return true;
		}
	return false;
}

/* "Nov 23 04:01:33 " */
static bool take_classic(struct span *rest, const struct logline_clock *clock,
			 int64_t *ret)
{
	time_t here = (time_t)(clock->now_s + clock->utc_offset_s);
	struct tm tm = { 0 }, now;
	int64_t seconds;

	if (!take_month(rest, &tm.tm_mon) ||
	    !take_number(rest, 2, &tm.tm_mday) || !span_skip(rest, " ") ||
	    !take_clock(rest, &tm) || !span_skip(rest, " ") ||
	    !gmtime_r(&here, &now))
		return false;
	for (int back = -1; back <= LEAP_YEARS; back++) {
		tm.tm_year = now.tm_year - back;
		if (!to_seconds(&tm, &seconds))
			continue;
		seconds -= clock->utc_offset_s;
		if (seconds > clock->now_s + DAY_S)
			continue;
		*ret = seconds;
		return true;
	}
	return false;
}

/* "Z", "+01:00"; in seconds, east is positive. */
static bool take_zone(struct span *rest, int *ret)
{
	int sign = span_starts(*rest, "-") ? -1 : 1;
	int hours, minutes;

	if (span_skip(rest, "Z")) {
		*ret = 0;
		return true;
	}
	if ((!span_skip(rest, "+") && !span_skip(rest, "-")) ||
	    !take_number(rest, 2, &hours) || !span_skip(rest, ":") ||
	    !take_number(rest, 2, &minutes))
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* RFC 3339: "2026-11-23T04:01:33.123456+01:00 " */
static bool take_stamp(struct span *rest, int64_t *ret)
{
	struct tm tm = { 0 };
	int64_t seconds;
	int zone;

	if (!take_number(rest, 4, &tm.tm_year) || !span_skip(rest, "-") ||
	    !take_number(rest, 2, &tm.tm_mon) || !span_skip(rest, "-") ||
	    !take_number(rest, 2, &tm.tm_mday) || !span_skip(rest, "T") ||
	    !take_clock(rest, &tm))
		return false;
	if (span_skip(rest, "."))
		while (rest->len && isdigit((unsigned char)rest->p[0]))
			*rest = (struct span){ rest->p + 1, rest->len - 1 };
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (!take_zone(rest, &zone) || !span_skip(rest, " ") ||
	    !to_seconds(&tm, &seconds))
		return false;
	*ret = seconds - zone;
	return true;
}

/* "<22>" */
static void skip_priority(struct span *rest)
{
	struct span from = *rest, digits;

	if (!span_skip(&from, "<") || !span_cut(&from, ">", &digits) ||
	    !digits.len || digits.len > 3)
		return;
	for (size_t i = 0; i < digits.len; i++)
		if (!isdigit((unsigned char)digits.p[i]))
			return;
	*rest = from;
}

/* RFC 5424, 6.3: "-", or elements in brackets whose values are quoted. */
static bool skip_structured(struct span *rest)
{
	bool quoted = false, inside = false;
	size_t i = 0;

	if (span_skip(rest, "- "))
		return true;
	for (; i < rest->len; i++) {
		char c = rest->p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == ']'))
			inside = c == '[';
		else if (!quoted && !inside)
			break;
	}
	if (!i || i >= rest->len)
		return false;
	*rest = (struct span){ rest->p + i, rest->len - i };
	return span_skip(rest, " ");
}

/* After the version: stamp, host, program, pid, message id, data. */
static bool take_5424(struct span rest, struct logline *ret)
{
	struct span pid, id;

	if (!take_stamp(&rest, &ret->time_s) ||
	    !span_cut(&rest, " ", &ret->host) ||
	    !span_cut(&rest, " ", &ret->ident) ||
	    !span_cut(&rest, " ", &pid) || !span_cut(&rest, " ", &id) ||
	    !skip_structured(&rest))
		return false;
	(void)span_skip(&rest, "\xef\xbb\xbf");
	ret->message = rest;
	return true;
}

/* After the stamp: "node1 postfix/smtp[811]: ", or without the host. */
static bool take_tag(struct span rest, struct logline *ret)
{
	struct span word;

	if (!span_cut(&rest, " ", &word) || !word.len)
		return false;
	ret->host = (struct span){ word.p, 0 };
	if (word.p[word.len - 1] != ':') {
		ret->host = word;
		if (!span_cut(&rest, " ", &word) || !word.len ||
		    word.p[word.len - 1] != ':')
			return false;
	}
	word.len--;
	ret->ident = word;
	(void)span_before(word, "[", &ret->ident);
	ret->message = rest;
	return ret->ident.len;
}

bool logline_parse(struct span line, const struct logline_clock *clock,
		   struct logline *ret)
{
	struct logline found = { 0 };
	bool ok;

	skip_priority(&line);
	if (span_skip(&line, "1 "))
		ok = take_5424(line, &found);
	else if (line.len && isdigit((unsigned char)line.p[0]))
		ok = take_stamp(&line, &found.time_s) &&
		     take_tag(line, &found);
	else
		ok = take_classic(&line, clock, &found.time_s) &&
		     take_tag(line, &found);
	if (ok)
		*ret = found;
	return ok;
}
