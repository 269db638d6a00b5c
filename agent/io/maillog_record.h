/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>

#include "base/why.h"
#include "core/smtp/deliveries.h"
#include "io/logtail.h"

#define MAILLOG_CURSOR_MAX 512

/** What is kept between two readings of the log; for maillog.c alone. */
struct maillog_record {
	char path[PATH_MAX];	/* of the file; "": the journal, or nothing */
	struct logtail tail;
	char cursor[MAILLOG_CURSOR_MAX];	/* of the journal; "": none */
	struct why told;	/* the last notice, so as to say it once */
	struct deliveries deliveries;
};

/** Forget all, and begin with another source. */
void maillog_record_reset(struct maillog_record *record, const char *path);

/** Load into a zeroed record. One that is not there, or cannot be read, is an
 *  empty one; the latter is told, in `notice` unless that is NULL. */
void maillog_record_load(const char *path, struct maillog_record *ret,
			 struct why *notice);

/** Replace the file atomically, for anybody to read as the verdict is, which
 *  shows the same; that it cannot be written is told. */
void maillog_record_save(const struct maillog_record *record,
			 const char *path, struct why *notice);
