/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/**
 * Copy `len` bytes of `src` into `ret`, making them safe to show: printable
 * ASCII and well-formed UTF-8 beyond the C1 controls stay (but U+FFFE and
 * U+FFFF, which no XML can hold, do not), anything else becomes \xNN. The
 * result is always terminated; what does not fit in `size` (at least 1) is
 * left out.
 */
void printable(const char *src, size_t len, char *ret, size_t size);
