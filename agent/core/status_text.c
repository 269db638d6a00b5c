/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/status_text.h"

#include <inttypes.h>

#include "base/timetext.h"
#include "core/verdict/verdict_table.h"

#define MS_PER_S 1000

static bool is_stale(const struct status *status)
{
	const struct state *state = status->state;
	int64_t interval_s = state->verify_interval_ms / MS_PER_S;
	int64_t age_s = status->now_s - state->verdict.time_s;

	return interval_s && age_s / 2 >= interval_s;
}

enum verdict_status status_judge(const struct status *status)
{
	if (!status->running)
		return VERDICT_FAILED;
	if (!status->state->verdict.time_s || is_stale(status))
		return VERDICT_UNKNOWN;
	return status->state->verdict.status;
}

static const char *known(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

static void put_bound(const struct status *status, struct buf *out)
{
	const struct state *state = status->state;

	buf_printf(out, "  bound    since %s, %s",
		   time_text(state->bound_since_s).s,
		   age_text(status->now_s - state->bound_since_s).s);
	buf_printf(out, "; %s, ", known(state->mta, "mail system"));
	if (status->running)
		buf_printf(out, "process %" PRId64 "\n", state->master_pid);
	else
		buf_printf(out, "process %" PRId64 " IS GONE\n",
			   state->master_pid);
}

static void put_sending(const struct status *status, struct buf *out)
{
	const struct state *state = status->state;

	if (!state->held) {
		buf_puts(out, "  sending  released: mail to remotes is "
			 "delivered\n");
		return;
	}
	buf_printf(out, "  sending  HELD for %s: %s",
		   age_text(status->now_s - state->held_since_s).s,
		   known(state->hold_reason, "until the first verdict"));
	if (state->hold_max_ms)
		buf_printf(out, "; released after %s at the latest",
			   age_text(state->hold_max_ms / MS_PER_S).s);
	buf_puts(out, "\n");
}

static void put_verdict(const struct status *status, struct buf *out)
{
	const struct state_verdict *verdict = &status->state->verdict;

	buf_puts(out, "  verdict  ");
	if (!verdict->time_s) {
		buf_puts(out, "none yet\n");
		return;
	}
	buf_puts(out, verdict_status_text(verdict->status));
	if (verdict->blame != BLAME_NONE)
		buf_printf(out, ", %s", blame_text(verdict->blame));
	buf_printf(out, ", %s ago",
		   age_text(status->now_s - verdict->time_s).s);
	if (is_stale(status))
		buf_printf(out, " (too old: wanted is one every %s)",
			   age_text(status->state->verify_interval_ms /
				    MS_PER_S).s);
	if (verdict->summary)
		buf_printf(out, ": %s", verdict->summary);
	buf_puts(out, "\n");
}

static void put_next(const struct status *status, struct buf *out)
{
	const struct state_verdict *verdict = &status->state->verdict;
	int64_t wait_s = verdict->due_s - status->now_s;

	if (!verdict->time_s)
		return;
	buf_puts(out, "  next     verification due ");
	if (wait_s > 0)
		buf_printf(out, "in %s", age_text(wait_s).s);
	else
		buf_puts(out, "now");
	buf_puts(out, verdict->due_clears ? ", as a stale answer clears\n" :
					    "\n");
}

void status_text_print(const struct status *status, struct buf *out)
{
	buf_printf(out, "%s: ", status->id);
	verdict_identity_text(&status->state->identity, out);
	buf_puts(out, "\n");
	put_bound(status, out);
	put_sending(status, out);
	put_verdict(status, out);
	put_next(status, out);
	if (status->state->last_notice)
		buf_printf(out, "  notice   %s\n", status->state->last_notice);
}
