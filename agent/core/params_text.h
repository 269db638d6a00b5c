/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/params.h"

/*
 * The parameters as the agent was given them, unchecked, written down for the
 * guard, which has no part in the agent's environment and must know them again
 * when it was restarted: a line "bindback-params 1", lines "key value", "end".
 */

#define PARAMS_TEXT_MAX (128 * 1024)

/** Owns its texts. */
struct params_text {
	char *node;		/* the cluster's name of this node; "": not
				 * known */
	char *resource;		/* its id, as the cluster has it */
	bool promotable;	/* a clone with two roles */
	char **values;		/* by params_name; NULL: not set */
};

/** Append the file's text: `get` is asked for each parameter. */
void params_text_print(params_get_fn *get, void *ctx, const char *node,
		       const char *resource, bool promotable, struct buf *out);

/**
 * Read it. Keys that are not known here are skipped. 0, and `ret` is the
 * caller's (params_text_done); -EFBIG, -EPROTONOSUPPORT, -EINVAL as
 * state_parse.
 */
int params_text_parse(struct span text, struct params_text *ret,
		      struct why *why);
/** NULL-safe, and safe on a zeroed one. */
void params_text_done(struct params_text *text);

/** A params_get_fn; `ctx` is the struct params_text. */
const char *params_text_get(void *ctx, const char *name);
