/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/events.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/event/event_text.h"
#include "io/journal.h"
#include "io/listeners.h"

#define NUMBER_MAX 24

struct number {
	char s[NUMBER_MAX];
};

static struct number number_text(int64_t number)
{
	struct number text;

	(void)snprintf(text.s, sizeof(text.s), "%lld", (long long)number);
	return text;
}

static int priority_of(const struct event_report *report)
{
	if (report->news == EVENT_OVER)
		return LOG_NOTICE;
	return report->event.number == EVENT_UNUSABLE ? LOG_ERR : LOG_WARNING;
}

static int to_journal(const struct instance *instance, const char *line,
		      const struct event_report *report)
{
	const struct event *event = &report->event;
	const struct number
		priority = number_text(priority_of(report)),
		facility = number_text(LOG_FAC(LOG_DAEMON)),
		number = number_text(event->number),
		index = number_text(event->index),
		code = number_text(event->code),
		comms = number_text(event->comms),
		bind = number_text(event->bind),
		reply = number_text(event->reply),
		since = number_text(report->since_s),
		left_out = number_text(report->left_out);
	const struct journal_field fields[] = {
		{ "MESSAGE", line },
		{ "MESSAGE_ID", event_message_id(report) },
		{ "PRIORITY", priority.s },
		{ "SYSLOG_FACILITY", facility.s },
		{ "SYSLOG_IDENTIFIER", "bindback" },
		{ "BINDBACK_EVENT", number.s },
		{ "BINDBACK_NEWS", event_news_text(report->news) },
		{ "BINDBACK_SINCE", since.s },
		{ "BINDBACK_LEFT_OUT", left_out.s },
		{ "BINDBACK_INSTANCE", instance->id },
		{ "BINDBACK_NAME", event->name },
		{ "BINDBACK_CLASS", event->class },
		{ "BINDBACK_FAMILY", event->family ?
					family_text(event->family) : "" },
		{ "BINDBACK_INDEX", index.s },
		{ "BINDBACK_CODE", code.s },
		{ "BINDBACK_COMMS", comms.s },
		{ "BINDBACK_BIND", bind.s },
		{ "BINDBACK_REMOTE", event->remote },
		{ "BINDBACK_PROTOCOL", event->protocol },
		{ "BINDBACK_REPLY", reply.s },
		{ "BINDBACK_EVIDENCE", event->evidence },
	};

	return journal_send(JOURNAL_SOCKET, fields, ARRAY_SIZE(fields), NULL);
}

static void tell(const struct instance *instance,
		 const struct event_report *report)
{
	BUF_CLEAN line;

	buf_init(&line);
	event_report_print(report, &line);
	if (to_journal(instance, line.data, report) < 0)
		log_line(priority_of(report), "%s: %s", instance->id,
			 line.data);
}

void events_log_verdict(const struct verdict *verdict)
{
	log_line(verdict->status == VERDICT_VERIFIED ? LOG_INFO : LOG_WARNING,
		 "verdict: %s%s%s: %s", verdict_status_text(verdict->status),
		 verdict->blame ? ", " : "",
		 verdict->blame ? blame_text(verdict->blame) : "",
		 verdict->reason_count ? verdict->reasons[0].text :
					 "every vantage agrees");
}

void events_of_verdict(const struct instance *instance,
		       const struct verdict *verdict,
		       struct event_memory *memory)
{
	struct event_reports reports;

	event_remember(memory, verdict, &reports);
	for (size_t i = 0; i < reports.count; i++)
		tell(instance, &reports.items[i]);
	event_reports_done(&reports);
}

void events_of_start(const struct ocf_call *call, const struct identity *id,
		     const char *class, const struct addr *addr,
		     const struct why *why)
{
	struct event_report report = { .since_s = clock_wall_s() };

	event_of_start(id, class, addr, why->text, report.since_s,
		       &report.event);
	tell(&call->instance, &report);
}

int events_of_listeners(const struct ocf_call *call,
			const struct state *state, struct why *why)
{
	int r = listeners_await(state, ocf_at_most(call, LISTENERS_WAIT_MS),
				why);

	if (r == -EIO)
		events_of_start(call, &state->identity, event_class_listener,
				NULL, why);
	return r;
}
