/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verdict_xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/printable.h"
#include "core/verdict/words.h"

/* Where we are; the first thing wrong stays, as with a cursor. */
struct reader {
	const char *what;
	xmlNode *node;
	struct why *why;
	int error;
};

static void refuse(struct reader *reader, const char *name, const char *value)
{
	if (reader->error)
		return;
	reader->error = -EINVAL;
	why_set(reader->why, "%s: line %ld: <%s> cannot have %s \"%.80s\"",
		reader->what, xmlGetLineNo(reader->node),
		(const char *)reader->node->name, name, value);
}

/* XML allows what moves a terminal's cursor. */
static void take_text(struct reader *reader, const char *name,
		      const char *text, char *ret, size_t size)
{
	*ret = '\0';
	if (strlen(text) < size)
		printable(text, strlen(text), ret, size);
	else
		refuse(reader, name, text);
}

/* Copy an attribute; one that is not there reads as empty. */
static void get_text(struct reader *reader, const char *name, char *ret,
		     size_t size)
{
	xmlChar *value = xmlGetNoNsProp(reader->node, (const xmlChar *)name);

	take_text(reader, name, value ? (const char *)value : "", ret, size);
	xmlFree(value);
}

static void get_content(struct reader *reader, char *ret, size_t size)
{
	xmlChar *value = xmlNodeGetContent(reader->node);

	take_text(reader, "so long a text as",
		  value ? (const char *)value : "", ret, size);
	xmlFree(value);
}

static void get_number(struct reader *reader, const char *name, uint32_t max,
		       uint32_t *ret)
{
	char text[16];

	get_text(reader, name, text, sizeof(text));
	if (*text && parse_u32(text, max, ret) < 0)
		refuse(reader, name, text);
}

static void get_family(struct reader *reader, sa_family_t *ret)
{
	char text[8];

	get_text(reader, "family", text, sizeof(text));
	if (*text && family_parse(span_of(text), ret) < 0)
		refuse(reader, "family", text);
}

static void get_time(struct reader *reader, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *end;
	char text[32];

	get_text(reader, "time", text, sizeof(text));
	if (!*text)
		return;
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!end || *end)
		refuse(reader, "time", text);
	else
		*ret = timegm(&tm);
}

static void get_status(struct reader *reader, enum verdict_status *ret)
{
	char text[32];

	get_text(reader, "status", text, sizeof(text));
	if (verdict_status_parse(span_of(text), ret) < 0)
		refuse(reader, "status", text);
}

static void get_blame(struct reader *reader, enum blame *ret)
{
	char text[32];

	get_text(reader, "blame", text, sizeof(text));
	if (blame_parse(span_of(text), ret) < 0)
		refuse(reader, "blame", text);
}

static void get_reason(struct reader *reader, struct verdict *verdict)
{
	struct reason reason = { 0 };
	char class[32];

	get_status(reader, &reason.status);
	get_blame(reader, &reason.blame);
	get_text(reader, "class", class, sizeof(class));
	if (reason_class_parse(span_of(class), &reason.class) < 0)
		refuse(reader, "class", class);
	get_family(reader, &reason.family);
	get_number(reader, "clears-in-s", UINT32_MAX, &reason.clears_in_s);
	get_content(reader, reason.text, sizeof(reason.text));
	if (verdict->reason_count >= VERDICT_XML_ITEMS_MAX)
		refuse(reader, "so many before", reason.text);
	if (reader->error)
		return;
	verdict->reasons = xgrow(verdict->reasons, verdict->reason_count,
				 sizeof(reason));
	verdict->reasons[verdict->reason_count++] = reason;
}

static void get_vantage(struct reader *reader, struct vantage *ret)
{
	char text[64];

	get_text(reader, "vantage", text, sizeof(text));
	if (vantage_kind_parse(span_of(text), &ret->kind) < 0)
		refuse(reader, "vantage", text);
	get_text(reader, "server", text, sizeof(text));
	if (*text && endpoint_parse(text, vantage_port(ret->kind),
				    &ret->server) < 0)
		refuse(reader, "server", text);
	get_text(reader, "host", ret->host, sizeof(ret->host));
	get_text(reader, "zone", ret->zone, sizeof(ret->zone));
	get_number(reader, "index", 0xffff, &ret->index);
}

static void get_rcode(struct reader *reader, int *ret)
{
	uint32_t rcode = UINT32_MAX;

	get_number(reader, "rcode", 0xffff, &rcode);
	*ret = rcode == UINT32_MAX ? -1 : (int)rcode;
}

static bool get_flag(struct reader *reader, const char *name)
{
	char text[8];

	get_text(reader, name, text, sizeof(text));
	if (*text && strcmp(text, "true") != 0)
		refuse(reader, name, text);
	return *text;
}

/* What only observations of mail servers and witnesses have. */
static void get_outside(struct reader *reader, struct observation *obs)
{
	char class[32];

	get_text(reader, "class", class, sizeof(class));
	if (*class && reply_class_parse(span_of(class), &obs->class) < 0)
		refuse(reader, "class", class);
	get_number(reader, "code", 999, &obs->code);
	obs->temporary = get_flag(reader, "temporary");
	obs->local = get_flag(reader, "local");
	obs->unanswered = get_flag(reader, "unanswered");
	get_number(reader, "port", UINT16_MAX, &obs->port);
	get_number(reader, "refusals", UINT32_MAX, &obs->refusals);
	get_time(reader, &obs->time_s);
}

static void get_observation(struct reader *reader, struct verdict *verdict)
{
	struct observation obs = { 0 };
	char text[32];

	get_vantage(reader, &obs.vantage);
	get_text(reader, "check", text, sizeof(text));
	if (check_parse(span_of(text), &obs.check) < 0)
		refuse(reader, "check", text);
	get_family(reader, &obs.family);
	get_text(reader, "outcome", text, sizeof(text));
	if (outcome_parse(span_of(text), &obs.outcome) < 0)
		refuse(reader, "outcome", text);
	get_rcode(reader, &obs.rcode);
	get_number(reader, "ttl-s", UINT32_MAX, &obs.ttl_s);
	get_number(reader, "serial", UINT32_MAX, &obs.serial);
	get_number(reader, "latency-ms", UINT32_MAX, &obs.latency_ms);
	obs.tcp = get_flag(reader, "tcp");
	get_outside(reader, &obs);
	get_content(reader, obs.evidence, sizeof(obs.evidence));
	if (verdict->observation_count >= VERDICT_XML_ITEMS_MAX)
		refuse(reader, "so many before", obs.evidence);
	if (!reader->error)
		verdict_add(verdict, &obs);
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       !strcmp((const char *)node->name, name);
}

static void get_items(struct reader *reader, const xmlNode *parent,
		      struct verdict *verdict)
{
	for (xmlNode *node = parent->children; node; node = node->next) {
		reader->node = node;
		if (is_element(node, "reason"))
			get_reason(reader, verdict);
		else if (is_element(node, "observation"))
			get_observation(reader, verdict);
	}
}

/* Its texts pass through the same checks as the parameters do. */
static void get_identity(struct reader *reader, xmlNode *parent,
			 struct identity *ret)
{
	BUF_CLEAN ip = { 0 };
	BUF_CLEAN public_ip = { 0 };
	char name[NAME_MAX_LEN + 1], text[64];
	struct why why = { "" };

	reader->node = parent;
	get_text(reader, "name", name, sizeof(name));
	for (xmlNode *node = parent->children; node; node = node->next) {
		if (!is_element(node, "address"))
			continue;
		reader->node = node;
		get_text(reader, "local", text, sizeof(text));
		buf_printf(&ip, "%s ", text);
		get_text(reader, "public", text, sizeof(text));
		buf_printf(&public_ip, "%s ", text);
	}
	reader->node = parent;
	if (!reader->error &&
	    identity_parse(name, ip.data ? ip.data : "",
			   public_ip.data ? public_ip.data : "", ret, &why) < 0)
		refuse(reader, "this:", why.text);
}

static int get_verdict(struct reader *reader, xmlNode *root,
		       struct verdict *verdict)
{
	char format[8];

	reader->node = root;
	get_text(reader, "format", format, sizeof(format));
	if (!is_element(root, "verdict") || strcmp(format, "1")) {
		why_set(reader->why, "%s: is no verdict of format 1",
			reader->what);
		return -EPROTONOSUPPORT;
	}
	get_status(reader, &verdict->status);
	get_blame(reader, &verdict->blame);
	get_time(reader, &verdict->time_s);
	if (!verdict->time_s)
		refuse(reader, "time", "");
	get_number(reader, "duration-ms", UINT32_MAX, &verdict->duration_ms);
	get_text(reader, "node", verdict->node, sizeof(verdict->node));
	for (xmlNode *node = root->children; node; node = node->next) {
		if (is_element(node, "identity"))
			get_identity(reader, node, &verdict->identity);
		else if (is_element(node, "reasons") ||
			 is_element(node, "observations"))
			get_items(reader, node, verdict);
	}
	reader->node = root;
	if (!verdict->identity.count)
		refuse(reader, "no identity", "");
	return reader->error;
}

static xmlDoc *doc_parse(struct span text, const char *what, struct why *why)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	const xmlError *error;
	const char *message;
	xmlDoc *doc;

	if (!ctxt)
		abort();
	/* The encoding is given, so that "<!" cannot hide in another one. */
	doc = xmlCtxtReadMemory(ctxt, text.p, (int)text.len, NULL, "UTF-8",
				XML_PARSE_NONET | XML_PARSE_NOERROR |
				XML_PARSE_NOWARNING);
	error = xmlCtxtGetLastError(ctxt);
	message = error && error->message ? error->message : "is no XML";
	if (!doc)
		why_set(why, "%s: line %d: %.*s", what,
			error ? error->line : 0,
			(int)strcspn(message, "\n"), message);
	xmlFreeParserCtxt(ctxt);
	return doc;
}

int verdict_xml_parse(struct span text, const char *what, struct verdict *ret,
		      struct why *why)
{
	struct reader reader = { .what = what, .why = why };
	struct verdict verdict = { 0 };
	xmlDoc *doc;
	int r;

	if (text.len > VERDICT_XML_MAX)
		return -EFBIG;
	/* We write no "<!": so no document type, and with it no entity. */
	if (memmem(text.p, text.len, "<!", 2)) {
		why_set(why, "%s: has a declaration (\"<!\"), which no "
			"verdict has", what);
		return -EINVAL;
	}
	doc = doc_parse(text, what, why);
	if (!doc)
		return -EINVAL;
	r = get_verdict(&reader, xmlDocGetRootElement(doc), &verdict);
	xmlFreeDoc(doc);
	if (r < 0)
		verdict_done(&verdict);
	else
		*ret = verdict;
	return r;
}

int verdict_xml_read(const char *path, struct verdict *ret, struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read(path, VERDICT_XML_MAX, &text, why);
	if (r < 0)
		return r;
	return verdict_xml_parse((struct span){ text.data, text.len }, path,
				 ret, why);
}

int verdict_xml_read_foreign(const char *path, struct verdict *ret,
			     struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read_foreign(path, VERDICT_XML_MAX, &text, why);
	if (r < 0)
		return r;
	return verdict_xml_parse((struct span){ text.data, text.len }, path,
				 ret, why);
}
