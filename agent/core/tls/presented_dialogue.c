/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/presented_dialogue.h"

#include <stdio.h>

static enum outcome end_outcome(enum dialogue_end end)
{
	switch (end) {
	case DIALOGUE_ANSWERED:
	case DIALOGUE_CLOSED:
		return OUTCOME_INCONCLUSIVE;
	case DIALOGUE_REFUSED:
	case DIALOGUE_UNREACHABLE:
		return OUTCOME_UNREACHABLE;
	case DIALOGUE_TIMEOUT:
		return OUTCOME_TIMEOUT;
	case DIALOGUE_MALFORMED:
		return OUTCOME_MALFORMED;
	}
	return OUTCOME_INCONCLUSIVE;
}

/* "timed out", "refused: said ...", "421 said ..." */
static void put_cause(struct presented *presented,
		      const struct dialogue_result *result)
{
	char text[DIALOGUE_SAID_MAX + 64];

	if (result->end == DIALOGUE_ANSWERED)
		(void)snprintf(text, sizeof(text), "%u %s", result->code,
			       result->said);
	else
		(void)snprintf(text, sizeof(text), "%s%s%s",
			       dialogue_end_text(result->end),
			       result->said[0] ? ": " : "", result->said);
	presented_fail(presented, presented->what, text);
}

bool presented_by_dialogue(struct presented *presented,
			   const struct dialogue_result *result)
{
	bool accepted = result->end == DIALOGUE_ANSWERED &&
			result->class == REPLY_ACCEPTED;

	presented->latency_ms = result->latency_ms;
	presented->outcome = end_outcome(result->end);
	presented->what = PRESENTED_UNKNOWN;
	if (accepted && result->step == DIALOGUE_STARTTLS)
		return true;
	if (accepted && result->step == DIALOGUE_EHLO)
		presented->what = PRESENTED_NONE;
	else if (result->end == DIALOGUE_ANSWERED &&
		 result->step == DIALOGUE_STARTTLS)
		presented->what = PRESENTED_BROKEN;
	put_cause(presented, result);
	return false;
}
