/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A loop that runs until something is so, and descriptors that are counted.
 * Comes after cmocka.h. */

#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <qb/qbloop.h>

#include "base/addr.h"
#include "base/clock.h"

#define LOOK_MS 1
#define LONG_MS 30000	/* for what never comes */
#define MEDIUM_MS 1500	/* for what comes before the time is up */
#define SHORT_MS 80
#define NS_PER_MS 1000000ULL

struct waiting {
	qb_loop_t *loop;
	bool (*met)(void *ctx);
	void *ctx;
	bool is_met;
	int64_t until_ms;
};

static void look(void *data)
{
	struct waiting *waiting = data;
	qb_loop_timer_handle timer;

	waiting->is_met = waiting->met(waiting->ctx);
	if (waiting->is_met || clock_ms() >= waiting->until_ms)
		qb_loop_stop(waiting->loop);
	else
		(void)qb_loop_timer_add(waiting->loop, QB_LOOP_MED,
					LOOK_MS * NS_PER_MS, waiting, look,
					&timer);
}

static void run_until(qb_loop_t *loop, bool (*met)(void *ctx), void *ctx)
{
	struct waiting waiting = { loop, met, ctx, false,
				   clock_ms() + LONG_MS };

	look(&waiting);
	if (!waiting.is_met)
		qb_loop_run(loop);
	assert_true(waiting.is_met);
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

/* A listener, not of the loop; -1: there is no such address here. */
static inline int listen_on(const char *text, struct endpoint *ret)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	assert_int_equal(addr_parse(text, &ret->addr), 0);
	len = addr_to_sockaddr(&ret->addr, 0, &sa);
	fd = socket(ret->addr.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&sa, len) < 0) {
		(void)close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&sa, ret), 0);
	return fd;
}

/* A connection to a listener on loopback, where it is made at once. */
static inline int connect_to(const struct endpoint *to)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&to->addr, to->port, &sa);
	int fd = socket(to->addr.family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}
