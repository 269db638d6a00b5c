/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "io/instance.h"

/**
 * Show the status of one instance, or (NULL) of all, on the whole terminal
 * until "q" is pressed or a signal ends it: drawn anew when what agent or guard
 * wrote changes, and each second, as ages grow. Returns the exit status of what
 * was shown last; STATUS_USAGE where standard output is no terminal.
 */
int status_watch(const char *command, const struct instance *only);
