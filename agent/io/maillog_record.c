/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/maillog_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/line.h"

#define RECORD_HEADER "bindback-deliveries 1"
#define RECORD_END "end"
#define HEX 16

void maillog_record_reset(struct maillog_record *record, const char *path)
{
	memset(record, 0, sizeof(*record));
	if (strlen(path) < sizeof(record->path))
		strcpy(record->path, path);
}

static bool read_text(struct span text, char *ret, size_t size)
{
	char *copy = line_get_text(text);
	bool fits = copy && strlen(copy) < size;

	if (fits)
		strcpy(ret, copy);
	free(copy);
	return fits;
}

/* dev inode offset head_len head path */
static bool read_file_line(struct span rest, struct maillog_record *ret)
{
	uint64_t *const numbers[] = {
		&ret->tail.dev, &ret->tail.inode, &ret->tail.offset,
		&ret->tail.head_len, &ret->tail.head,
	};
	struct span word;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!span_cut(&rest, " ", &word) ||
		    line_get_number(word, HEX, UINT64_MAX, numbers[i]) < 0)
			return false;
	return read_text(rest, ret->path, sizeof(ret->path));
}

static bool read_line(struct span line, struct maillog_record *ret)
{
	if (span_skip(&line, "file "))
		return read_file_line(line, ret);
	if (span_skip(&line, "journal "))
		return read_text(line, ret->cursor, sizeof(ret->cursor));
	if (span_skip(&line, "told "))
		return read_text(line, ret->told.text, sizeof(ret->told.text));
	return !deliveries_read(&ret->deliveries, line);
}

static bool read_record(struct span text, struct maillog_record *ret)
{
	struct span line;

	if (!span_line(&text, &line) || !span_equals(line, RECORD_HEADER))
		return false;
	while (span_line(&text, &line)) {
		if (span_equals(line, RECORD_END))
			return true;
		if (!read_line(line, ret))
			return false;
	}
	return false;
}

void maillog_record_load(const char *path, struct maillog_record *ret,
			 struct why *notice)
{
	struct why why = { "" };
	BUF_CLEAN text = { 0 };
	int r = file_read(path, DELIVERIES_TEXT_MAX, &text, &why);

	if (!r && !read_record((struct span){ text.data, text.len }, ret)) {
		maillog_record_reset(ret, "");
		why_set(notice, "%s is no record of deliveries, or was cut; "
			"the log is read anew", path);
	} else if (r < 0 && r != -ENOENT) {
		why_set(notice, "%s", why.text);
	}
}

void maillog_record_save(const struct maillog_record *record,
			 const char *path, struct why *notice)
{
	const struct logtail *tail = &record->tail;
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(&text, RECORD_HEADER "\n");
	if (record->path[0]) {
		buf_printf(&text, "file %" PRIx64 " %" PRIx64 " %" PRIx64 " %"
			   PRIx64 " %" PRIx64 " ", tail->dev, tail->inode,
			   tail->offset, tail->head_len, tail->head);
		line_put_text(&text, record->path, false);
		buf_puts(&text, "\n");
	}
	if (record->cursor[0]) {
		buf_puts(&text, "journal ");
		line_put_text(&text, record->cursor, false);
		buf_puts(&text, "\n");
	}
	if (record->told.text[0]) {
		buf_puts(&text, "told ");
		line_put_text(&text, record->told.text, false);
		buf_puts(&text, "\n");
	}
	deliveries_print(&record->deliveries, &text);
	buf_puts(&text, RECORD_END "\n");
	(void)file_write(path, text.data, text.len, 0644, 0, notice);
}
