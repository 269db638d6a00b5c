/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suite <file>: run the cases of the RFC 7208 test suite, as convert.py wrote
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "core/spf/spf.h"
#include "zone.h"

#define FILE_MAX (1024 * 1024)
#define FIELDS_MAX 16

struct fields {
	struct span at[FIELDS_MAX];	/* terminated, in the line's memory */
	unsigned int count;
};

struct suite {
	struct zone *zone;
	unsigned int cases, failed, second_best, explanations;
};

static void give_up(const char *what)
{
	(void)fprintf(stderr, "suite: %s\n", what);
	exit(99);
}

/* Undo \xNN in place; the text gets no longer. */
static struct span unescape(char *text)
{
	char *out = text;
	unsigned int octet;

	for (const char *p = text; *p; p++) {
		if (*p != '\\') {
			*out++ = *p;
			continue;
		}
		if (sscanf(p, "\\x%2x", &octet) != 1)
			give_up("a bad escape");
		*out++ = (char)octet;
		p += 3;
	}
	*out = '\0';
	return (struct span){ text, (size_t)(out - text) };
}

static struct fields split(char *line)
{
	struct fields fields = { .count = 0 };
	char *field;

	while ((field = strsep(&line, "\t"))) {
		if (fields.count == FIELDS_MAX)
			give_up("a line of too many fields");
		fields.at[fields.count++] = unescape(field);
	}
	return fields;
}

/* RFC 7208, 2.4: without a sender it is postmaster at the HELO name. */
static struct spf_request request_of(const struct fields *fields)
{
	const char *helo = fields->at[3].p, *sender = fields->at[4].p;
	const char *at = strrchr(sender, '@');
	struct spf_request request = { .helo = "" };

	if (addr_parse(fields->at[2].p, &request.ip) < 0)
		give_up("a bad host");
	(void)snprintf(request.helo, sizeof(request.helo), "%s", helo);
	(void)snprintf(request.local, sizeof(request.local), "%.*s",
		       at ? (int)(at - sender) : 0, sender);
	(void)snprintf(request.domain, sizeof(request.domain), "%s",
		       at ? at + 1 : helo);
	return request;
}

static void answer(struct zone *zone, struct spf *spf,
		   const struct question *question)
{
	struct reply reply;

	zone_answer(zone, question, &reply);
	spf_reply(spf, question->id, &reply);
}

/* What is asked at once is answered in order, or backwards. */
static struct spf_result check(struct zone *zone,
			       const struct spf_request *request,
			       bool backwards)
{
	struct spf *spf = spf_new(request);
	struct question asked[SPF_NAMES_MAX];
	struct spf_result result;
	unsigned int count;

	while (!spf_finished(spf)) {
		for (count = 0; count < SPF_NAMES_MAX; count++)
			if (!spf_next(spf, &asked[count]))
				break;
		if (!count || asked[count - 1].id >= SPF_QUESTIONS_MAX)
			give_up("no question and no end, or too many");
		for (unsigned int i = 0; i < count; i++)
			answer(zone, spf,
			       &asked[backwards ? count - 1 - i : i]);
	}
	result = *spf_result(spf);
	spf_free(spf);
	return result;
}

/* case NAME HOST HELO MAILFROM RESULT[|RESULT] [EXPLANATION] */
static void run_case(struct suite *suite, const struct fields *fields)
{
	struct spf_request request = request_of(fields);
	struct spf_result result = check(suite->zone, &request, false);
	struct spf_result other = check(suite->zone, &request, true);
	const char *code = spf_code_text(result.code);
	struct span rest = fields->at[5], word;
	bool same = result.code == other.code &&
		    !strcmp(result.why.text, other.why.text);
	bool expected = false, first = true;

	while (!expected && span_word(&rest, "|", &word)) {
		expected = span_equals(word, code);
		first = first && expected;
	}
	suite->cases++;
	if (!same)
		printf("# backwards: %s, %s\n", spf_code_text(other.code),
		       other.why.text);
	expected = expected && same;
	suite->failed += !expected;
	suite->second_best += expected && !first;
	suite->explanations += fields->count > 6;
	printf("%s %u - %s: %s, %s\n", expected ? "ok" : "not ok",
	       suite->cases, fields->at[1].p, code, result.why.text);
	if (!expected)
		printf("# wanted: %s\n", fields->at[5].p);
}

static void run_line(struct suite *suite, char *line)
{
	struct fields fields;

	if (!line[0] || line[0] == '#')
		return;
	fields = split(line);
	if (!strcmp(fields.at[0].p, "scenario")) {
		zone_free(suite->zone);
		suite->zone = zone_new();
		printf("# %s\n", fields.at[1].p);
	} else if (!strcmp(fields.at[0].p, "zone") && fields.count >= 3) {
		zone_add(suite->zone, fields.at[1].p, fields.at[2].p,
			 fields.at + 3, fields.count - 3);
	} else if (!strcmp(fields.at[0].p, "case") && fields.count >= 6) {
		run_case(suite, &fields);
	} else {
		give_up("a line that it does not know");
	}
}

int main(int argc, char **argv)
{
	struct suite suite = { .zone = NULL };
	BUF_CLEAN text = { 0 };
	struct why why;
	char *rest, *line;

	if (argc != 2)
		give_up("usage: suite FILE");
	if (file_read(argv[1], FILE_MAX, &text, &why) < 0)
		give_up(why.text);
	rest = text.data;
	while ((line = strsep(&rest, "\n")))
		run_line(&suite, line);
	zone_free(suite.zone);
	printf("1..%u\n# %u cases, %u failed; of %u with several results "
	       "allowed not the preferred one; %u explanations not looked "
	       "at\n", suite.cases, suite.cases, suite.failed,
	       suite.second_best, suite.explanations);
	return suite.failed || !suite.cases;
}
