/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard_words.h"

#include <errno.h>

int ownership_parse(struct span word, enum ownership *ret)
{
	for (enum ownership i = OWN_NONE; i <= OWN_LOST; i++)
		if (span_equals(word, ownership_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int quorum_state_parse(struct span word, enum quorum_state *ret)
{
	for (enum quorum_state i = QUORUM_STATE_UNKNOWN;
	     i <= QUORUM_STATE_UNUSED; i++)
		if (span_equals(word, quorum_state_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int preflight_check_parse(struct span word, enum preflight_check *ret)
{
	for (enum preflight_check i = PREFLIGHT_NAMESERVER;
	     i < PREFLIGHT_CHECKS; i++)
		if (span_equals(word, preflight_check_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}
