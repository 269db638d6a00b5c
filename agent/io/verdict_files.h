/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "core/verdict/verdict.h"
#include "io/instance.h"

/**
 * Read the last verdict of an instance that is bound here: the newer of the
 * one that the agent took over and the guard's own. 0, and `ret` is the
 * caller's (verdict_done); -ENOENT: there is none; else what is wrong with the
 * agent's, where the guard's cannot be read either.
 */
int verdict_files_read(const struct instance *instance, struct verdict *ret,
		       struct why *why);
