/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/why.h"

/** A program to run: an argument vector, never a shell. */
struct run_spec {
	const char *const *argv;	/* argv[0] is a path; NULL ends */
	const char *const *envp;	/* the whole environment; NULL ends */
	const char *cwd;		/* NULL: as it is */
	int64_t timeout_ms;		/* then it is killed */
	size_t output_limit;		/* more output than this is dropped */
};

struct run_result {
	int exit_status;	/* 0..255, or 128 + signal */
	struct buf out;		/* its standard output */
	struct buf err;		/* its standard error */
};

/**
 * Run and wait. It gets no terminal input and none of our descriptors. What it
 * started and left behind in its process group is its own business, but the
 * output is read only until the program itself ends.
 * 0 when it ran (look at exit_status); -ENOENT, -EACCES ... when it could not
 * be started; -ETIMEDOUT when it was killed at the timeout (and left alone
 * when it hangs in the kernel all the same). `ret` is made only on 0.
 */
int run(const struct run_spec *spec, struct run_result *ret, struct why *why);

/**
 * The same in two halves, with other work between them. What `spec` points to
 * must last until then, and its time counts from the begin. `ret` ends with
 * run_finish.
 */
struct running;
int run_begin(const struct run_spec *spec, struct running **ret,
	      struct why *why);
int run_finish(struct running *running, struct run_result *ret,
	       struct why *why);
void run_result_done(struct run_result *result);
