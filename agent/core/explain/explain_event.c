/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/explain/explain_event.h"

#include <string.h>

#include "base/array.h"
#include "base/wrap.h"
#include "core/event/event_text.h"
#include "core/explain/explain_parts.h"
#include "core/explain/other_word.h"
#include "core/verdict/words.h"

#define CODES_MAX 10

static const struct story {
	enum event_number number;
	const char *meaning;
	const char *classes;
	const char *cure;
	enum event_code codes[CODES_MAX];	/* up to the first NONE */
} stories[EVENT_COUNT] = {
	{
		EVENT_UNREACHED,
		"From the virtual address no SMTP session with a remote came "
		"about: the connection was refused, timed out or found no "
		"route, the remote's name has no address, or it did not greet "
		"as a mail server does. Mail for it waits in the queue. Others "
		"may well reach it: some firewalls know only the virtual "
		"address, some only the nodes'. In the class WITNESS it is a "
		"witness that gave no answer; mail is not concerned.",
		"PATH, TOO_MANY, WITNESS",
		"Try the remote from the virtual address, by hand. If it is "
		"reached from another address only, have the firewalls "
		"between pass this one; if no remote is reached, look at this "
		"node's route and firewall.",
		{ CODE_REFUSED, CODE_TIMEOUT, CODE_UNREACHABLE, CODE_NO_NAME,
		  CODE_NO_DATA, CODE_TRY_AGAIN, CODE_UNAVAILABLE, CODE_BUSY,
		  CODE_DENIED },
	},
	{
		EVENT_UNUSABLE,
		"Our own side is not fit to be called back: the name that we "
		"announce has no address, a virtual address is not on this "
		"node or also elsewhere, or the mail server does not listen "
		"on it.",
		"NAME_UNRESOLVED, ADDRESS_MISSING, ADDRESS_DUPLICATE, "
		"LISTENER",
		"Have the address records of the name, the IPaddr2 resources "
		"and the mail server's listeners agree with the parameters "
		"name and ip.",
		{ CODE_NO_DATA, CODE_NO_NAME, CODE_NOT_HERE, CODE_IN_USE,
		  CODE_REFUSED },
	},
	{
		EVENT_NO_WAY_BACK,
		"A remote was reached, but from the address that it saw and "
		"the name that we announced it is not led back to us, and so "
		"it turns our mail away. Either our records are wrong, or the "
		"mail comes from another address than it should, or that "
		"remote's own resolver is wrong. When all remotes say so it "
		"is ours; when one of several does it is theirs. In the class "
		"CALLBACK it is a witness that tried: its resolver leads it "
		"elsewhere, or it met nobody, or somebody else.",
		"FCRDNS_FAIL, PTR_MISSING, NAME_UNRESOLVED, HELO_IP_MISMATCH, "
		"NAME_SYNTAX, SENDER_DOMAIN_UNRESOLVED, SPF, SOURCE_LEAK, "
		"SOURCE_NAT, CALLBACK",
		"Correct the records, of which each class below tells the "
		"lines, or what puts another address in the virtual one's "
		"place. Until then a remote that trusts you can have the name "
		"and the public address in its hosts file.",
		{ CODE_DENIED, CODE_NO_DATA, CODE_UNAVAILABLE, CODE_NO_NAME,
		  CODE_TRY_AGAIN, CODE_REFUSED, CODE_TIMEOUT,
		  CODE_UNREACHABLE },
	},
};

static void put_codes(const enum event_code codes[CODES_MAX], struct buf *out)
{
	BUF_CLEAN line;

	buf_init(&line);
	buf_puts(&line, "the cause:");
	for (size_t i = 0; i < CODES_MAX && codes[i]; i++)
		buf_printf(&line, "%s %d %s", i ? "," : "", (int)codes[i],
			   event_code_text(codes[i]));
	wrap_text(out, "    code      ", "              ", line.data);
}

static void put_fields(const struct story *story, struct buf *out)
{
	static const char *const fields[][2] = {
		{ "    comms     ", "the cause again if it lies in the "
		  "connection, else 0" },
		{ "    bind      ", "the cause again if it lies in resolving "
		  "a name or an address, else 0" },
		{ "    remote    ", "its name, or its address where it has "
		  "none" },
		{ "    protocol  ", "smtp:name[port] or, of witnesses, "
		  "bindback:name[port]: who was called or is to be" },
	};

	buf_puts(out, "\n  Its fields, in the order of the line:\n");
	wrap_text(out, "    index     ", "              ", "the remote's place "
		  "in the parameter remotes, or the witness's in witnesses, "
		  "from 1; 0: it is in none, and is known from deliveries "
		  "alone");
	put_codes(story->codes, out);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		wrap_text(out, fields[i][0], "              ", fields[i][1]);
}

static void put_lines(const struct event_list *list, enum event_number number,
		      struct buf *out)
{
	BUF_CLEAN line;

	buf_init(&line);
	for (size_t i = 0; i < list->count; i++) {
		struct event_report report = { .event = list->items[i] };

		if (report.event.number != number)
			continue;
		line.len = 0;
		event_report_print(&report, &line);
		wrap_text(out, "    ", "      ", line.data);
	}
}

/* The reason of an event: the verdict's own, or one of that class. */
static struct reason reason_of(const struct verdict *verdict,
			       const struct event *event,
			       enum reason_class class)
{
	for (size_t i = 0; i < verdict->reason_count; i++)
		if (verdict->reasons[i].class == class &&
		    verdict->reasons[i].family == event->family)
			return verdict->reasons[i];
	return (struct reason){ .class = class, .family = event->family };
}

static void put_cure(const struct verdict *verdict, const struct event *event,
		     struct buf *out)
{
	struct span word = span_of(event->class);
	const struct other_word *other = other_word_find(word);
	enum reason_class class;
	struct reason reason;

	buf_printf(out, "\n  %s", event->class);
	if (event->family)
		buf_printf(out, ", %s", family_text(event->family));
	buf_puts(out, "\n");
	if (other) {
		buf_puts(out, "\n  To do:\n");
		wrap_text(out, "    ", "    ", other->cure);
	} else if (!reason_class_parse(word, &class)) {
		reason = reason_of(verdict, event, class);
		explain_to_do(verdict, &reason, out);
	}
}

/* Was the same said of another remote? */
static bool is_told(const struct event_list *list, size_t index)
{
	const struct event *event = &list->items[index];

	for (size_t i = 0; i < index; i++)
		if (list->items[i].number == event->number &&
		    list->items[i].family == event->family &&
		    !strcmp(list->items[i].class, event->class))
			return true;
	return false;
}

static void put_shown(const struct story *story, const struct verdict *verdict,
		      struct buf *out)
{
	struct event_list list;
	BUF_CLEAN lines;

	buf_init(&lines);
	event_of_verdict(verdict, &list);
	put_lines(&list, story->number, &lines);
	explain_made(verdict, lines.len ? "leads to:" : "does not lead to it.",
		     out);
	buf_puts(out, lines.data);
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].number == story->number &&
		    !is_told(&list, i))
			put_cure(verdict, &list.items[i], out);
	event_list_done(&list);
}

void explain_event(enum event_number number, const struct verdict *verdict,
		   struct buf *out)
{
	const struct story *story = stories;

	while (story->number != number)
		story++;
	buf_printf(out, "Event %d: %s\n\n", (int)number,
		   event_number_text(number));
	wrap_text(out, "  ", "  ", story->meaning);
	put_fields(story, out);
	buf_puts(out, "\n  To do:\n");
	wrap_text(out, "    ", "    ", story->cure);
	buf_puts(out, "\n");
	wrap_text(out, "  More on each class with bindback explain CLASS: ",
		  "  ", story->classes);
	if (verdict)
		put_shown(story, verdict, out);
}
