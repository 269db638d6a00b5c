/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/bindbackd.h"
#include "cmd/events.h"
#include "cmd/keeper.h"
#include "core/guard/guard_view.h"
#include "io/maillog.h"
#include "io/netlink.h"
#include "io/verdict_xml.h"

#define PREFLIGHT_TIMEOUT_MS 10000

static void send_msg(struct bindbackd *d, const struct msg *msg)
{
	uint8_t frame[MSG_MAX];
	size_t len;

	if (!d->cluster)
		return;
	len = msg_encode(msg, frame);
	if (cluster_send(d->cluster, frame, len) < 0)
		log_line(LOG_WARNING, "a message to the group is lost: "
			 "corosync does not take any");
}

static void answer(struct bindbackd *d, enum claims_answer answer)
{
	const struct guard_event give_up = { .type = GUARD_GIVE_UP };
	const bool granted = answer == CLAIMS_GRANTED;
	struct control_client *asker = d->asker;
	int r;

	d->asker = NULL;
	if (!asker)
		return;
	r = control_answer(asker, granted ? CONTROL_OK : CONTROL_REFUSED,
			   granted ? NULL :
				     guard_answer_text(d->guard, answer).s);
	/* Killed a moment ago: nothing will be bound. */
	if (r < 0 && granted)
		bindbackd_feed(d, &give_up);
}

static void no_verdict(struct bindbackd *d)
{
	const struct guard_event event = { .type = GUARD_VERIFIED };

	bindbackd_feed(d, &event);
}

/* What the agent, who may read the mail log, noted of it. */
static void recall_deliveries(const struct bindbackd *d,
			      struct verdict *verdict)
{
	char path[PATH_MAX];
	struct why notice = { "" };

	(void)snprintf(path, sizeof(path), "%s/" MAILLOG_FILE,
		       d->instance.dir);
	maillog_recall(&d->record, path, verdict, &notice);
	if (*notice.text)
		log_line(LOG_WARNING, "%s", notice.text);
	verdict_judge(verdict);
}

static void on_verdict(void *ctx, struct verdict *verdict)
{
	struct guard_event event = { .type = GUARD_VERIFIED };
	struct bindbackd *d = ctx;
	struct why why = { "" };

	d->verify = NULL;
	if (!d->bound) {
		verdict_done(verdict);
		no_verdict(d);
		return;
	}
	verdict_done(&d->verdict);
	d->verdict = *verdict;
	if (d->record.mta)
		recall_deliveries(d, &d->verdict);
	events_log_verdict(&d->verdict);
	events_of_verdict(&d->instance, &d->verdict, &d->events);
	bindbackd_save_events(d);
	if (verdict_xml_save(&d->verdict, d->files.verdict, &why) < 0)
		log_line(LOG_WARNING, "the verdict's file stays as it was: %s",
			 why.text);
	event.verdict = &d->verdict;
	bindbackd_feed(d, &event);
}

int bindbackd_addrs(const struct bindbackd *d, bool *ret_here)
{
	const struct identity *id = &d->params.identity;
	struct local_addr here[IDENTITY_ADDRS];
	bool all = true;
	int r = netlink_find_addrs(id->addrs, id->count, here, NULL);

	for (unsigned int i = 0; !r && i < id->count; i++)
		all = all && here[i].ifindex;
	if (!r)
		*ret_here = all;
	return r;
}

static void begin_verify(struct bindbackd *d)
{
	struct verify_request request = {
		.params = &d->params,
		.timeout_ms = d->params.verify_timeout_ms,
		.earlier = d->verdict.time_s ? &d->verdict : NULL,
		.authkey = d->files.authkey,
		.authkey_copied = true,
	};
	struct why why = { "" };

	/* An observer's addresses may leave at any time. */
	(void)bindbackd_addrs(d, &request.from_identity);
	request.mta_runs = request.from_identity;
	verify_cancel(d->verify);
	d->verify = NULL;
	if (!verify_start(d->loop, &request, on_verdict, d, &d->verify, &why))
		return;
	log_line(LOG_WARNING, "the verification could not be made: %s",
		 why.text);
	no_verdict(d);
}

static void checked(struct bindbackd *d, const struct preflight *preflight)
{
	const struct guard_event event = {
		.type = GUARD_CHECKED,
		.preflight = preflight,
	};

	bindbackd_feed(d, &event);
}

static void on_preflight(void *ctx, const struct preflight *preflight)
{
	struct bindbackd *d = ctx;

	d->preflight = NULL;
	checked(d, preflight);
}

/* That nothing could be looked at is unknown, and told as that. */
static void begin_preflight(struct bindbackd *d)
{
	const struct preflight_request request = {
		.params = &d->params,
		.timeout_ms = PREFLIGHT_TIMEOUT_MS,
		.authkey = d->files.authkey,
		.authkey_copied = true,
		.memory = d->memory,
	};
	struct preflight *nothing;
	struct why why = { "" };

	if (!preflight_start(d->loop, &request, on_preflight, d,
			     &d->preflight, &why))
		return;
	log_line(LOG_WARNING, "preflight could not be made: %s", why.text);
	nothing = xcalloc(1, sizeof(*nothing));
	nothing->time_s = clock_wall_s();
	checked(d, nothing);
	free(nothing);
}

void bindbackd_turned(struct bindbackd *d, uint16_t number, bool done)
{
	const struct guard_event event = {
		.type = GUARD_TURNED,
		.turned = { .held = d->turn_held, .done = done },
	};

	if (!d->turning || number != d->turn_number)
		return;
	d->turning = false;
	bindbackd_feed(d, &event);
}

static void begin_turn(struct bindbackd *d, bool held, enum turn_reason reason)
{
	const struct turn turn = {
		.held = held,
		.reason = reason,
		.number = ++d->turn_number,
	};
	uint8_t bytes[TURN_BYTES];

	turn_encode(&turn, bytes);
	d->turning = true;
	d->turn_held = held;
	if (send(KEEPER_FD, bytes, sizeof(bytes),
		 MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof(bytes))
		bindbackd_turned(d, turn.number, false);
}

static void log_event(struct bindbackd *d, const struct guard_view *view)
{
	if (view->event_s == d->logged_event_s &&
	    !strcmp(view->event, d->logged_event))
		return;
	d->logged_event_s = view->event_s;
	strcpy(d->logged_event, view->event);
	log_line(view->own == OWN_LOST ? LOG_ERR : LOG_NOTICE, "%s: %s",
		 d->instance.id, view->event);
}

static void tell(struct bindbackd *d)
{
	struct guard_view *view = xmalloc(sizeof(*view));
	struct why why = { "" };

	guard_tell(d->guard, bindbackd_now(), view);
	(void)snprintf(view->version, sizeof(view->version), "%s",
		       BINDBACK_VERSION);
	log_event(d, view);
	if (guard_view_save(&d->files, view, &why) < 0)
		log_line(LOG_WARNING, "the guard's state cannot be told: %s",
			 why.text);
	free(view);
}

void bindbackd_act(struct bindbackd *d, struct guard_action *action)
{
	switch (action->type) {
	case GUARD_DO_SEND:
		send_msg(d, &action->msg);
		break;
	case GUARD_DO_ANSWER:
		answer(d, action->answer);
		break;
	case GUARD_DO_VERIFY:
		begin_verify(d);
		break;
	case GUARD_DO_PREFLIGHT:
		begin_preflight(d);
		break;
	case GUARD_DO_TURN:
		begin_turn(d, action->turn.held, action->turn.reason);
		break;
	case GUARD_DO_TELL:
		tell(d);
		break;
	case GUARD_DO_SCORE:
		bindbackd_publish(d, action->score);
		break;
	}
}

void bindbackd_act_done(struct bindbackd *d)
{
	verify_cancel(d->verify);
	verdict_done(&d->verdict);
	preflight_cancel(d->preflight);
	preflight_memory_free(d->memory);
	child_cancel(d->publish);
}
