/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/claims.h"

bool claims_awaits(const struct claims *claims,
		   const struct claims_member *member)
{
	if (!claims->synced)
		return !member->greeted;
	return claims->claimant.node && !member->yielded &&
	       member->node != claims->claimant.node;
}

bool claims_may_send(const struct claims *claims)
{
	if (claims->own != OWN_OWNER && claims->own != OWN_HOLDING)
		return false;
	if (!claims->require_quorum)
		return true;
	return claims->connected && (claims->quorum == QUORUM_STATE_YES ||
				     claims->quorum == QUORUM_STATE_UNUSED);
}
