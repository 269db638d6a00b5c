/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preflight <schema> <folder>: compare what is shown of nodes with what is
 * expected in the folder: text, preflight.xml (valid by the schema),
 * preflight.html. With --update before the schema the files are written, for
 * a person to read in the diff.
 *
 * In: want (`key value` lines: now_s, runs, node, judged), guard (what the
 * guard wrote).
 */
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "core/preflight/sheet_html.h"
#include "core/preflight/sheet_text.h"
#include "core/preflight/sheet_xml.h"

static void text_print(const struct sheet *sheet, struct buf *out)
{
	sheet_text_print(sheet, false, out);
}

static const struct output {
	const char *name;
	void (*print)(const struct sheet *sheet, struct buf *out);
} outputs[] = {
	{ "text", text_print },
	{ "preflight.xml", sheet_xml_print },
	{ "preflight.html", sheet_html_print },
};

static void read_in(const char *folder, const char *name, struct buf *ret)
{
	BUF_CLEAN path = { 0 };
	struct why why = { "" };

	buf_printf(&path, "%s/%s", folder, name);
	if (file_read(path.data, GUARD_VIEW_MAX, ret, &why) == 0)
		return;
	(void)fprintf(stderr, "%s\n", why.text);
	exit(99);
}

static char *want_value(const struct buf *want, const char *key)
{
	struct span rest = { want->data, want->len }, line, word;

	while (span_line(&rest, &line)) {
		struct span value = line;

		if (span_word(&value, " ", &word) && span_equals(word, key)) {
			value = span_trim(value);
			return xmemdup0(value.p, value.len);
		}
	}
	(void)fprintf(stderr, "want has no line \"%s\"\n", key);
	exit(99);
}

static bool is_valid(const char *schema_path, const struct buf *text)
{
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(schema_path);
	xmlRelaxNG *schema = xmlRelaxNGParse(parser);
	xmlRelaxNGValidCtxt *ctxt = schema ? xmlRelaxNGNewValidCtxt(schema) :
					     NULL;
	xmlDoc *doc = xmlReadMemory(text->data, (int)text->len, "preflight",
				    NULL, XML_PARSE_NONET);
	bool valid = ctxt && doc && xmlRelaxNGValidateDoc(ctxt, doc) == 0;

	xmlFreeDoc(doc);
	xmlRelaxNGFreeValidCtxt(ctxt);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(parser);
	return valid;
}

static void show_difference(const char *path, const struct buf *have)
{
	BUF_CLEAN command = { 0 };
	FILE *pipe;

	buf_printf(&command, "diff -u '%s' - >&2", path);
	pipe = popen(command.data, "w");
	if (!pipe)
		return;
	(void)fwrite(have->data, 1, have->len, pipe);
	(void)pclose(pipe);
}

static bool output_matches(const struct output *output, char **args,
			   const struct sheet *sheet, bool update)
{
	BUF_CLEAN path = { 0 };
	BUF_CLEAN have = { 0 };
	BUF_CLEAN expected = { 0 };
	struct why why = { "" };

	buf_printf(&path, "%s/%s", args[2], output->name);
	output->print(sheet, &have);
	if (update && file_write(path.data, have.data, have.len, 0644, 0, &why))
		return false;
	if (output->print == sheet_xml_print && !is_valid(args[1], &have)) {
		(void)fprintf(stderr, "%s is not valid\n", path.data);
		return false;
	}
	read_in(args[2], output->name, &expected);
	if (!strcmp(expected.data, have.data))
		return true;
	show_difference(path.data, &have);
	return false;
}

static const char *node_of(const char *word)
{
	return !strcmp(word, "all") ? SHEET_ALL :
	       !strcmp(word, "here") ? SHEET_HERE : word;
}

static bool compare(char **args, const struct guard_view *view, bool update)
{
	BUF_CLEAN want = { 0 };
	struct sheet *sheet = xcalloc(1, sizeof(*sheet));
	struct status status = { .id = "mta", .view = view };
	char *now, *runs, *node, *judged;
	bool good;

	read_in(args[2], "want", &want);
	now = want_value(&want, "now_s");
	runs = want_value(&want, "runs");
	node = want_value(&want, "node");
	judged = want_value(&want, "judged");
	status.now_s = atoll(now);
	status.guard = !strcmp(runs, "yes") ? STATUS_GUARD_RUNS :
					      STATUS_GUARD_GONE;
	sheet_of_status(&status, node_of(node), sheet);
	good = !strcmp(judged, verdict_status_text(sheet_judge(sheet)));
	if (!good)
		(void)fprintf(stderr, "judged %s, wanted is %s\n",
			      verdict_status_text(sheet_judge(sheet)), judged);
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
		good &= output_matches(&outputs[i], args, sheet, update);
	free(now);
	free(runs);
	free(node);
	free(judged);
	free(sheet);
	return good;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update"), good;
	struct guard_view *view = xcalloc(1, sizeof(*view));
	BUF_CLEAN text = { 0 };
	struct why why = { "" };

	argv += update;
	if (argc - update != 3)
		return 99;
	read_in(argv[2], "guard", &text);
	if (guard_view_parse(span_of(text.data), view, &why) < 0) {
		(void)fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	good = compare(argv, view, update);
	free(view);
	return good ? 0 : 1;
}
