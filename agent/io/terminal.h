/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <termios.h>

#include "base/why.h"

/**
 * The whole terminal of this process: another screen than its shell's, without
 * cursor, with keys read as they are pressed and not shown.
 */
struct terminal {
	int out;
	int in;			/* -1: standard input is not this terminal */
	struct termios before;
};

/** Take over standard output's. 0, -ENOTTY: it is none; -errno. */
int terminal_open(struct terminal *ret, struct why *why);
/** As big as it is now; 24 by 80 when that is not known. */
void terminal_size(const struct terminal *terminal, unsigned int *ret_rows,
		   unsigned int *ret_columns);
/** Write it all, in one piece where the terminal takes that. 0 or -errno. */
int terminal_put(const struct terminal *terminal, const char *bytes,
		 size_t len);
/** Give it back as it was. */
void terminal_close(const struct terminal *terminal);
