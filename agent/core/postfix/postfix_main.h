/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"

/** One parameter of main.cf. */
struct main_param {
	char *name;
	char *value;		/* as written, continuation lines and all */
	unsigned int line;	/* 0: set by us */
};

/** main.cf, postconf(5), in the order of the file. Owns its texts. */
struct main_cf {
	struct main_param *params;
	size_t count;
};

/**
 * Read main.cf; `file` names it in reasons. 0, or -EINVAL with file:line,
 * what was found and what is wanted; `ret` is made only on 0.
 */
int main_parse(const char *file, struct span text, struct main_cf *ret,
	       struct why *why);
void main_done(struct main_cf *cf);

/** The parameter that counts (Postfix takes the last), or NULL. */
const struct main_param *main_find(const struct main_cf *cf, const char *name);
void main_drop(struct main_cf *cf, const char *name);
/** Drop every `name` and put ours at the end. */
void main_set(struct main_cf *cf, const char *name, const char *value);

/** main.cf again: what the admin wrote, then what main_set put there. */
void main_print(const struct main_cf *cf, struct buf *out);

/**
 * The value of a parameter in the output of `postconf -x` ("name = value" a
 * line), trimmed; a span of p == NULL when it is not there.
 */
struct span effective_find(struct span text, const char *name);
