/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/why.h"
#include "core/state.h"

/**
 * The processes of one mail system on this node. They are told by what they
 * execute and where they work, never by a pid file: a file may be stale, or
 * lie on storage that nodes share.
 */
struct mta_place {
	char spool_dir[PATH_MAX];	/* working folder of them all; "": it
					 * is not known, only a master that
					 * reads overlay_dir is looked for */
	char program_dir[PATH_MAX];	/* what they execute is in here; "":
					 * where distributions put it */
	char overlay_dir[PATH_MAX];	/* a bound master's MAIL_CONFIG */
	int64_t owner;			/* user that its processes run as, if
					 * not root; -1: any */
};

/** From the record of a bound instance. Touches no file: the storage that the
 *  record names may hang. */
void mta_place_of_state(const struct state *state, struct mta_place *ret);

/**
 * Without a record: where the parameters say that it would run, by the text
 * of main.cf in `config_dir` (NULL: Postfix's default folder, whose default
 * queue stands in when there is no main.cf). What that does not tell plainly
 * is left unknown rather than guessed: another mail system may be there.
 */
void mta_place_of_config(const char *config_dir, const char *overlay_dir,
			 struct mta_place *ret);

#define MTA_PROCESSES_MAX 4096

struct mta_processes {
	pid_t *masters;
	size_t master_count;
	pid_t *others;
	size_t other_count;
};

/** Look through /proc. 0 or -errno. */
int mta_find(const struct mta_place *place, struct mta_processes *ret,
	     struct why *why);
void mta_processes_done(struct mta_processes *processes);

/**
 * End them all, and what they have started: SIGTERM to the masters, SIGKILL to
 * what is left after `term_ms` (at once to a master that is stopped by a
 * signal), until none is left or `deadline_ms` (clock_ms) has come. 0: none
 * is left, looked at again afterwards; -EBUSY: some are, the reason names
 * one; -errno: it could not be told, and so is not claimed.
 */
int mta_end(const struct mta_place *place, int64_t term_ms,
	    int64_t deadline_ms, struct why *why);
