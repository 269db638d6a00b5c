/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/why.h"
#include "core/smtp/delivery.h"
#include "core/state.h"
#include "core/verdict/verdict.h"

/*
 * What the mail server's own log tells of real deliveries, as observations of
 * vantage DELIVERY. Where the log is: the file that its settings name; else
 * the one of a syslog daemon, /var/log/mail.log or /var/log/maillog, where it
 * was written to since the instance was bound; else the journal.
 */

#define MAILLOG_FILE "deliveries"	/* in the instance's folder */
#define MAILLOG_WINDOW_S 86400		/* nothing older counts */
#define MAILLOG_READ_MAX (4 * 1024 * 1024)	/* of a log, at once */
#define MAILLOG_TIMEOUT_MS 3000		/* enough, where there is enough time */

/**
 * Add to a verdict, before it is judged, what deliveries since the instance
 * was bound, and within MAILLOG_WINDOW_S, say about us. `record_path` is where
 * maillog_follow left what it found and how far it read; it is read on from
 * there, and nothing is kept. `timeout_ms` is how long journalctl may take,
 * where it must be asked. Never fails: what could not be read, or was too
 * much, is a sentence in `notice`, else that is "".
 */
void maillog_collect(const struct state *state, const char *record_path,
		     int64_t timeout_ms, struct verdict *verdict,
		     struct why *notice);

/**
 * Read on in the same way, and keep it in the record. A notice that was kept
 * already is not said again. Does what is kept now say something else of us
 * than before (deliveries_differ)?
 */
bool maillog_follow(const struct state *state, const char *record_path,
		    int64_t timeout_ms, struct why *notice);

/**
 * Add to a verdict what maillog_follow kept: for the guard, which may read the
 * record and not the log. `notice` as above.
 */
void maillog_recall(const struct state *state, const char *record_path,
		    struct verdict *verdict, struct why *notice);

/**
 * The first delivery that a mail server outside accepted since the instance
 * was bound, as far as the last call read the log. false: none was.
 */
bool maillog_first(const char *record_path, struct delivery *ret);

/**
 * The same as maillog_collect of one file from its begin, whatever instance
 * and host wrote it, nothing kept; its last MAILLOG_READ_MAX bytes if it is
 * longer. `names` are values of syslog_name, `sender_domains` those that are
 * ours; words. 0, or -errno when the file cannot be read.
 */
int maillog_collect_file(const char *path, const char *names,
			 const char *sender_domains, struct verdict *verdict,
			 struct why *why);
