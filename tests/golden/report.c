/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report <folder>: make a report of the histories in the folder, which must
 * be well-formed XML and what is expected there, report.html. With --update
 * before the folder that file is written, for a person to look at.
 */
#include <dirent.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "core/history/report.h"
#include "io/history_file.h"

#define PAGE "report.html"
#define PAGE_MAX (16 * 1024 * 1024)

static void give_up(const struct why *why)
{
	(void)fprintf(stderr, "%s\n", why->text);
	exit(99);
}

static void read_histories(const char *folder, struct history *history)
{
	DIR *dir = opendir(folder);
	struct why why = { "no such folder" };
	struct dirent *entry;

	if (!dir)
		give_up(&why);
	while ((entry = readdir(dir))) {
		BUF_CLEAN path = { 0 };
		struct history more = { 0 };

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, PAGE))
			continue;
		buf_printf(&path, "%s/%s", folder, entry->d_name);
		if (history_file_read(path.data, &more, &why) < 0)
			give_up(&why);
		history_take(history, &more);
	}
	(void)closedir(dir);
	history_sort(history);
}

static bool is_well_formed(const struct buf *page)
{
	xmlDoc *doc = xmlReadMemory(page->data, (int)page->len, PAGE, NULL,
				    XML_PARSE_NONET);

	xmlFreeDoc(doc);
	return doc != NULL;
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

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update");
	struct history history = { 0 };
	struct report report = { .history = &history, .node = "node1",
				 .version = "1.2.3", .time_s = 1793500000 };
	BUF_CLEAN path = { 0 };
	BUF_CLEAN have = { 0 };
	BUF_CLEAN expected = { 0 };
	struct why why = { "" };
	bool good;

	if (argc - update != 2)
		return 99;
	read_histories(argv[1 + update], &history);
	report_print(&report, &have);
	history_done(&history);
	buf_printf(&path, "%s/" PAGE, argv[1 + update]);
	if (update && file_write(path.data, have.data, have.len, 0644, 0, &why))
		give_up(&why);
	if (file_read(path.data, PAGE_MAX, &expected, &why) < 0)
		give_up(&why);
	good = !strcmp(expected.data, have.data);
	if (!good)
		show_difference(path.data, &have);
	return good && is_well_formed(&have) ? 0 : 1;
}
