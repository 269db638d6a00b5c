/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict <schema> <folder>: read verdict.xml from the folder, judge its
 * observations anew and compare what is shown with what is expected there:
 * verdict.xml itself, valid by the schema, text, html and explain. With
 * --update before the schema the files are written, for a person to read in
 * the diff.
 */
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "core/explain/explain.h"
#include "core/verdict/verdict_html.h"
#include "core/verdict/verdict_text.h"
#include "io/verdict_xml.h"

static void text_print(const struct verdict *verdict, struct buf *out)
{
	verdict_text_print(verdict, false, out);
}

static const struct view {
	const char *name;
	void (*print)(const struct verdict *verdict, struct buf *out);
} views[] = {
	{ "verdict.xml", verdict_xml_print },
	{ "text", text_print },
	{ "verdict.html", verdict_html_print },
	{ "explain", explain_print },
};

static void give_up(const struct why *why)
{
	(void)fprintf(stderr, "%s\n", why->text);
	exit(99);
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

static bool view_matches(const struct view *view, const char *folder,
			 const struct verdict *verdict, bool update)
{
	BUF_CLEAN path = { 0 };
	BUF_CLEAN have = { 0 };
	BUF_CLEAN expected = { 0 };
	struct why why = { "" };

	buf_printf(&path, "%s/%s", folder, view->name);
	view->print(verdict, &have);
	if (update && file_write(path.data, have.data, have.len, 0644, 0, &why))
		give_up(&why);
	if (file_read(path.data, VERDICT_XML_MAX, &expected, &why) < 0)
		give_up(&why);
	if (!strcmp(expected.data, have.data))
		return true;
	show_difference(path.data, &have);
	return false;
}

static bool is_valid(const char *schema_path, const char *folder)
{
	BUF_CLEAN path = { 0 };
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(schema_path);
	xmlRelaxNG *schema = xmlRelaxNGParse(parser);
	xmlRelaxNGValidCtxt *ctxt = schema ? xmlRelaxNGNewValidCtxt(schema) :
					     NULL;
	xmlDoc *doc;
	bool valid;

	buf_printf(&path, "%s/verdict.xml", folder);
	doc = xmlReadFile(path.data, NULL, XML_PARSE_NONET);
	valid = ctxt && doc && xmlRelaxNGValidateDoc(ctxt, doc) == 0;
	xmlFreeDoc(doc);
	xmlRelaxNGFreeValidCtxt(ctxt);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(parser);
	return valid;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update");
	BUF_CLEAN path = { 0 };
	struct verdict verdict;
	struct why why = { "" };
	bool good = true;

	argv += update;
	if (argc - update != 3)
		return 99;
	buf_printf(&path, "%s/verdict.xml", argv[2]);
	if (verdict_xml_read(path.data, &verdict, &why) < 0)
		give_up(&why);
	verdict_judge(&verdict);
	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		good &= view_matches(&views[i], argv[2], &verdict, update);
	good &= is_valid(argv[1], argv[2]);
	verdict_done(&verdict);
	return good ? 0 : 1;
}
