/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status <schema> <folder>: compare what is shown of an instance with what is
 * expected in the folder: text, status.xml (valid by the schema), status.html.
 * With --update before the schema the files are written, for a person to read
 * in the diff.
 *
 * In: want (`key value` lines: id, now_s, running, guard, guard_why, judged,
 * version of who shows it), record and guard (what the agent and its guard
 * wrote; may be missing).
 */
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "core/status/status_html.h"
#include "core/status/status_text.h"
#include "core/status/status_xml.h"

#define TEXT_MAX (4 * 1024 * 1024)

static void text_print(const struct status_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		status_text_print(&list->items[i], false, out);
}

static const struct output {
	const char *name;
	void (*print)(const struct status_list *list, struct buf *out);
} outputs[] = {
	{ "text", text_print },
	{ "status.xml", status_xml_print },
	{ "status.html", status_html_print },
};

static void give_up(const struct why *why)
{
	(void)fprintf(stderr, "%s\n", why->text);
	exit(99);
}

static bool read_in(const char *folder, const char *name, struct buf *ret)
{
	BUF_CLEAN path = { 0 };
	struct why why = { "" };
	int r;

	buf_printf(&path, "%s/%s", folder, name);
	r = file_read(path.data, TEXT_MAX, ret, &why);
	if (r < 0 && r != -ENOENT)
		give_up(&why);
	return !r;
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
	return NULL;
}

static enum status_guard guard_of(const char *word)
{
	return !word ? STATUS_GUARD_NONE :
	       !strcmp(word, "runs") ? STATUS_GUARD_RUNS :
	       !strcmp(word, "gone") ? STATUS_GUARD_GONE :
				       STATUS_GUARD_UNKNOWN;
}

static void read_files(const char *folder, struct state *state,
		       struct guard_view *view, struct status *ret)
{
	BUF_CLEAN record = { 0 };
	BUF_CLEAN guard = { 0 };
	struct why why = { "" };

	if (read_in(folder, "record", &record)) {
		if (state_parse(span_of(record.data), state, &why) < 0)
			give_up(&why);
		ret->state = state;
	}
	if (read_in(folder, "guard", &guard)) {
		if (guard_view_parse(span_of(guard.data), view, &why) < 0)
			give_up(&why);
		ret->view = view;
	}
}

static bool is_valid(const char *schema_path, const struct buf *text)
{
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(schema_path);
	xmlRelaxNG *schema = xmlRelaxNGParse(parser);
	xmlRelaxNGValidCtxt *ctxt = schema ? xmlRelaxNGNewValidCtxt(schema) :
					     NULL;
	xmlDoc *doc = xmlReadMemory(text->data, (int)text->len, "status.xml",
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

static bool output_matches(const struct output *output, const char *folder,
			   const char *schema, const struct status_list *list,
			   bool update)
{
	BUF_CLEAN path = { 0 };
	BUF_CLEAN have = { 0 };
	BUF_CLEAN expected = { 0 };
	struct why why = { "" };

	buf_printf(&path, "%s/%s", folder, output->name);
	output->print(list, &have);
	if (update && file_write(path.data, have.data, have.len, 0644, 0, &why))
		give_up(&why);
	if (file_read(path.data, TEXT_MAX, &expected, &why) < 0)
		give_up(&why);
	if (output->print == status_xml_print && !is_valid(schema, &have)) {
		(void)fprintf(stderr, "%s is not valid\n", path.data);
		return false;
	}
	if (!strcmp(expected.data, have.data))
		return true;
	show_difference(path.data, &have);
	return false;
}

static bool compare(const char *schema, const char *folder,
		    const struct status *status, bool update)
{
	const struct status_list list = { status, 1, status->now_s };
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
		good &= output_matches(&outputs[i], folder, schema, &list,
				       update);
	return good;
}

static bool judged_as_wanted(const struct status *status, const char *judged)
{
	const char *have = verdict_status_text(status_judge(status));

	if (judged && !strcmp(have, judged))
		return true;
	(void)fprintf(stderr, "judged %s, wanted is %s\n", have,
		      judged ? judged : "a line \"judged\"");
	return false;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update"), good;
	struct guard_view *view = xcalloc(1, sizeof(*view));
	struct state state = { 0 };
	struct status status = { .guard_pid = 4242 };
	char *values[7];
	BUF_CLEAN want = { 0 };

	argv += update;
	if (argc - update != 3 || !read_in(argv[2], "want", &want))
		return 99;
	values[0] = want_value(&want, "id");
	values[1] = want_value(&want, "now_s");
	values[2] = want_value(&want, "running");
	values[3] = want_value(&want, "guard");
	values[4] = want_value(&want, "guard_why");
	values[5] = want_value(&want, "judged");
	values[6] = want_value(&want, "version");
	if (!values[0] || !values[1])
		return 99;
	status.id = values[0];
	status.now_s = atoll(values[1]);
	status.running = values[2] && !strcmp(values[2], "yes");
	status.guard = guard_of(values[3]);
	status.guard_why = values[4];
	status.version = values[6];
	read_files(argv[2], &state, view, &status);
	good = judged_as_wanted(&status, values[5]);
	good &= compare(argv[1], argv[2], &status, update);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		free(values[i]);
	state_done(&state);
	free(view);
	return good ? 0 : 1;
}
