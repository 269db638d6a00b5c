/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/history_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "io/child_run.h"

int history_file_read(const char *path, struct history *ret, struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read(path, HISTORY_TEXT_MAX, &text, why);
	if (r < 0)
		return r;
	r = history_parse((struct span){ text.data, text.len }, ret, why);
	if (r < 0)
		why_context(why, "%s", path);
	return r;
}

static int make_folder(const char *path, struct why *why)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (!slash || slash - path >= PATH_MAX) {
		why_set(why, "the history's path %.80s... cannot be used",
			path);
		return -ENAMETOOLONG;
	}
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	return file_mkdirs(dir, 0755, why);
}

/* What would not be read again is not written. */
static void print_bounded(struct history *history, struct buf *out)
{
	size_t keep = HISTORY_KEPT;

	do {
		out->len = 0;
		history_keep(history, keep--);
		history_print(history, out);
	} while (out->len > HISTORY_TEXT_MAX && keep);
}

static int change_file(const char *path, history_change_fn *change, void *ctx,
		       struct why *why)
{
	struct history history = { 0 };
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	r = history_file_read(path, &history, why);
	if (r == -ENOENT)
		*why = (struct why){ "" };
	else if (r < 0)
		why_context(why, "the history begins anew");
	r = 0;
	if (change(ctx, &history)) {
		print_bounded(&history, &text);
		r = make_folder(path, why);
		if (!r)
			r = file_write(path, text.data, text.len, 0644, 0,
				       why);
	}
	history_done(&history);
	return r;
}

struct errand {
	const char *path;
	history_change_fn *change;
	void *ctx;
};

/* What the child found. */
struct report {
	int r;
	struct why why;
};

static int change_and_tell(void *arg, int fd)
{
	const struct errand *errand = arg;
	struct report report = { 0 };

	report.r = change_file(errand->path, errand->change, errand->ctx,
			       &report.why);
	return child_answer(fd, &report, sizeof(report));
}

/* A disk may be slow: what is being written is not broken off. */
static int run_child(struct errand *errand, int64_t wait_ms,
		     struct report *ret, struct why *why)
{
	const struct child_spec spec = {
		.fn = change_and_tell,
		.arg = errand,
		.timeout_ms = wait_ms,
		.limit = sizeof(*ret),
		.spare = true,
	};
	void *bytes;
	size_t len;
	int r = child_run(&spec, &bytes, &len, why);

	if (r < 0)
		return r;
	if (len == sizeof(*ret))
		memcpy(ret, bytes, len);
	else
		r = -EIO;
	free(bytes);
	return r;
}

int history_file_change(const char *path, int64_t wait_ms,
			history_change_fn *change, void *ctx,
			struct why *why)
{
	struct errand errand = { path, change, ctx };
	struct report report = { 0 };
	int r = run_child(&errand, wait_ms, &report, why);

	if (r == -ETIMEDOUT)
		why_set(why, "%s could not be written within %lld ms", path,
			(long long)wait_ms);
	else if (r == -EIO)
		why_set(why, "who was to write %s has ended", path);
	else if (r < 0)
		why_context(why, "%s", path);
	else if (why)
		*why = report.why;
	return r < 0 ? r : report.r;
}
