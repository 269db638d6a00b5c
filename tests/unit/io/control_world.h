/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A control socket in a folder of its own, whose requests are noted. Comes
 * after cmocka.h. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "io/control.h"

#define REQUESTS_MAX 32
#define LOOK_MS 2
#define LONG_MS 30000	/* for what never comes */

struct world {
	char dir[64];
	char path[96];
	qb_loop_t *loop;
	struct control *control;
	bool answer_at_once;
	struct control_client *clients[REQUESTS_MAX];
	struct control_request requests[REQUESTS_MAX];
	size_t request_count;
	struct control_client *gone[REQUESTS_MAX];
	size_t gone_count;
	bool (*met)(struct world *world);
	int watched;		/* a descriptor, for `met` */
	bool is_met;
	int64_t until_ms;
};

static void on_request(void *ctx, struct control_client *client,
		       const struct control_request *request)
{
	struct world *world = ctx;

	world->clients[world->request_count] = client;
	world->requests[world->request_count++] = *request;
	if (world->answer_at_once)
		(void)control_answer(client, CONTROL_OK, NULL);
}

static void on_gone(void *ctx, struct control_client *client)
{
	struct world *world = ctx;

	world->gone[world->gone_count++] = client;
}

static const struct control_handlers handlers = { on_request, on_gone };

static void look(void *data)
{
	struct world *world = data;
	qb_loop_timer_handle timer;

	world->is_met = world->met(world);
	if (world->is_met || clock_ms() >= world->until_ms)
		qb_loop_stop(world->loop);
	else
		(void)qb_loop_timer_add(world->loop, QB_LOOP_MED,
					LOOK_MS * 1000000ULL, world, look,
					&timer);
}

static void run_until(struct world *world, bool (*met)(struct world *world))
{
	if (met(world))
		return;
	world->met = met;
	world->until_ms = clock_ms() + LONG_MS;
	look(world);
	qb_loop_run(world->loop);
	assert_true(world->is_met);
}

static int world_open(struct world *world)
{
	return control_open(world->loop, world->path, &handlers, world,
			    &world->control, NULL);
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	(void)snprintf(world->dir, sizeof(world->dir), "/tmp/control.XXXXXX");
	if (!mkdtemp(world->dir))
		return -1;
	(void)snprintf(world->path, sizeof(world->path), "%s/socket",
		       world->dir);
	world->loop = qb_loop_create();
	*state = world;
	return world_open(world);
}

static int teardown(void **state)
{
	struct world *world = *state;
	int r;

	control_close(world->control);
	qb_loop_destroy(world->loop);
	r = file_remove_tree(world->dir, NULL);
	free(world);
	return r;
}
