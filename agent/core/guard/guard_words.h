/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/span.h"
#include "core/guard/claims.h"
#include "core/guard/preflight.h"

/*
 * The words that ownership_text and its like print, read back. Each: 0, or
 * -EINVAL for a word that none of them prints.
 */
int ownership_parse(struct span word, enum ownership *ret);
int quorum_state_parse(struct span word, enum quorum_state *ret);
int preflight_check_parse(struct span word, enum preflight_check *ret);
