/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event/event_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/timetext.h"

const enum event_number event_numbers[EVENT_COUNT] = {
	EVENT_UNREACHED,
	EVENT_UNUSABLE,
	EVENT_NO_WAY_BACK,
};

int event_number_parse(struct span word, enum event_number *ret)
{
	char text[8];

	for (size_t i = 0; i < EVENT_COUNT; i++) {
		(void)snprintf(text, sizeof(text), "%d", (int)event_numbers[i]);
		if (span_equals(word, text)) {
			*ret = event_numbers[i];
			return 0;
		}
	}
	return -EINVAL;
}

const char *event_class_find(struct span word)
{
	const char *const others[] = {
		event_class_address, event_class_duplicate,
		event_class_listener, reply_class_text(REPLY_TOO_MANY),
	};

	for (enum reason_class i = REASON_NAME_UNRESOLVED;
	     i <= REASON_NO_ANSWER; i++)
		if (span_equals(word, reason_class_text(i)))
			return reason_class_text(i);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (span_equals(word, others[i]))
			return others[i];
	return NULL;
}

const char *event_number_text(enum event_number number)
{
	switch (number) {
	case EVENT_UNREACHED:
		return "a remote cannot be reached";
	case EVENT_UNUSABLE:
		return "our own name or listener cannot be used";
	case EVENT_NO_WAY_BACK:
		return "a remote does not find its way back to us";
	}
	abort();
}

const char *event_code_text(enum event_code code)
{
	switch (code) {
	case CODE_NONE:
		return "no fault";
	case CODE_DENIED:
		return "access denied";
	case CODE_UNAVAILABLE:
		return "server unavailable";
	case CODE_BUSY:
		return "server too busy";
	case CODE_IN_USE:
		return "address already in use";
	case CODE_NOT_HERE:
		return "address not available";
	case CODE_TIMEOUT:
		return "timed out";
	case CODE_REFUSED:
		return "connection refused";
	case CODE_UNREACHABLE:
		return "host unreachable";
	case CODE_NO_NAME:
		return "no such name";
	case CODE_TRY_AGAIN:
		return "name server failed";
	case CODE_NO_DATA:
		return "no address for the name";
	}
	abort();
}

const char *event_news_text(enum event_news news)
{
	static const char *const texts[] = {
		[EVENT_NEW] = "new",
		[EVENT_LASTS] = "lasts",
		[EVENT_OVER] = "over",
	};

	return texts[news];
}

const char *event_message_id(const struct event_report *report)
{
	if (report->news == EVENT_OVER)
		return "26c53653cd1f46e7b277522bf0adc6ac";
	switch (report->event.number) {
	case EVENT_UNREACHED:
		return "3bbe7034f8ef4bfca3b04013aab956af";
	case EVENT_UNUSABLE:
		return "f2553a9ad26348eba8f9ec87ddfa3923";
	case EVENT_NO_WAY_BACK:
		return "cba48769aaae4f3abfd6d6bd0184a9e9";
	}
	abort();
}

/* "mx.example.net cannot be reached", or that it can again. */
static void put_subject(const struct event *event, bool over, struct buf *out)
{
	switch (event->number) {
	case EVENT_UNREACHED:
		buf_printf(out, "%s can%s be %s%s", event->remote,
			   over ? "" : "not",
			   !strcmp(event->class,
				   reason_class_text(REASON_WITNESS)) ?
				   "asked as a witness" : "reached",
			   over ? " again" : "");
		break;
	case EVENT_UNUSABLE:
		buf_printf(out, "%s %s", event->name,
			   over ? "can be used again" : "cannot be used");
		break;
	case EVENT_NO_WAY_BACK:
		buf_printf(out, "%s %s its way back to %s%s", event->remote,
			   over ? "finds" : "does not find", event->name,
			   over ? " again" : "");
		break;
	}
	if (event->family)
		buf_printf(out, " over %s", family_text(event->family));
}

static void put_fields(const struct event *event, struct buf *out)
{
	buf_printf(out, ", %s; index %u, code %d (%s), comms %d, bind %d",
		   event->class, event->index, (int)event->code,
		   event_code_text(event->code), (int)event->comms,
		   (int)event->bind);
	if (event->remote[0])
		buf_printf(out, ", remote %s", event->remote);
	buf_printf(out, ", protocol %s", event->protocol);
	if (event->evidence[0])
		buf_printf(out, ": %s", event->evidence);
}

static void put_heading(const struct event_report *report, struct buf *out)
{
	static const char *const verbs[] = {
		[EVENT_NEW] = "",
		[EVENT_LASTS] = " lasts",
		[EVENT_OVER] = " is over",
	};

	buf_printf(out, "event %d%s", (int)report->event.number,
		   verbs[report->news]);
	if (report->news != EVENT_NEW)
		buf_printf(out, ", since %s", time_text(report->since_s).s);
	if (report->left_out)
		buf_printf(out, ", %" PRIu32 " times not told",
			   report->left_out);
	buf_puts(out, ": ");
}

void event_report_print(const struct event_report *report, struct buf *out)
{
	const struct event *event = &report->event;
	bool over = report->news == EVENT_OVER;

	put_heading(report, out);
	put_subject(event, over, out);
	if (over)
		buf_printf(out, ", %s", event->class);
	else
		put_fields(event, out);
}
