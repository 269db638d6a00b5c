/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/claims.h"

const char *ownership_text(enum ownership own)
{
	static const char *const texts[] = {
		[OWN_NONE] = "none",
		[OWN_CLAIMING] = "claiming",
		[OWN_WAITING] = "waiting",
		[OWN_OWNER] = "owner",
		[OWN_HOLDING] = "unconfirmed",
		[OWN_LOST] = "lost",
	};

	return texts[own];
}

const char *quorum_state_text(enum quorum_state quorum)
{
	static const char *const texts[] = {
		[QUORUM_STATE_UNKNOWN] = "unknown",
		[QUORUM_STATE_YES] = "yes",
		[QUORUM_STATE_NO] = "no",
		[QUORUM_STATE_UNUSED] = "unused",
	};

	return texts[quorum];
}

const char *claims_answer_text(enum claims_answer answer)
{
	static const char *const texts[] = {
		[CLAIMS_NO_ANSWER] = "the claim is not answered yet",
		[CLAIMS_GRANTED] = "the claim is granted",
		[CLAIMS_NO_CLUSTER] = "require_quorum: corosync cannot be "
				      "reached, so nobody knows whether the "
				      "addresses are served elsewhere",
		[CLAIMS_NO_QUORUM] = "require_quorum: this partition has no "
				     "quorum, so the addresses may be served "
				     "elsewhere",
		[CLAIMS_OVERTAKEN] = "another node has a newer claim to the "
				     "identity",
		[CLAIMS_LATE] = "the claim was not granted in time: a guard "
				"of the group does not answer",
		[CLAIMS_WITHDRAWN] = "the claim was given up meanwhile",
	};

	return texts[answer];
}
