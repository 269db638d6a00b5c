/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/dialogue.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/printable.h"

#define CODE_UNKNOWN 500	/* RFC 5321, 4.2.2: command unrecognized ... */
#define CODE_UNDONE 502		/* ... or not implemented */
#define CODE_CLOSING 421

const char *dialogue_end_text(enum dialogue_end end)
{
	switch (end) {
	case DIALOGUE_ANSWERED:
		return "answered";
	case DIALOGUE_REFUSED:
		return "connection refused";
	case DIALOGUE_UNREACHABLE:
		return "unreachable";
	case DIALOGUE_TIMEOUT:
		return "timed out";
	case DIALOGUE_CLOSED:
		return "connection closed";
	case DIALOGUE_MALFORMED:
		return "no SMTP";
	}
	return "?";
}

void dialogue_begin(struct dialogue *dialogue,
		    const struct dialogue_request *request)
{
	const char *recipient = request->recipient ? request->recipient : "";
	const char *helo = request->greeting_only ? "" : request->helo;

	/* Checked long before; else a command could be smuggled in here. */
	assert(helo[0] || request->greeting_only);
	assert(!helo[strcspn(helo, "\r\n ")]);
	assert(!recipient[strcspn(recipient, "\r\n <>")]);
	assert(strlen(helo) < sizeof(dialogue->helo));
	assert(strlen(recipient) < sizeof(dialogue->recipient.s));
	memset(dialogue, 0, sizeof(*dialogue));
	strcpy(dialogue->helo, helo);
	strcpy(dialogue->recipient.s, recipient);
	dialogue->wants_greeting = request->greeting_only;
	dialogue->wants_tls = request->starttls;
	dialogue->server = request->server;
}

void dialogue_connected(struct dialogue *dialogue)
{
	dialogue->step = DIALOGUE_GREETING;
}

__attribute__((format(printf, 2, 3)))
static void say(struct dialogue *dialogue, const char *fmt, ...)
{
	size_t room = sizeof(dialogue->out) - dialogue->out_len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(dialogue->out + dialogue->out_len, room, fmt, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < room);
	dialogue->out_len += (size_t)n;
}

struct span dialogue_output(struct dialogue *dialogue)
{
	struct span out = { dialogue->out, dialogue->out_len };

	dialogue->out_len = 0;
	return out;
}

bool dialogue_is_leaving(const struct dialogue *dialogue)
{
	return dialogue->settled && !dialogue->ended;
}

static void end(struct dialogue *dialogue, enum dialogue_end how,
		const char *said)
{
	struct dialogue_result *result = &dialogue->result;

	dialogue->ended = true;
	if (dialogue->settled)
		return;
	result->end = how;
	result->step = dialogue->step;
	reply_shorten(said, result->said, sizeof(result->said));
}

void dialogue_stop(struct dialogue *dialogue, enum dialogue_end how,
		   const char *said)
{
	if (!dialogue->ended)
		end(dialogue, how, said ? said : dialogue->reply.text);
}

/* The reply that has just become whole is the one that counts. */
static void settle(struct dialogue *dialogue)
{
	struct dialogue_result *result = &dialogue->result;
	const struct smtp_reply *reply = &dialogue->reply;

	end(dialogue, DIALOGUE_ANSWERED, reply->text);
	result->code = reply->code;
	result->class = reply_classify(reply->code, reply->text);
	if (!result->seen.family && reply->code >= 400)
		(void)reply_addr(reply->text, &dialogue->server,
				 &result->seen);
	dialogue->settled = true;
}

/*
 * Is it to us that this is said? "Hello ours [address]" (Exim, Sendmail,
 * OpenSMTPD, Exchange), "at your service, [address]" (Google). Who shows an
 * address without that may show one of its own.
 */
static bool greets(const struct dialogue *dialogue, const char *line)
{
	return strcasestr(line, "hello") ||
	       strcasestr(line, "at your service") ||
	       strcasestr(line, dialogue->helo);
}

/* "220 name ...", "250-name Hello ours [address]". */
static void first_line_taken(struct dialogue *dialogue, struct span line)
{
	struct dialogue_result *result = &dialogue->result;
	bool ehlo = dialogue->step == DIALOGUE_EHLO;
	char shown[REPLY_LINE_MAX];
	struct span name = { "", 0 };

	(void)span_word(&line, " \t", &name);
	printable(name.p, name.len, ehlo ? result->ehlo : result->greeting,
		  sizeof(result->ehlo));
	if (!ehlo || dialogue->reply.code >= 400)
		return;
	printable(line.p, line.len, shown, sizeof(shown));
	if (greets(dialogue, shown))
		(void)reply_addr(shown, &dialogue->server, &result->seen);
}

static void line_taken(struct dialogue *dialogue, struct span line)
{
	static const char tls[] = "STARTTLS";
	struct span word = { "", 0 };

	if (dialogue->step > DIALOGUE_EHLO)
		return;
	if (dialogue->reply.lines == 1) {
		first_line_taken(dialogue, line);
		return;
	}
	(void)span_word(&line, " \t", &word);
	if (dialogue->step == DIALOGUE_EHLO && word.len == strlen(tls) &&
	    !strncasecmp(word.p, tls, word.len))
		dialogue->offers_tls = true;
}

static bool helo_instead(struct dialogue *dialogue)
{
	const struct smtp_reply *reply = &dialogue->reply;

	if (dialogue->step != DIALOGUE_EHLO || dialogue->said_helo ||
	    (reply->code != CODE_UNKNOWN && reply->code != CODE_UNDONE) ||
	    reply_class_is_identity(reply_classify(reply->code, reply->text)))
		return false;
	dialogue->said_helo = true;
	say(dialogue, "HELO %s\r\n", dialogue->helo);
	return true;
}

static void rejected(struct dialogue *dialogue)
{
	if (helo_instead(dialogue))
		return;
	settle(dialogue);
	if (dialogue->reply.code != CODE_CLOSING)
		say(dialogue, "QUIT\r\n");
}

static void greeting_taken(struct dialogue *dialogue)
{
	if (dialogue->wants_greeting) {
		settle(dialogue);
		say(dialogue, "QUIT\r\n");
	} else {
		dialogue->step = DIALOGUE_EHLO;
		say(dialogue, "EHLO %s\r\n", dialogue->helo);
	}
}

static void greeted(struct dialogue *dialogue)
{
	if (dialogue->wants_tls && dialogue->offers_tls) {
		dialogue->step = DIALOGUE_STARTTLS;
		say(dialogue, "STARTTLS\r\n");
	} else if (dialogue->recipient.s[0] && !dialogue->wants_tls) {
		dialogue->step = DIALOGUE_MAIL;
		say(dialogue, "MAIL FROM:<>\r\n");
	} else {
		settle(dialogue);
		say(dialogue, "QUIT\r\n");
	}
}

static void unasked(struct dialogue *dialogue, struct span bytes)
{
	char shown[DIALOGUE_SAID_MAX] = "nobody asked for: ";
	size_t len = strlen(shown);

	printable(bytes.p, bytes.len, shown + len, sizeof(shown) - len);
	end(dialogue, DIALOGUE_MALFORMED, shown);
}

static void accepted(struct dialogue *dialogue, struct span rest)
{
	switch (dialogue->step) {
	case DIALOGUE_CONNECT:
	case DIALOGUE_GREETING:
		greeting_taken(dialogue);
		break;
	case DIALOGUE_EHLO:
		greeted(dialogue);
		break;
	case DIALOGUE_STARTTLS:
		if (rest.len)
			unasked(dialogue, rest);
		else
			settle(dialogue);
		break;
	case DIALOGUE_MAIL:
		dialogue->step = DIALOGUE_RCPT;
		say(dialogue, "RCPT TO:<%s>\r\n", dialogue->recipient.s);
		break;
	case DIALOGUE_RCPT:
		settle(dialogue);
		dialogue->ended = false;
		say(dialogue, "RSET\r\n");
		break;
	}
}

static void reply_taken(struct dialogue *dialogue, struct span rest)
{
	unsigned int code = dialogue->reply.code;

	if (dialogue->settled) {
		say(dialogue, "QUIT\r\n");
		dialogue->ended = true;
	} else if (code >= 400)
		rejected(dialogue);
	else if (code >= 300)	/* nothing that we say is answered so */
		end(dialogue, DIALOGUE_MALFORMED, dialogue->reply.text);
	else
		accepted(dialogue, rest);
	reply_reset(&dialogue->reply);
}

/* As far as can be told from what is here. */
static bool is_closing(struct span bytes)
{
	return !memcmp(bytes.p, "421", bytes.len < 3 ? bytes.len : 3);
}

static void take(struct dialogue *dialogue, struct span *rest)
{
	struct span line = { "", 0 };

	/* What we have to say now has not been said yet. */
	if (dialogue->out_len && !is_closing(*rest)) {
		unasked(dialogue, *rest);
		return;
	}
	switch (reply_read(&dialogue->reply, rest, &line)) {
	case REPLY_MORE:
		break;
	case REPLY_LINE:
		line_taken(dialogue, line);
		break;
	case REPLY_WHOLE:
		line_taken(dialogue, line);
		reply_taken(dialogue, *rest);
		break;
	case REPLY_MALFORMED:
		end(dialogue, DIALOGUE_MALFORMED, dialogue->reply.text);
		break;
	}
}

bool dialogue_input(struct dialogue *dialogue, const void *bytes, size_t len)
{
	struct span rest = { bytes, len };

	if (dialogue->ended)
		return false;
	dialogue->bytes += len;
	if (dialogue->bytes > DIALOGUE_BYTES_MAX)
		end(dialogue, DIALOGUE_MALFORMED, "replies without end");
	while (!dialogue->ended && rest.len)
		take(dialogue, &rest);
	return !dialogue->ended;
}
