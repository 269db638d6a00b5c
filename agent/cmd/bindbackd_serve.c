/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <qb/qbutil.h>

#include "base/log.h"
#include "cmd/bindbackd.h"

#define PROBE_MS 2000	/* between looks for corosync, and for each */

/* The agent asks */

static void on_claim(struct bindbackd *d, struct control_client *client,
		     uint32_t timeout_ms)
{
	const struct guard_event event = {
		.type = GUARD_ASK,
		.ask.deadline_ms = bindbackd_now().ms + timeout_ms,
	};

	if (d->params.mode == MODE_OBSERVE) {
		(void)control_answer(client, CONTROL_REFUSED,
				     "mode=observe claims nothing");
	} else if (d->asker) {
		(void)control_answer(client, CONTROL_REFUSED,
				     "another start asks for the claim "
				     "already");
	} else {
		d->asker = client;
		bindbackd_feed(d, &event);
	}
}

/* What it needs for that, only root can give it. */
static void start_anew(struct bindbackd *d)
{
	log_line(LOG_NOTICE, "the guard is started anew to publish its score");
	d->exit = BINDBACKD_AGAIN;
	qb_loop_stop(d->loop);
}

static int reload(struct bindbackd *d, struct why *why)
{
	struct guard_settings settings;
	struct guard_event event = { .type = GUARD_SETTINGS };
	int r = bindbackd_read_params(d, why);

	if (r < 0)
		return r;
	settings = bindbackd_settings(d, 0);
	event.settings = &settings;
	bindbackd_feed(d, &event);
	if (bindbackd_publishes(d) && !d->may_publish)
		start_anew(d);
	return 0;
}

static void answer(struct control_client *client, int r,
		   const struct why *why)
{
	(void)control_answer(client, r < 0 ? CONTROL_REFUSED : CONTROL_OK,
			     r < 0 ? why->text : NULL);
}

static void unbind(struct bindbackd *d)
{
	const struct guard_event unbound = { .type = GUARD_UNBOUND };

	d->bound = d->resumed = false;
	bindbackd_feed(d, &unbound);
}

static void on_request(void *ctx, struct control_client *client,
		       const struct control_request *request)
{
	struct guard_event event = { .type = GUARD_TICK };
	struct bindbackd *d = ctx;
	struct why why = { "" };
	int r = 0;

	switch (request->op) {
	case CONTROL_CLAIM:
		on_claim(d, client, request->timeout_ms);
		return;
	case CONTROL_PING:
		break;
	case CONTROL_RELEASE:
		/* In this order: what is bound without a claim is held. */
		unbind(d);
		event.type = GUARD_GIVE_UP;
		break;
	case CONTROL_BOUND:
		r = bindbackd_bound(d, &why);
		break;
	case CONTROL_UNBOUND:
		unbind(d);
		break;
	case CONTROL_RELOAD:
		r = reload(d, &why);
		break;
	case CONTROL_VERIFY:
		event.type = GUARD_VERIFY_NOW;
		break;
	}
	if (event.type != GUARD_TICK)
		bindbackd_feed(d, &event);
	answer(client, r, &why);
}

/* Whoever asked was killed: nothing will be bound. */
static void on_gone(void *ctx, struct control_client *client)
{
	const struct guard_event event = { .type = GUARD_GIVE_UP };
	struct bindbackd *d = ctx;

	if (d->asker != client)
		return;
	d->asker = NULL;
	bindbackd_feed(d, &event);
}

const struct control_handlers bindbackd_control = {
	.request = on_request,
	.gone = on_gone,
};

/* The group tells */

static void on_view(void *ctx, const struct view_id *view,
		    const struct claims_member *members, size_t count)
{
	const struct guard_event event = {
		.type = GUARD_VIEW,
		.view = { .id = *view, .members = members, .count = count },
	};

	bindbackd_feed(ctx, &event);
}

static void on_quorum(void *ctx, enum quorum_state state,
		      const struct ring_id *ring)
{
	const struct guard_event event = {
		.type = GUARD_QUORUM,
		.quorum = { .state = state, .ring = *ring },
	};

	bindbackd_feed(ctx, &event);
}

static void on_message(void *ctx, uint32_t node, const void *bytes, size_t len)
{
	struct guard_event event = { .type = GUARD_MESSAGE };
	struct bindbackd *d = ctx;
	struct why why = { "" };
	struct msg msg = { 0 };

	if (msg_decode(bytes, len, &msg, &why) < 0) {
		if (!d->told_decode)
			log_line(LOG_WARNING, "a message of node %u is left "
				 "out: %s (said once)", node, why.text);
		d->told_decode = true;
		return;
	}
	event.message.node = node;
	event.message.msg = &msg;
	bindbackd_feed(d, &event);
	msg_done(&msg);
}

static void on_lost(void *ctx, const struct why *why)
{
	const struct guard_event event = { .type = GUARD_DISCONNECTED };
	struct bindbackd *d = ctx;

	log_line(LOG_ERR, "corosync is gone: %s", why->text);
	cluster_free(d->cluster);
	d->cluster = NULL;
	bindbackd_feed(d, &event);
	bindbackd_await_cluster(d);
}

const struct cluster_handlers bindbackd_cluster = {
	.view = on_view,
	.quorum = on_quorum,
	.message = on_message,
	.lost = on_lost,
};

/* Corosync is there again, or lets only root in: the keeper starts a guard
 * that may connect. */
static void on_probe(void *ctx, int error)
{
	struct bindbackd *d = ctx;

	d->probe = NULL;
	if (error && error != -EACCES) {
		bindbackd_await_cluster(d);
		return;
	}
	log_line(LOG_NOTICE, "corosync can be reached again: the guard is "
		 "started anew to join its group");
	d->exit = BINDBACKD_AGAIN;
	qb_loop_stop(d->loop);
}

static void look(void *data)
{
	struct bindbackd *d = data;

	if (cluster_probe(d->loop, PROBE_MS, on_probe, d, &d->probe, NULL) < 0)
		bindbackd_await_cluster(d);
}

void bindbackd_await_cluster(struct bindbackd *d)
{
	qb_loop_timer_handle timer;

	(void)qb_loop_timer_add(d->loop, QB_LOOP_LOW,
				PROBE_MS * QB_TIME_NS_IN_MSEC, d, look,
				&timer);
}
