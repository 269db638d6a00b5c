/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/guard_files.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

int guard_view_load(const struct guard_files *files, struct guard_view *ret,
		    struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read_foreign(files->state, GUARD_VIEW_MAX, &text, why);
	if (r < 0)
		return r;
	r = guard_view_parse((struct span){ text.data, text.len }, ret, why);
	if (r < 0)
		why_context(why, "%s", files->state);
	return r;
}

int guard_view_save(const struct guard_files *files,
		    const struct guard_view *view, struct why *why)
{
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	guard_view_print(view, &text);
	r = file_write(files->state, text.data, text.len, 0644, 0, NULL);
	if (!r)
		return 0;
	/* It would be believed, and what it takes may be what lacks. */
	(void)unlink(files->state);
	return file_write(files->state, text.data, text.len, 0644, 0, why);
}
