/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status/facts.h"

#include <inttypes.h>

#include "base/timetext.h"
#include "core/verdict/verdict_table.h"

#define MS_PER_S 1000

enum status_tone status_tone_of(enum verdict_status status)
{
	switch (status) {
	case VERDICT_VERIFIED:
		return TONE_GOOD;
	case VERDICT_FAILED:
		return TONE_BAD;
	case VERDICT_DEGRADED:
	case VERDICT_UNKNOWN:
		break;
	}
	return TONE_WEAK;
}

/* Begin one; its text goes into what is returned. */
static struct buf *fact(struct status_facts *facts, const char *label,
			enum status_tone tone)
{
	struct status_fact *item = &facts->items[facts->count++];

	item->label = label;
	item->tone = tone;
	buf_init(&item->text);
	return &item->text;
}

static const char *known(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

void status_head_text(const struct status *status, struct buf *out)
{
	const struct identity *id = NULL;

	if (status->state)
		id = &status->state->identity;
	else if (status->view && status->view->identity.count)
		id = &status->view->identity;
	buf_puts(out, status->id);
	if (!id)
		return;
	buf_puts(out, ": ");
	verdict_identity_text(id, out);
}

void status_node_name(const struct guard_view *view, uint32_t node,
		      struct buf *out)
{
	for (size_t i = 0; i < view->node_count; i++)
		if (view->nodes[i].node == node && *view->nodes[i].name) {
			buf_puts(out, view->nodes[i].name);
			return;
		}
	buf_printf(out, "node %" PRIu32, node);
}

/* It goes over to an upgrade by itself, and where it cannot its keeper says in
 * the log why. */
static void tell_version(const struct status *status,
			 const struct guard_view *view, struct buf *out)
{
	buf_printf(out, ", of %s%s; this is %s",
		   *view->version ? "version " : "an older version",
		   view->version, status->version);
}

static void tell_guard(const struct status *status, struct status_facts *facts)
{
	const struct guard_view *view = status->view;
	bool tells = status_guard_tells(status);
	struct buf *out;

	if (status->guard == STATUS_GUARD_NONE)
		return;
	out = fact(facts, "guard", !tells ? TONE_BAD :
				   status_guard_differs(status) ? TONE_WEAK :
								  TONE_PLAIN);
	switch (status->guard) {
	case STATUS_GUARD_NONE:
	case STATUS_GUARD_RUNS:
		buf_printf(out, "process %" PRId64 "%s", status->guard_pid,
			   tells ? "" : view ? ", WHICH IS SILENT" :
			   ", which has written nothing yet");
		if (view && status_guard_differs(status))
			tell_version(status, view, out);
		break;
	case STATUS_GUARD_GONE:
		buf_puts(out, "IS GONE: no process holds its lock");
		if (status->guard_why)
			buf_printf(out, "; %s", status->guard_why);
		break;
	case STATUS_GUARD_UNKNOWN:
		buf_puts(out, known(status->guard_why, "cannot be asked"));
		break;
	}
	if (!view || tells)
		return;
	buf_puts(out, "; what it knew is of ");
	if (view->time_s > status->now_s)
		buf_puts(out, "a time to come by this node's clock");
	else
		buf_printf(out, "%s ago",
			   age_text(status->now_s - view->time_s).s);
}

static void tell_status(const struct status *status,
			struct status_facts *facts)
{
	const char *phrase;
	enum verdict_status verdict = status_judge_why(status, &phrase);
	struct buf *out;

	if (status->guard == STATUS_GUARD_NONE)
		return;
	out = fact(facts, "status", status_tone_of(verdict));
	buf_puts(out, verdict_status_text(verdict));
	if (phrase)
		buf_printf(out, ": %s", phrase);
}

static void tell_owner(const struct status *status, struct status_facts *facts)
{
	const struct guard_view *view = status->view;
	bool known_now = status_owner_known(status);
	struct buf *out;

	if (view->observe)
		return;
	out = fact(facts, "owner", known_now && view->owner.node ? TONE_PLAIN :
								   TONE_WEAK);
	if (!known_now)
		buf_puts(out, "not known");
	else if (!view->owner.node)
		buf_puts(out, "no node");
	if (view->owner.node) {
		if (!known_now)
			buf_puts(out, "; last told was ");
		status_node_name(view, view->owner.node, out);
		if (view->owner.node == view->self)
			buf_puts(out, ", this node");
	}
}

static void tell_role(const struct status *status, struct status_facts *facts)
{
	const struct guard_view *view = status->view;
	bool plain = (view->own == OWN_NONE || view->own == OWN_OWNER) &&
		     status_guard_tells(status);
	struct buf *out = fact(facts, "here",
			       view->own == OWN_LOST ? TONE_BAD :
			       plain ? TONE_PLAIN : TONE_WEAK);

	status_node_name(view, view->self, out);
	switch (view->own) {
	case OWN_NONE:
		buf_puts(out, view->observe ?
			 ", which observes and never binds" : ", standby");
		break;
	case OWN_CLAIMING:
		buf_puts(out, ", claiming: not granted yet");
		break;
	case OWN_WAITING:
		buf_puts(out, ", claiming: until the former owner gives up");
		break;
	case OWN_OWNER:
		buf_puts(out, ", owner");
		break;
	case OWN_HOLDING:
		buf_puts(out, view->connected ?
			 ", owner until now; others have joined and do not "
			 "confirm it yet" :
			 ", owner until corosync was gone");
		break;
	case OWN_LOST:
		buf_puts(out, ", which HAS LOST its claim to another node");
		break;
	}
	if (!status_guard_tells(status))
		buf_puts(out, ", when that was written");
}

static const char *quorum_phrase(const struct guard_view *view)
{
	switch (view->quorum) {
	case QUORUM_STATE_YES:
		return "with quorum";
	case QUORUM_STATE_NO:
		return "WITHOUT QUORUM";
	case QUORUM_STATE_UNKNOWN:
		return "quorum not known yet";
	case QUORUM_STATE_UNUSED:
		break;
	}
	return "no quorum in use";
}

static void tell_cluster(const struct status *status,
			 struct status_facts *facts)
{
	const struct guard_view *view = status->view;
	bool good = view->connected && view->synced &&
		    view->quorum != QUORUM_STATE_NO &&
		    view->quorum != QUORUM_STATE_UNKNOWN;
	struct buf *out = fact(facts, "cluster", good ? TONE_PLAIN : TONE_WEAK);
	size_t members = 0;

	if (!view->connected) {
		buf_puts(out, "NOT CONNECTED to corosync: what other nodes do "
			 "is not known");
		return;
	}
	for (size_t i = 0; i < view->node_count; i++)
		members += view->nodes[i].member;
	buf_printf(out, "connected, %s; ring %" PRIu32 ".%" PRIx64
		   ", %zu guard%s", quorum_phrase(view), view->view.ring.node,
		   view->view.ring.seq, members, members == 1 ? "" : "s");
	if (!view->synced)
		buf_puts(out, ", which have not all said hello yet");
}

static void tell_bound(const struct status *status, struct status_facts *facts)
{
	const struct state *state = status->state;
	struct buf *out;

	if (!state) {
		out = fact(facts, "bound", TONE_PLAIN);
		buf_puts(out, status->state_why ? status->state_why :
						  "not on this node");
		return;
	}
	out = fact(facts, "bound", status->running ? TONE_PLAIN : TONE_BAD);
	buf_printf(out, "since %s, %s; %s, process %" PRId64 "%s",
		   time_text(state->bound_since_s).s,
		   age_text(status->now_s - state->bound_since_s).s,
		   known(state->mta, "mail system"), state->master_pid,
		   status->running ? "" : " IS GONE");
}

static void tell_held(const struct status *status, struct buf *out)
{
	const struct state *state = status->state;

	buf_printf(out, "HELD for %s: %s",
		   age_text(status->now_s - state->held_since_s).s,
		   known(state->hold_reason, "until the first verdict"));
	if (state->hold_max_ms)
		buf_printf(out, "; released after %s at the latest",
			   age_text(state->hold_max_ms / MS_PER_S).s);
}

/* Of another node it is known as of its verdict. */
static void tell_sending(const struct status *status,
			 struct status_facts *facts)
{
	const struct guard_view *view = status->view;
	bool held = status->state ? status->state->held : view->verdict.held;
	struct buf *out = fact(facts, "sending", held ? TONE_WEAK : TONE_PLAIN);

	if (status->state && held)
		tell_held(status, out);
	else
		buf_puts(out, held ? "HELD" :
			 "released: mail to remotes is delivered");
	if (!status->state)
		buf_puts(out, ", as of the verdict");
}

static void tell_verdict(const struct status *status,
			 struct status_facts *facts)
{
	struct status_verdict verdict;
	struct buf *out;

	status_verdict_of(status, &verdict);
	out = fact(facts, "verdict",
		   !verdict.time_s || verdict.old || !verdict.current ||
		   (verdict.guards && !status_guard_tells(status)) ?
		   TONE_WEAK : status_tone_of(verdict.status));
	if (!verdict.time_s) {
		buf_puts(out, "none yet");
		return;
	}
	buf_puts(out, verdict_status_text(verdict.status));
	if (verdict.blame != BLAME_NONE)
		buf_printf(out, ", %s", blame_text(verdict.blame));
	buf_printf(out, ", %s ago", age_text(status->now_s - verdict.time_s).s);
	if (!verdict.current)
		buf_puts(out, " (older than the last change of owner)");
	if (verdict.old)
		buf_printf(out, " (too old: wanted is one every %s)",
			   age_text(verdict.interval_ms / MS_PER_S).s);
	if (verdict.summary)
		buf_printf(out, ": %s", verdict.summary);
	if (verdict.more)
		buf_printf(out, " (and %zu more)", verdict.more);
}

static void tell_next(const struct status *status, struct status_facts *facts)
{
	const struct state_verdict *verdict = &status->state->verdict;
	bool guarded = status->view && status_guard_tells(status) &&
		       status->view->due_s;
	int64_t due_s = guarded ? status->view->due_s : verdict->due_s;
	int64_t wait_s = due_s - status->now_s;
	struct buf *out;

	if (!guarded && !verdict->time_s)
		return;
	out = fact(facts, "next", TONE_PLAIN);
	buf_puts(out, "verification due ");
	if (wait_s > 0)
		buf_printf(out, "in %s", age_text(wait_s).s);
	else
		buf_puts(out, "now");
	if (due_s == verdict->due_s && verdict->due_clears)
		buf_puts(out, ", as a stale answer clears");
}

static void tell_event(const struct status *status, struct status_facts *facts)
{
	const struct guard_view *view = status->view;

	if (*view->event)
		buf_printf(fact(facts, "event", TONE_PLAIN), "%s ago: %s",
			   age_text(status->now_s - view->event_s).s,
			   view->event);
}

void status_facts_of(const struct status *status, struct status_facts *ret)
{
	const struct guard_view *view = status->view;

	*ret = (struct status_facts){ .count = 0 };
	tell_status(status, ret);
	if (!status_guard_tells(status))
		tell_guard(status, ret);
	if (view)
		tell_owner(status, ret);
	if (view)
		tell_role(status, ret);
	tell_bound(status, ret);
	if (status->state ||
	    (view && view->verdict.time_s && !view->observe))
		tell_sending(status, ret);
	if (status->state || view)
		tell_verdict(status, ret);
	if (status->state)
		tell_next(status, ret);
	if (status->state && status->state->last_notice)
		buf_puts(fact(ret, "notice", TONE_WEAK),
			 status->state->last_notice);
	if (view)
		tell_cluster(status, ret);
	if (status_guard_tells(status))
		tell_guard(status, ret);
	if (view)
		tell_event(status, ret);
}

void status_facts_done(struct status_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		buf_done(&facts->items[i].text);
	*facts = (struct status_facts){ .count = 0 };
}
