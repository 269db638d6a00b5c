/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A member of a group, as a guard is one, for tests/lab/membership: says what
 * io/cluster tells it, sends a number ten times a second, gives up root and
 * connects again when corosync is lost.
 *
 *	member GROUP USER
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/cluster.h"
#include "io/privilege.h"

#define NS_PER_MS 1000000ULL
#define TICK_MS 100
#define PROBE_MS 1000

struct member {
	qb_loop_t *loop;
	const char *group;
	const char *user;
	struct cluster *cluster;	/* NULL: lost */
	struct cluster_probe *probe;
	uint32_t number;
	qb_loop_timer_dispatch_fn on_tick;
};

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *fmt, ...)
{
	va_list args;

	(void)printf("%" PRId64 " ", clock_wall_ms());
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	(void)putchar('\n');
	(void)fflush(stdout);
}

static void on_view(void *ctx, const struct view_id *view,
		    const struct claims_member *members, size_t count)
{
	char text[512] = "";
	size_t len = 0;

	(void)ctx;
	for (size_t i = 0; i < count && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					" %u:%u", members[i].node,
					members[i].pid);
	say("view %u.%" PRIu64 ".%016" PRIx64 "%s", view->ring.node,
	    view->ring.seq, view->digest, text);
}

static void on_quorum(void *ctx, enum quorum_state state,
		      const struct ring_id *ring)
{
	(void)ctx;
	say("quorum %s %u.%" PRIu64,
	    state == QUORUM_STATE_YES	  ? "yes" :
	    state == QUORUM_STATE_NO	  ? "no" :
	    state == QUORUM_STATE_UNUSED  ? "unused" :
					    "unknown",
	    ring->node, ring->seq);
}

static void on_message(void *ctx, uint32_t node, const void *bytes, size_t len)
{
	(void)ctx;
	say("message %u %.*s", node, (int)len, (const char *)bytes);
}

static void on_lost(void *ctx, const struct why *why)
{
	struct member *m = ctx;
	int64_t before = clock_ms();

	say("lost %s", why->text);
	cluster_free(m->cluster);
	m->cluster = NULL;
	say("freed in %" PRId64 " ms", clock_ms() - before);
}

static int connect_group(struct member *m)
{
	static const struct cluster_handlers handlers = {
		on_view, on_quorum, on_message, on_lost };
	int64_t before = clock_ms();
	struct why why = { "" };
	int r = cluster_connect(m->loop, m->group, &handlers, m, &m->cluster,
				&why);

	if (r < 0)
		say("refused %s", why.text);
	else
		say("connected %u in %" PRId64 " ms",
		    cluster_self(m->cluster), clock_ms() - before);
	return r;
}

static void on_probed(void *ctx, int error)
{
	struct member *m = ctx;

	m->probe = NULL;
	say("probe %s", error ? strerror(-error) : "good");
	if (!error)
		(void)connect_group(m);
}

static void tick(struct member *m)
{
	qb_loop_timer_handle timer;
	char text[32];
	int len = snprintf(text, sizeof(text), "%u", ++m->number);

	if (m->cluster)
		(void)cluster_send(m->cluster, text, (size_t)len);
	else if (!m->probe &&
		 cluster_probe(m->loop, PROBE_MS, on_probed, m, &m->probe,
			       NULL) < 0)
		abort();
	if (qb_loop_timer_add(m->loop, QB_LOOP_LOW, TICK_MS * NS_PER_MS, m,
			      m->on_tick, &timer) < 0)
		abort();
}

static void on_tick(void *data)
{
	tick(data);
}

static int32_t on_term(int32_t number, void *data)
{
	struct member *m = data;
	int64_t before = clock_ms();

	(void)number;
	cluster_free(m->cluster);
	m->cluster = NULL;
	say("ended in %" PRId64 " ms", clock_ms() - before);
	qb_loop_stop(m->loop);
	return 0;
}

int main(int argc, char **argv)
{
	struct member m = { .on_tick = on_tick };
	struct privilege_user user;
	qb_loop_signal_handle handle;
	struct why why = { "" };

	if (argc != 3)
		return 64;
	m.loop = qb_loop_create();
	m.group = argv[1];
	m.user = argv[2];
	if (privilege_find(m.user, &user, &why) < 0 ||
	    connect_group(&m) < 0 || privilege_drop(&user, false, &why) < 0) {
		say("cannot begin: %s", why.text);
		return 1;
	}
	say("without rights");
	(void)qb_loop_signal_add(m.loop, QB_LOOP_HIGH, SIGTERM, &m, on_term,
				 &handle);
	tick(&m);
	qb_loop_run(m.loop);
	return 0;
}
