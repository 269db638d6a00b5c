/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/delivery.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/parse.h"
#include "base/printable.h"

#define SMTP_CODE_LEN 3

struct span delivery_service(struct span ident, struct span names)
{
	struct span service = ident, name;

	while (span_word(&names, " ", &name)) {
		if (ident.len <= name.len || ident.p[name.len] != '/' ||
		    memcmp(ident.p, name.p, name.len) != 0)
			continue;
		while (span_cut(&service, "/", &name))
			;
		return service;
	}
	return (struct span){ ident.p, 0 };
}

/* Into `ret`, made lower case; false: too long, empty, or not of the letters
 * that such words have. */
static bool copy_word(struct span word, const char *marks, char *ret,
		      size_t size)
{
	if (!word.len || word.len >= size)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.p[i];

		if (!isalnum(c) && (!c || !strchr(marks, c)))
			return false;
	}
	memcpy(ret, word.p, word.len);
	ret[word.len] = '\0';
	return true;
}

static void make_lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* What does not fit is left out, and shown. */
static void copy_said(struct span text, char ret[EVIDENCE_MAX])
{
	char whole[EVIDENCE_MAX + 4];

	printable(text.p, text.len, whole, sizeof(whole));
	if (strlen(whole) >= EVIDENCE_MAX) {
		printable(text.p, text.len, whole, EVIDENCE_MAX - 3);
		strcat(whole, "...");
	}
	strcpy(ret, whole);
}

/* "mx.remote.test[10.60.0.25]:25"; of a remark often without the port. */
static bool take_server(struct span *rest, struct delivery *ret)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct span from = *rest, host, addr;
	char port[6] = "";
	uint32_t number = 0;
	size_t digits = 0;

	if (!span_cut(&from, "[", &host) || !span_cut(&from, "]", &addr) ||
	    !copy_word(host, "-._:", ret->host, sizeof(ret->host)) ||
	    !copy_word(addr, ".:", text, sizeof(text)) ||
	    addr_parse(text, &ret->server.addr) < 0)
		return false;
	if (from.len && from.p[0] == ':')
		while (digits + 1 < from.len && digits < sizeof(port) - 1 &&
		       isdigit((unsigned char)from.p[1 + digits])) {
			port[digits] = from.p[1 + digits];
			digits++;
		}
	if (digits && parse_u32(port, UINT16_MAX, &number) < 0)
		return false;
	if (digits)
		from = (struct span){ from.p + 1 + digits,
				      from.len - 1 - digits };
	ret->server.port = (uint16_t)number;
	make_lower(ret->host);
	if (!strcmp(ret->host, text))
		ret->host[0] = '\0';
	*rest = from;
	return true;
}

/*
 * Off the front of "250-first line 250 last line": Postfix joins the lines of
 * a reply as they came. `more` is set when another line follows.
 */
static bool take_code(struct span *rest, char code[SMTP_CODE_LEN + 1],
		      bool *more)
{
	char after = rest->len > SMTP_CODE_LEN ? rest->p[SMTP_CODE_LEN] : ' ';

	if (rest->len < SMTP_CODE_LEN || rest->p[0] < '2' ||
	    rest->p[0] > '5' || !isdigit((unsigned char)rest->p[1]) ||
	    !isdigit((unsigned char)rest->p[2]) ||
	    (after != ' ' && after != '-'))
		return false;
	memcpy(code, rest->p, SMTP_CODE_LEN);
	code[SMTP_CODE_LEN] = '\0';
	*more = after == '-';
	(void)span_skip(rest, code);
	if (rest->len)
		*rest = (struct span){ rest->p + 1, rest->len - 1 };
	return true;
}

/* All lines without their codes, joined by spaces. */
static void join_lines(struct span text, const char *code, bool more,
		       struct buf *out)
{
	char next[SMTP_CODE_LEN + 3], last[SMTP_CODE_LEN + 3];
	struct span line;

	next[0] = last[0] = ' ';
	memcpy(next + 1, code, SMTP_CODE_LEN);
	memcpy(last + 1, code, SMTP_CODE_LEN);
	strcpy(next + 1 + SMTP_CODE_LEN, "-");
	strcpy(last + 1 + SMTP_CODE_LEN, " ");
	while (more && span_cut(&text, next, &line)) {
		buf_add(out, line.p, line.len);
		buf_puts(out, " ");
	}
	if (more && span_cut(&text, last, &line)) {
		buf_add(out, line.p, line.len);
		buf_puts(out, " ");
	}
	buf_add(out, text.p, text.len);
}

static bool read_reply(struct span text, struct delivery *ret)
{
	char code[SMTP_CODE_LEN + 1];
	BUF_CLEAN said = { 0 };
	uint32_t number;
	bool more;

	text = span_trim(text);
	if (!take_code(&text, code, &more) ||
	    parse_u32(code, 599, &number) < 0)
		return false;
	buf_init(&said);
	join_lines(text, code, more, &said);
	ret->end = DIALOGUE_ANSWERED;
	ret->code = number;
	ret->class = reply_classify(number, said.data);
	if (ret->class != REPLY_ACCEPTED)
		(void)reply_addr(said.data, &ret->server.addr, &ret->seen);
	copy_said((struct span){ said.data, said.len }, ret->said);
	return true;
}

/* "host X[addr] said: REPLY (in reply to RCPT TO command)", "host X[addr]
 * refused to talk to me: REPLY". The remote may write the former's end too:
 * the last one is Postfix's. */
static bool read_host(struct span text, struct delivery *ret)
{
	if (!take_server(&text, ret))
		return false;
	if (span_skip(&text, " said: "))
		(void)span_before_last(text, " (in reply to ", &text);
	else if (!span_skip(&text, " refused to talk to me: "))
		return false;
	return read_reply(text, ret);
}

/* "connect to X[addr]:25: Connection refused" */
static bool read_connect(struct span text, struct delivery *ret)
{
	if (!take_server(&text, ret) || !span_skip(&text, ": "))
		return false;
	ret->end = span_equals(text, "Connection refused") ?
			   DIALOGUE_REFUSED :
		   span_equals(text, "Connection timed out") ?
			   DIALOGUE_TIMEOUT :
			   DIALOGUE_UNREACHABLE;
	copy_said(text, ret->said);
	return true;
}

/* "lost connection with X[addr] while doing so", "conversation with X[addr]
 * timed out while doing so": the words before and after the server. */
static bool read_broken(struct span text, const char *before,
			const char *after, struct delivery *ret)
{
	BUF_CLEAN said = { 0 };

	if (!take_server(&text, ret) || !span_starts(text, after))
		return false;
	buf_init(&said);
	buf_printf(&said, "%s%.*s", before, SPAN_ARG(text));
	copy_said(span_trim((struct span){ said.data, said.len }), ret->said);
	return true;
}

/* Why it was not delivered; nothing else says something of a server. */
static bool read_reason(struct span text, struct delivery *ret)
{
	(void)span_skip(&text, "Protocol error: ");
	if (span_skip(&text, "host "))
		return read_host(text, ret);
	if (span_skip(&text, "connect to "))
		return read_connect(text, ret);
	if (span_skip(&text, "lost connection with ")) {
		ret->end = DIALOGUE_CLOSED;
		return read_broken(text, "lost connection", " while ", ret);
	}
	ret->end = DIALOGUE_TIMEOUT;
	return span_skip(&text, "conversation with ") &&
	       read_broken(text, "", " timed out while ", ret);
}

/*
 * An address up to its ">". Since 3.5 Postfix quotes a local part that needs
 * it (RFC 5321, 4.1.2), so nothing in it looks like an end; an older one does
 * not, which is_twofold looks after.
 */
static bool skip_address(struct span *rest, struct span *ret)
{
	bool quoted = false;

	for (size_t i = 0; i < rest->len; i++) {
		char c = rest->p[i];

		if (quoted && c == '\\') {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '>' && !quoted) {
			*ret = (struct span){ rest->p, i };
			*rest = (struct span){ rest->p + i + 1,
					       rest->len - i - 1 };
			return true;
		}
	}
	return false;
}

/*
 * What follows a recipient, once more: either an unquoted recipient began it
 * and Postfix's own words follow here, or the remote wrote this. Which, cannot
 * be told.
 */
static bool is_twofold(struct span text)
{
	struct span before;

	return span_before(text, ">, relay=", &before) ||
	       span_before(text, ">, orig_to=<", &before);
}

static bool take_status(struct span *rest, enum delivery_status *ret)
{
	static const struct {
		const char *text;
		enum delivery_status status;
	} words[] = {
		{ "sent (", DELIVERY_SENT },
		{ "deferred (", DELIVERY_DEFERRED },
		{ "bounced (", DELIVERY_BOUNCED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (span_skip(rest, words[i].text)) {
			*ret = words[i].status;
			return true;
		}
	return false;
}

/* ", relay=X, conn_use=2, delay=1, delays=0/0/0/1, tls=y, dsn=2.0.0, status=":
 * none of these holds a comma. */
static bool take_fields(struct span *rest, struct span *ret_relay,
			struct delivery *ret)
{
	struct span field, dsn = { NULL, 0 };

	if (!span_skip(rest, ", relay=") || !span_cut(rest, ", ", ret_relay))
		return false;
	while (!span_skip(rest, "status=")) {
		if (!span_cut(rest, ", ", &field))
			return false;
		if (span_skip(&field, "dsn="))
			dsn = field;
	}
	return copy_word(dsn, ".", ret->dsn, sizeof(ret->dsn)) &&
	       take_status(rest, &ret->status);
}

/* The relay and the reason name the same server, or the relay none. */
static bool read_result(struct span relay, struct span text,
			struct delivery *ret)
{
	struct delivery named = { 0 };
	bool has_relay = take_server(&relay, &named) && !relay.len;

	if (text.len && text.p[text.len - 1] == ')')
		text.len--;
	if (is_twofold(text) || (!has_relay && !span_equals(relay, "none")))
		return false;
	if (ret->status == DELIVERY_SENT) {
		memcpy(ret->host, named.host, sizeof(ret->host));
		ret->server = named.server;
		return has_relay && read_reply(text, ret) &&
		       ret->class == REPLY_ACCEPTED;
	}
	if (!read_reason(text, ret))
		return false;
	if (!has_relay)
		return true;
	ret->server.port = named.server.port;
	return addr_equal(&named.server.addr, &ret->server.addr);
}

static bool read_recipient(struct span rest, struct delivery *ret)
{
	struct span address, relay;

	if (!skip_address(&rest, &address))
		return false;
	if (span_skip(&rest, ", orig_to=<") && !skip_address(&rest, &address))
		return false;
	return take_fields(&rest, &relay, ret) &&
	       read_result(relay, rest, ret);
}

/* "4bzM1r0YTkz2x: ". What is no mere information starts with its severity
 * instead, other messages with words that a space follows. */
static bool take_queue_id(struct span *rest, char ret[DELIVERY_ID_MAX])
{
	struct span from = *rest, id;

	if (!span_cut(&from, ": ", &id) ||
	    !copy_word(id, "", ret, DELIVERY_ID_MAX) ||
	    span_has_word(span_of("warning error fatal panic"), id))
		return false;
	*rest = from;
	return true;
}

bool delivery_parse(const struct logline *line, struct delivery *ret)
{
	struct delivery found = {
		.time_s = line->time_s,
		.status = DELIVERY_PASSED_OVER,
	};
	struct span rest = line->message, ident = line->ident, part;
	bool ok;

	while (span_cut(&ident, "/", &part))
		;
	found.lmtp = span_equals(ident, "lmtp");
	if (take_queue_id(&rest, found.queue_id) && span_skip(&rest, "to=<"))
		ok = read_recipient(rest, &found);
	else
		ok = read_reason(rest, &found) && !is_twofold(rest);
	if (ok)
		*ret = found;
	return ok;
}

bool delivery_parse_sender(const struct logline *line,
			   struct delivery_sender *ret)
{
	struct delivery_sender found = { .domain = "" };
	struct span rest = line->message, address, before;

	if (!take_queue_id(&rest, found.queue_id) ||
	    !span_skip(&rest, "from=<") || !skip_address(&rest, &address) ||
	    !span_starts(rest, ", size=") ||
	    span_before(rest, ">, size=", &before))
		return false;
	if (span_before_last(address, "@", &before)) {
		struct span domain = { before.p + before.len + 1,
				       address.len - before.len - 1 };

		if (!copy_word(domain, "-.", found.domain,
			       sizeof(found.domain)))
			return false;
		make_lower(found.domain);
	} else if (address.len) {
		return false;
	}
	*ret = found;
	return true;
}
