/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

/**
 * What is to be done, as data. Drivers write plans, `bindback plan` prints
 * them, io/apply alone carries them out, step by step, and stops at the first
 * step that fails. A plan owns its texts.
 */
enum plan_op {
	PLAN_DIR,	/* make the folder `path` with `mode` */
	PLAN_FILE,	/* put `text` at `path`, atomically, `age_s` old */
	PLAN_COPY,	/* make `path` a copy of `from`, `age_s` old, unless it
			 * is one; its folder is made when missing */
	PLAN_RUN,	/* run `argv` with `env` in `cwd`, expect status 0; but
			 * not when all of `unless` are there already */
	PLAN_SIGNAL,	/* send `signal` to the MTA's long-lived process, then
			 * wait until its children that run the program
			 * `awaited` have gone, at most timeout_ms */
	PLAN_POKE,	/* after `delay_ms` write `text` to the FIFO or UNIX
			 * stream socket `path`, within timeout_ms; it only
			 * hastens what happens anyway, so one that fails
			 * stops nothing */
};

struct plan_step {
	enum plan_op op;
	char *what;		/* for people: why this step */
	char *path;
	char *from;
	char *text;
	size_t text_len;
	mode_t mode;
	unsigned int age_s;
	int signal;
	char *awaited;		/* without folder; NULL: wait for nobody */
	char **argv;		/* NULL-terminated */
	char **env;		/* NULL-terminated, the whole environment */
	char *cwd;
	char **unless;		/* absolute paths, NULL-terminated; or NULL */
	unsigned int timeout_ms;
	unsigned int delay_ms;
};

struct plan {
	struct plan_step *steps;
	size_t count;
};

/** Add a step and return it for filling in; texts given here are copied. */
struct plan_step *plan_add(struct plan *plan, enum plan_op op,
			   const char *path, const char *what);
/** A copy of a NULL-terminated list of strings: for argv, env, unless. */
char **plan_strings(const char *const *list);
void plan_done(struct plan *plan);

/**
 * Print for people: one line a step, and file contents below it, indented,
 * when `with_text`.
 */
void plan_print(const struct plan *plan, bool with_text, struct buf *out);
