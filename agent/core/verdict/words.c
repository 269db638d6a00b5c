/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/words.h"

#include <errno.h>

int verdict_status_parse(struct span word, enum verdict_status *ret)
{
	for (enum verdict_status i = VERDICT_VERIFIED;
	     i <= VERDICT_UNKNOWN; i++)
		if (span_equals(word, verdict_status_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int blame_parse(struct span word, enum blame *ret)
{
	for (enum blame i = BLAME_NONE; i <= BLAME_PATH; i++)
		if (span_equals(word, blame_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int reason_class_parse(struct span word, enum reason_class *ret)
{
	for (enum reason_class i = REASON_NAME_UNRESOLVED;
	     i <= REASON_NO_ANSWER; i++)
		if (span_equals(word, reason_class_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int vantage_kind_parse(struct span word, enum vantage_kind *ret)
{
	for (enum vantage_kind i = VANTAGE_NSS; i <= VANTAGE_WITNESS; i++)
		if (span_equals(word, vantage_kind_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int reply_class_parse(struct span word, enum reply_class *ret)
{
	for (enum reply_class i = REPLY_NONE; i <= REPLY_INCONCLUSIVE; i++)
		if (span_equals(word, reply_class_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int check_parse(struct span word, enum check *ret)
{
	for (enum check i = CHECK_FORWARD; i <= CHECK_LEGACY; i++)
		if (span_equals(word, check_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int outcome_parse(struct span word, enum outcome *ret)
{
	for (enum outcome i = OUTCOME_MATCH; i <= OUTCOME_NOT_ASKED; i++)
		if (span_equals(word, outcome_text(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}
