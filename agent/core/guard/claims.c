/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/claims.h"

#include <assert.h>
#include <string.h>

static const struct claim nobody;

void claims_init(struct claims *claims, uint32_t self, bool require_quorum)
{
	*claims = (struct claims){
		.self = self,
		.require_quorum = require_quorum,
	};
}

static struct claims_member *find(struct claims *claims, uint32_t node)
{
	for (size_t i = 0; i < claims->member_count; i++)
		if (claims->members[i].node == node)
			return &claims->members[i];
	return NULL;
}

static struct msg *post(struct claims *claims, enum msg_type type,
			struct claims_output *out)
{
	struct msg *msg = &out->send[out->send_count++];

	assert(out->send_count <= CLAIMS_SEND_MAX);
	*msg = (struct msg){ .type = type, .view = claims->view };
	return msg;
}

static void send_hello(struct claims *claims, struct claims_output *out)
{
	struct msg *msg = post(claims, MSG_HELLO, out);

	msg->hello.index = claims->index;
	if (claims->own == OWN_OWNER || claims->own == OWN_HOLDING)
		msg->hello.claim = claims->own_claim;
}

static void give_up(struct claims *claims, const struct claim *claim,
		    struct claims_output *out)
{
	if (claims->connected)
		post(claims, MSG_RELEASE, out)->about = *claim;
}

static void answer(struct claims *claims, enum claims_answer answer,
		   struct claims_output *out)
{
	if (claims->deadline_ms)
		out->answer = answer;
	claims->deadline_ms = 0;
}

static void become(struct claims *claims, enum ownership own,
		   struct claims_output *out)
{
	claims->own = own;
	claims->sent = false;
	out->changed = true;
}

static void become_owner(struct claims *claims, const struct claim *claim,
			 struct claims_output *out)
{
	become(claims, OWN_OWNER, out);
	claims->own_claim = *claim;
	answer(claims, CLAIMS_GRANTED, out);
}

/* What was asked for is not to be had. */
static void refuse(struct claims *claims, enum claims_answer why,
		   struct claims_output *out)
{
	become(claims, OWN_NONE, out);
	answer(claims, why, out);
}

/* What we guard runs, and is another node's now. */
static void lose(struct claims *claims, struct claims_output *out)
{
	become(claims, OWN_LOST, out);
	answer(claims, CLAIMS_OVERTAKEN, out);
}

/* Without corosync there is nobody to ask, and nobody who would know. */
static void claim_alone(struct claims *claims, struct claims_output *out)
{
	const struct claim alone = { .node = claims->self };

	claims->holder = alone;
	become_owner(claims, &alone, out);
}

/* Quorum as of this very ring: a claim must not go by that of an earlier
 * one. */
static enum quorum_state quorum_here(const struct claims *claims)
{
	return ring_equal(&claims->quorum_ring, &claims->view.ring) ?
		       claims->quorum : QUORUM_STATE_UNKNOWN;
}

/* Send our claim when it can count. Who resumes goes on asking: what it
 * guards runs already. */
static void try_claim(struct claims *claims, struct claims_output *out)
{
	enum quorum_state quorum = quorum_here(claims);
	struct msg *msg;

	if (claims->own != OWN_CLAIMING || !claims->synced || claims->sent)
		return;
	if (claims->require_quorum && quorum == QUORUM_STATE_NO &&
	    !claims->resume)
		refuse(claims, CLAIMS_NO_QUORUM, out);
	if (claims->require_quorum && (quorum == QUORUM_STATE_NO ||
				       quorum == QUORUM_STATE_UNKNOWN))
		return;
	msg = post(claims, MSG_CLAIM, out);
	msg->claim.resume = claims->resume;
	msg->claim.quorate = quorum == QUORUM_STATE_YES ||
			     quorum == QUORUM_STATE_UNUSED;
	claims->sent = true;
}

/* Everyone has said hello: at this place in the order all members know the
 * same claims, and the newest is the owner's. */
static void sync_view(struct claims *claims, struct claims_output *out)
{
	claims->synced = true;
	claims->holder = claims->claimant = nobody;
	out->changed = true;
	for (size_t i = 0; i < claims->member_count; i++)
		if (claim_compare(&claims->members[i].claim,
				  &claims->holder) > 0)
			claims->holder = claims->members[i].claim;
	for (size_t i = 0; i < claims->member_count; i++)
		if (claims->members[i].node != claims->holder.node)
			claims->members[i].claim = nobody;
	if (claims->own == OWN_OWNER || claims->own == OWN_HOLDING) {
		if (claims->holder.node == claims->self)
			become_owner(claims, &claims->holder, out);
		else
			lose(claims, out);
	}
	try_claim(claims, out);
}

static bool was_member(struct claims *claims,
		       const struct claims_member *member)
{
	const struct claims_member *was = find(claims, member->node);

	return was && was->pid == member->pid;
}

static bool has_joined(struct claims *claims,
		       const struct claims_member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (members[i].node != claims->self &&
		    !was_member(claims, &members[i]))
			return true;
	return false;
}

void claims_view(struct claims *claims, const struct view_id *view,
		 const struct claims_member *members, size_t count,
		 struct claims_output *out)
{
	const bool same_ring = ring_equal(&view->ring, &claims->view.ring);
	const bool joined = has_joined(claims, members, count);
	/* In another ring all others may have been apart from us: those that
	 * were with us before may have formed one without us in between. */
	const bool meets = joined || (count > 1 && !same_ring);

	assert(count <= GUARD_NODES_MAX);
	if (claims->connected && view_equal(view, &claims->view))
		return;		/* others would not say hello again */
	if (!same_ring)
		claims->index = 0;
	claims->connected = true;
	claims->gone = false;
	claims->synced = false;
	claims->sent = false;
	claims->view = *view;
	claims->member_count = count;
	for (size_t i = 0; i < count; i++)
		claims->members[i] = (struct claims_member){
			.node = members[i].node, .pid = members[i].pid };
	claims->claimant = nobody;
	if (!find(claims, claims->holder.node))
		claims->holder = nobody;
	if (claims->own == OWN_OWNER && meets)
		claims->own = OWN_HOLDING;
	else if (claims->own == OWN_WAITING)
		claims->own = OWN_CLAIMING;
	out->changed = true;
	out->joined = joined;
	send_hello(claims, out);
}

void claims_disconnected(struct claims *claims, struct claims_output *out)
{
	claims->connected = claims->synced = claims->sent = false;
	claims->gone = true;
	claims->member_count = 0;
	claims->view = (struct view_id){ 0 };
	claims->quorum = QUORUM_STATE_UNKNOWN;
	claims->holder = claims->claimant = nobody;
	out->changed = true;
	switch (claims->own) {
	case OWN_NONE:
	case OWN_LOST:
		break;
	case OWN_CLAIMING:
	case OWN_WAITING:
		if (!claims->require_quorum)
			claim_alone(claims, out);
		else if (!claims->resume)
			refuse(claims, CLAIMS_NO_CLUSTER, out);
		break;
	case OWN_OWNER:
	case OWN_HOLDING:
		claims->holder = claims->own_claim;
		claims->own = OWN_HOLDING;
		break;
	}
}

void claims_quorum(struct claims *claims, enum quorum_state quorum,
		   const struct ring_id *ring, struct claims_output *out)
{
	claims->quorum = quorum;
	claims->quorum_ring = *ring;
	out->changed = true;
	try_claim(claims, out);
}

void claims_require_quorum(struct claims *claims, bool require_quorum,
			   struct claims_output *out)
{
	claims->require_quorum = require_quorum;
	out->changed = true;
	if (claims->connected)
		try_claim(claims, out);
	else if (claims->own == OWN_CLAIMING && !require_quorum)
		claim_alone(claims, out);
}

/* Once all others have come to its place, the claimant owns. */
static void settle(struct claims *claims, struct claims_output *out)
{
	if (!claims->claimant.node)
		return;
	for (size_t i = 0; i < claims->member_count; i++)
		if (claims_awaits(claims, &claims->members[i]))
			return;
	claims->holder = claims->claimant;
	claims->claimant = nobody;
	out->changed = true;
	if (claims->holder.node == claims->self && claims->own == OWN_WAITING)
		become_owner(claims, &claims->holder, out);
}

/* Of two that were delivered in this ring, or before it. */
static bool is_later(const struct claim *claim, const struct claim *than)
{
	return !ring_equal(&claim->ring, &than->ring) ||
	       claim->index > than->index;
}

static void on_yield(struct claims *claims, struct claims_member *from,
		     const struct claim *claim, struct claims_output *out)
{
	/* It has lost, even if the claimant has been overtaken since, or has
	 * given up; but not what it has claimed after that. */
	if (claims->holder.node == from->node &&
	    is_later(claim, &claims->holder)) {
		claims->holder = nobody;
		out->changed = true;
	}
	if (!claim_equal(&claims->claimant, claim))
		return;
	from->yielded = true;
	settle(claims, out);
}

static void on_release(struct claims *claims, struct claims_member *from,
		       const struct claim *claim, struct claims_output *out)
{
	if (claim_equal(&from->claim, claim))
		from->claim = nobody;
	if (claim_equal(&claims->claimant, claim))
		claims->claimant = nobody;
	if (claim_equal(&claims->holder, claim))
		claims->holder = nobody;
	out->changed = true;
}

static void on_hello(struct claims *claims, struct claims_member *from,
		     const struct msg_hello *hello, struct claims_output *out)
{
	bool all = true;

	if (claims->synced)
		return;
	from->greeted = true;
	from->claim = hello->claim.node == from->node ? hello->claim : nobody;
	if (hello->index > claims->index)
		claims->index = hello->index;
	for (size_t i = 0; i < claims->member_count; i++)
		all = all && claims->members[i].greeted;
	if (all)
		sync_view(claims, out);
}

/* A newer claim than any: who waited has done so in vain, who owned has
 * lost. */
static void overtake(struct claims *claims, const struct claim *claim,
		     struct claims_output *out)
{
	const bool own = claim->node == claims->self;

	claims->claimant = *claim;
	for (size_t i = 0; i < claims->member_count; i++)
		claims->members[i].yielded = false;
	if (own)
		return;
	if (claims->own == OWN_WAITING && !claims->resume)
		refuse(claims, CLAIMS_OVERTAKEN, out);
	else if (claims->own == OWN_OWNER || claims->own == OWN_WAITING)
		lose(claims, out);
	post(claims, MSG_YIELD, out)->about = *claim;
}

/* Our own claim has come to its place in the order. */
static void own_delivered(struct claims *claims, const struct claim *claim,
			  struct claims_output *out)
{
	switch (claims->own) {
	case OWN_CLAIMING:
	case OWN_WAITING:
		become(claims, OWN_WAITING, out);
		claims->own_claim = *claim;
		break;
	case OWN_OWNER:
		become_owner(claims, claim, out);
		break;
	case OWN_NONE:
	case OWN_HOLDING:
	case OWN_LOST:
		give_up(claims, claim, out);
		break;
	}
}

/* Who resumes gives way to whoever owns, or is about to. */
static bool gives_way(const struct claims *claims,
		      const struct claims_member *from,
		      const struct msg_claim *msg)
{
	const struct claim *first = claims->holder.node ? &claims->holder :
							  &claims->claimant;

	return msg->resume && first->node && first->node != from->node;
}

static void on_claim(struct claims *claims, struct claims_member *from,
		     const struct msg_claim *msg, struct claims_output *out)
{
	const bool own = from->node == claims->self;
	struct claim claim = {
		.node = from->node,
		.quorate = msg->quorate,
		.ring = claims->view.ring,
	};

	if (!claims->synced)
		return;
	if (gives_way(claims, from, msg)) {
		if (own && claims->own == OWN_CLAIMING)
			lose(claims, out);
		return;
	}
	claim.index = ++claims->index;
	from->claim = claim;
	out->changed = true;
	if (claims->holder.node == from->node && !claims->claimant.node)
		claims->holder = claim;
	else
		overtake(claims, &claim, out);
	if (own)
		own_delivered(claims, &claim, out);
	settle(claims, out);
}

void claims_message(struct claims *claims, uint32_t node,
		    const struct msg *msg, struct claims_output *out)
{
	struct claims_member *from = find(claims, node);

	if (!from || !view_equal(&msg->view, &claims->view))
		return;
	switch (msg->type) {
	case MSG_HELLO:
		on_hello(claims, from, &msg->hello, out);
		break;
	case MSG_CLAIM:
		on_claim(claims, from, &msg->claim, out);
		break;
	case MSG_YIELD:
		on_yield(claims, from, &msg->about, out);
		break;
	case MSG_RELEASE:
		on_release(claims, from, &msg->about, out);
		break;
	case MSG_VERDICT:
	case MSG_PREFLIGHT:
		break;
	}
}

void claims_ask(struct claims *claims, bool resume, int64_t deadline_ms,
		struct claims_output *out)
{
	claims->deadline_ms = deadline_ms;
	switch (claims->own) {
	case OWN_OWNER:
		answer(claims, CLAIMS_GRANTED, out);
		return;
	case OWN_HOLDING:
		if (!claims->connected)
			answer(claims, claims->require_quorum ?
					       CLAIMS_NO_CLUSTER :
					       CLAIMS_GRANTED, out);
		return;
	case OWN_CLAIMING:
	case OWN_WAITING:
		claims->resume = claims->resume && resume;
		return;
	case OWN_NONE:
	case OWN_LOST:
		break;
	}
	become(claims, OWN_CLAIMING, out);
	claims->resume = resume;
	if (!claims->gone)
		try_claim(claims, out);
	else if (!claims->require_quorum)
		claim_alone(claims, out);
	else if (!resume)
		refuse(claims, CLAIMS_NO_CLUSTER, out);
}

void claims_release(struct claims *claims, struct claims_output *out)
{
	switch (claims->own) {
	case OWN_NONE:
	case OWN_LOST:
	case OWN_CLAIMING:	/* one that is on its way is released when it
				 * has come */
		break;
	case OWN_WAITING:
	case OWN_OWNER:
	case OWN_HOLDING:
		give_up(claims, &claims->own_claim, out);
		break;
	}
	if (!claims->connected)
		claims->holder = nobody;
	refuse(claims, CLAIMS_WITHDRAWN, out);
}

void claims_tick(struct claims *claims, int64_t now_ms,
		 struct claims_output *out)
{
	if (!claims->deadline_ms || now_ms < claims->deadline_ms)
		return;
	switch (claims->own) {
	case OWN_WAITING:
		give_up(claims, &claims->own_claim, out);
		refuse(claims, CLAIMS_LATE, out);
		break;
	case OWN_CLAIMING:
		refuse(claims, CLAIMS_LATE, out);
		break;
	case OWN_NONE:
	case OWN_OWNER:
	case OWN_HOLDING:
	case OWN_LOST:
		answer(claims, CLAIMS_LATE, out);
		break;
	}
}
