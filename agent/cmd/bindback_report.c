/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/command.h"
#include "core/history/report.h"
#include "io/history_file.h"
#include "io/instances.h"
#include "io/verdict_files.h"

#define FILES_MAX 64

static const char help[] =
	"Usage: bindback report [--resource=ID] [--output=FILE] "
	"[--history=FILE...]\n"
	"\n"
	"Makes a page of the last failovers, one HTML file that needs no "
	"other: for each a\n"
	"timeline from the stop to the first delivery, and what each place "
	"that was asked\n"
	"answered.\n"
	"\n"
	"  --resource=ID   only this resource; without it all that this node "
	"remembers\n"
	"  --output=FILE   where to write it (default: standard output)\n"
	"  --history=FILE  read this in place of this node's own history, "
	"which is\n"
	"                  " HISTORY_ROOT "/ID/" HISTORY_FILE "; given once "
	"for each node,\n"
	"                  the nodes' stories are told as one\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 done, 3 it could not be, 64 wrong usage.\n";

struct request {
	const char *command;
	const char *resource;
	const char *output;
	const char *files[FILES_MAX];
	unsigned int file_count;
	struct history history;
	struct verdict *present;
	size_t present_count;
};

static void request_done(struct request *request)
{
	history_done(&request->history);
	for (size_t i = 0; i < request->present_count; i++)
		verdict_done(&request->present[i]);
	free(request->present);
}

static int read_file(struct request *request, const char *path,
		     struct why *why)
{
	struct history more = { 0 };
	int r = history_file_read(path, &more, why);

	if (!r)
		history_take(&request->history, &more);
	return r;
}

/* Of a resource that is bound here: what is known now. */
static void read_present(struct request *request,
			 const struct instance *instance)
{
	struct verdict verdict;

	if (access(instance->state_path, F_OK) < 0 ||
	    verdict_files_read(instance, &verdict, NULL) < 0)
		return;
	request->present = xgrow(request->present, request->present_count,
				 sizeof(verdict));
	request->present[request->present_count++] = verdict;
}

static int read_all(struct request *request, struct why *why)
{
	struct instance *list = NULL;
	size_t count = 0;
	int r = instances_remembered(&list, &count, why);

	for (size_t i = 0; !r && i < count; i++) {
		r = read_file(request, list[i].history_path, why);
		if (r == -ENOENT)	/* removed just now */
			r = 0;
		else if (!r)
			read_present(request, &list[i]);
	}
	free(list);
	return r;
}

static int read_histories(struct request *request, struct why *why)
{
	struct instance instance;
	int r = 0;

	for (unsigned int i = 0; !r && i < request->file_count; i++)
		r = read_file(request, request->files[i], why);
	if (request->file_count)
		return r;
	if (!request->resource)
		return read_all(request, why);
	r = instance_init(request->resource, &instance, why);
	if (!r)
		r = read_file(request, instance.history_path, why);
	if (r == -ENOENT)
		why_set(why, "there is no history of the resource %s on this "
			"node (%s)", instance.id, instance.history_path);
	if (!r)
		read_present(request, &instance);
	return r;
}

/* As a shell would redirect it: the file may be a pipe or a device. */
static int put_out(const struct request *request, const struct buf *page)
{
	const char *path = request->output;
	struct why why = { "" };
	FILE *file;
	bool good;

	if (!path)
		return command_output(request->command, page->data, 0);
	file = fopen(path, "we");
	if (!file) {
		why_set(&why, "--output: cannot open %s: %s", path,
			strerror(errno));
		return command_failed(request->command, &why);
	}
	good = fwrite(page->data, 1, page->len, file) == page->len;
	good = fclose(file) == 0 && good;
	if (good)
		return 0;
	why_set(&why, "--output: cannot write %s: %s", path, strerror(errno));
	return command_failed(request->command, &why);
}

static int make(struct request *request)
{
	struct report report = {
		.history = &request->history,
		.version = BINDBACK_VERSION,
		.time_s = clock_wall_s(),
	};
	char node[NAME_MAX_LEN + 1] = "";
	BUF_CLEAN page;

	if (request->resource)
		history_only(&request->history, request->resource);
	history_sort(&request->history);
	report.present = request->present;
	report.present_count = request->present_count;
	if (gethostname(node, sizeof(node) - 1) < 0)
		node[0] = '\0';
	report.node = node;
	buf_init(&page);
	report_print(&report, &page);
	return put_out(request, &page);
}

static int request_add(struct request *request, int option, const char *value)
{
	if (option == 'r')
		request->resource = value;
	else if (option == 'o')
		request->output = value;
	else if (request->file_count < FILES_MAX)
		request->files[request->file_count++] = value;
	else
		return command_usage(request->command, "--history: at most %d "
				     "can be given", FILES_MAX);
	return 0;
}

static int carry_out(struct request *request)
{
	struct instance instance;
	struct why why = { "" };

	if (request->resource &&
	    instance_init(request->resource, &instance, &why) < 0)
		return command_usage(request->command, "--resource: %s",
				     why.text);
	if (read_histories(request, &why) < 0)
		return command_failed(request->command, &why);
	return make(request);
}

static int report_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "resource", required_argument, NULL, 'r' },
		{ "output", required_argument, NULL, 'o' },
		{ "history", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .command = argv[0] };
	int c, r = 0;

	while (!r && (c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		r = c == '?' ? STATUS_USAGE :
			       request_add(&request, c, optarg);
	}
	if (!r)
		r = carry_out(&request);
	request_done(&request);
	return r;
}

const struct command command_report = {
	"report", "a page of the last failovers, to look at or to mail",
	report_main,
};
