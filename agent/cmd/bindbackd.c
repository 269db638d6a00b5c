/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard: bindbackd ID, run by its keeper as root, on whose socket pair it
 * has descriptor KEEPER_FD. Connects to corosync, and is nobody special from
 * then on.
 */
#include "cmd/bindbackd.h"

#include <errno.h>
#include <qb/qbutil.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/keeper.h"
#include "io/privilege.h"

#define PROBE_MS 3000	/* a corosync that hangs must not hang us */
#define CHORES_MS 5000
#define SELF_ALONE 1	/* our node id where nobody else has one */

struct guard_time bindbackd_now(void)
{
	return (struct guard_time){ clock_ms(), clock_wall_s() };
}

static void end(struct bindbackd *d, enum bindbackd_exit status)
{
	d->exit = status;
	qb_loop_stop(d->loop);
}

static void on_tick(void *data)
{
	const struct guard_event event = { .type = GUARD_TICK };
	struct bindbackd *d = data;

	d->ticking = false;
	bindbackd_feed(d, &event);
}

static void set_tick(struct bindbackd *d)
{
	int64_t wait_ms = guard_next_ms(d->guard) - clock_ms();

	if (d->ticking)
		(void)qb_loop_timer_del(d->loop, d->tick);
	if (wait_ms < 1)
		wait_ms = 1;
	d->ticking = !qb_loop_timer_add(d->loop, QB_LOOP_MED,
					(uint64_t)wait_ms *
						QB_TIME_NS_IN_MSEC,
					d, on_tick, &d->tick);
	if (!d->ticking)
		abort();
}

void bindbackd_feed(struct bindbackd *d, const struct guard_event *event)
{
	struct guard_actions actions = { 0 };

	guard_step(d->guard, event, bindbackd_now(), &actions);
	for (size_t i = 0; i < actions.count; i++)
		bindbackd_act(d, &actions.items[i]);
	guard_actions_done(&actions);
	set_tick(d);
}

/* An observer is told by nobody that the addresses came or went. */
static void observe(struct bindbackd *d)
{
	struct guard_event event = { .type = GUARD_UNBOUND };
	bool here;

	if (bindbackd_addrs(d, &here) < 0 || here == d->bound)
		return;
	d->bound = here;
	if (here)
		event.type = GUARD_BOUND;
	bindbackd_feed(d, &event);
}

static void chores(void *data);

static void set_chores(struct bindbackd *d)
{
	if (qb_loop_timer_add(d->loop, QB_LOOP_LOW,
			      CHORES_MS * QB_TIME_NS_IN_MSEC, d, chores,
			      &d->chores) < 0)
		abort();
}

/* What nobody tells: that our files, or the binding's record, are gone. */
static void chores(void *data)
{
	const struct guard_event unbound = { .type = GUARD_UNBOUND };
	struct bindbackd *d = data;

	if (!guard_lock_stands(d->files.lock, d->lock_fd)) {
		log_line(LOG_NOTICE, "%s: the instance is gone",
			 d->instance.id);
		end(d, BINDBACKD_DONE);
		return;
	}
	if (d->params.mode == MODE_OBSERVE) {
		observe(d);
	} else if (d->bound && !bindbackd_has_record(d)) {
		d->bound = d->resumed = false;
		bindbackd_feed(d, &unbound);
	}
	set_chores(d);
}

/* From the loop, so that a guard that hangs is silent. */
static void pulse(void *data)
{
	const char alive = KEEPER_ALIVE;
	qb_loop_timer_handle timer;
	struct bindbackd *d = data;

	(void)send(KEEPER_FD, &alive, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (qb_loop_timer_add(d->loop, QB_LOOP_LOW,
			      KEEPER_ALIVE_MS * QB_TIME_NS_IN_MSEC, d, pulse,
			      &timer) < 0)
		abort();
}

static int32_t on_keeper(int32_t fd, int32_t revents, void *data)
{
	struct bindbackd *d = data;
	uint8_t bytes[TURN_BYTES + 1];
	uint16_t number;
	ssize_t n;
	bool done;

	(void)revents;
	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		end(d, BINDBACKD_DONE);
		return -1;
	}
	if (!turn_answer_decode(bytes, (uint32_t)n, &number, &done))
		bindbackd_turned(d, number, done);
	return 0;
}

static int32_t on_signal(int32_t number, void *data)
{
	(void)number;
	end(data, BINDBACKD_DONE);
	return 0;
}

/* From here on we are the unprivileged user. */
static int settle(struct bindbackd *d, struct why *why)
{
	const struct guard_time now = bindbackd_now();
	struct guard_settings settings;
	struct privilege_user user;
	int r = privilege_find(GUARD_USER, &user, why);

	d->may_publish = bindbackd_publishes(d);
	if (!r)
		r = privilege_drop(&user,
				   d->may_publish ? PRIVILEGE_PUBLISHER :
						    PRIVILEGE_GUARD, why);
	if (!r)
		r = guard_lock(d->files.lock, &d->lock_fd, why);
	if (!r)
		r = control_open(d->loop, d->files.socket, &bindbackd_control,
				 d, &d->control, why);
	if (r < 0)
		return r;
	settings = bindbackd_settings(d, d->cluster ?
					 cluster_self(d->cluster) : SELF_ALONE);
	d->guard = guard_new(&settings, now);
	d->memory = preflight_memory_new();
	if (qb_loop_poll_add(d->loop, QB_LOOP_HIGH, KEEPER_FD, POLLIN, d,
			     on_keeper) < 0) {
		why_set(why, "descriptor %d is not the keeper's socket",
			KEEPER_FD);
		return -EBADF;
	}
	set_chores(d);
	return 0;
}

/*
 * A guard before us was killed, or made way for us: what it guarded goes on,
 * and so does its claim unless another node has one by now.
 */
static void resume(struct bindbackd *d)
{
	const struct guard_event ask = {
		.type = GUARD_ASK,
		.ask = { .resume = true, .deadline_ms = INT64_MAX },
	};
	struct why why = { "" };

	d->resumed = bindbackd_has_record(d);
	if (!d->resumed)
		return;
	/* In this order: what is bound without a claim is held. */
	bindbackd_feed(d, &ask);
	if (bindbackd_bound(d, &why) < 0)
		log_line(LOG_ERR, "the record cannot be taken up: %s",
			 why.text);
}

static void begin(struct bindbackd *d)
{
	const struct guard_event alone = { .type = GUARD_DISCONNECTED };
	const struct guard_event tick = { .type = GUARD_TICK };
	const char ready = KEEPER_READY;
	struct why why = { "" };

	if (settle(d, &why) < 0) {
		log_line(LOG_ERR, "%s: the guard cannot run: %s",
			 d->instance.id, why.text);
		end(d, BINDBACKD_FAILED);
		return;
	}
	if (send(KEEPER_FD, &ready, 1, MSG_NOSIGNAL) != 1) {
		end(d, BINDBACKD_DONE);
		return;
	}
	pulse(d);
	bindbackd_feed(d, d->cluster ? &tick : &alone);
	if (!d->cluster)
		bindbackd_await_cluster(d);
	resume(d);
	if (d->params.mode == MODE_OBSERVE)
		observe(d);
}

static void on_probe(void *ctx, int error)
{
	struct bindbackd *d = ctx;
	char group[sizeof("bindback:") + INSTANCE_ID_MAX];
	struct why why = { "" };

	d->probe = NULL;
	(void)snprintf(group, sizeof(group), "bindback:%s", d->instance.id);
	if (error)
		log_line(LOG_WARNING, "corosync cannot be reached: the guard "
			 "works without it, and looks for it");
	else if (cluster_connect(d->loop, group, &bindbackd_cluster, d,
				 &d->cluster, &why) < 0)
		log_line(LOG_WARNING, "the guard works without corosync: %s",
			 why.text);
	begin(d);
}

static int prepare(struct bindbackd *d, struct why *why)
{
	int r = bindbackd_read_params(d, why);

	if (r < 0)
		return r;
	d->loop = qb_loop_create();
	if (!d->loop) {
		why_set(why, "cannot make an event loop");
		return -EMFILE;
	}
	(void)qb_loop_signal_add(d->loop, QB_LOOP_HIGH, SIGTERM, d, on_signal,
				 NULL);
	(void)qb_loop_signal_add(d->loop, QB_LOOP_HIGH, SIGINT, d, on_signal,
				 NULL);
	return cluster_probe(d->loop, PROBE_MS, on_probe, d, &d->probe, why);
}

static void done(struct bindbackd *d)
{
	bindbackd_act_done(d);
	cluster_probe_cancel(d->probe);
	cluster_free(d->cluster);
	control_close(d->control);
	guard_free(d->guard);
	state_done(&d->record);
	event_memory_done(&d->events);
	params_done(&d->params);
	if (d->loop)
		qb_loop_destroy(d->loop);
	file_close(&d->lock_fd);
}

/*
 * Asked before an upgrade's guard takes the place of the one that runs: are the
 * libraries there, and can it read what is written here?
 */
static int check(const struct bindbackd *d, struct why *why)
{
	struct bindbackd other = { .files = d->files };
	struct privilege_user user;
	struct state record;
	int r = bindbackd_read_params(&other, why);

	params_done(&other.params);
	if (!r)
		r = privilege_find(GUARD_USER, &user, why);
	if (r < 0)
		return r;
	r = instance_load(&d->instance, &record, why);
	if (!r)
		state_done(&record);
	return r == -ENOENT ? 0 : r;
}

static int check_or_say(const struct bindbackd *d)
{
	struct why why = { "" };

	if (!check(d, &why))
		return EXIT_SUCCESS;
	log_line(LOG_ERR, "%s: the guard of version " BINDBACK_VERSION
		 " cannot be used: %s", d->instance.id, why.text);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct bindbackd d = { .lock_fd = -1, .exit = BINDBACKD_FAILED };
	const bool is_check = argc == 3 && !strcmp(argv[2], KEEPER_CHECK);
	struct why why = { "" };

	if (argc != 2 && !is_check) {
		(void)fputs("usage: bindbackd ID\nThis is the guard of the "
			    "resource ID; its agent starts it.\n", stderr);
		return 64;
	}
	(void)umask(022);
	/* One that is run from a descriptor has its number for a name. */
	(void)prctl(PR_SET_NAME, "bindbackd");
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("bindbackd", isatty(STDERR_FILENO) != 0, false);
	instance_of_resource(argv[1], &d.instance);
	guard_files_of(&d.instance, &d.files);
	if (is_check)
		return check_or_say(&d);
	if (prepare(&d, &why) < 0)
		log_line(LOG_ERR, "%s: the guard cannot run: %s",
			 d.instance.id, why.text);
	else
		qb_loop_run(d.loop);
	done(&d);
	return (int)d.exit;
}
