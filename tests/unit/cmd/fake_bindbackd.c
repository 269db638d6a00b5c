/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guard for what a test cannot have: another node. It grants all claims,
 * unless /run/guard.refuses says why not, and has lost them at once when there
 * is /run/guard.loses; it does not come up when there is /run/guard.fails; what
 * it is asked for it notes in /run/guard.asked.
 */
#include <poll.h>
#include <qb/qbutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/keeper.h"
#include "io/control.h"
#include "io/guard_files.h"

struct fake {
	struct guard_files files;
	struct guard_view *view;
};

static bool says(const char *path, char *ret, size_t size)
{
	BUF_CLEAN text = { 0 };

	if (file_read(path, size - 1, &text, NULL) < 0)
		return false;
	(void)snprintf(ret, size, "%s", text.data);
	return true;
}

static void note(const struct control_request *request)
{
	static const char *const words[] = {
		[CONTROL_PING] = "ping", [CONTROL_CLAIM] = "claim",
		[CONTROL_RELEASE] = "release", [CONTROL_BOUND] = "bound",
		[CONTROL_UNBOUND] = "unbound", [CONTROL_RELOAD] = "reload",
		[CONTROL_VERIFY] = "verify",
	};
	FILE *file = fopen("/run/guard.asked", "a");

	if (!file)
		return;
	(void)fprintf(file, "%s\n", words[request->op]);
	(void)fclose(file);
}

static void on_request(void *ctx, struct control_client *client,
		       const struct control_request *request)
{
	struct fake *fake = ctx;
	struct guard_view *view = fake->view;
	char text[200];

	note(request);
	if (request->op == CONTROL_CLAIM &&
	    says("/run/guard.refuses", text, sizeof(text))) {
		(void)control_answer(client, CONTROL_REFUSED, text);
		return;
	}
	if (request->op == CONTROL_CLAIM)
		view->own = access("/run/guard.loses", F_OK) ? OWN_OWNER :
							       OWN_LOST;
	if (request->op == CONTROL_RELEASE)
		view->own = OWN_NONE;
	if (request->op == CONTROL_BOUND || request->op == CONTROL_RELEASE)
		view->bound = request->op == CONTROL_BOUND;
	view->may_send = view->own == OWN_OWNER;
	view->time_s = clock_wall_s();
	if (request->op != CONTROL_PING)
		(void)guard_view_save(&fake->files, view, NULL);
	(void)control_answer(client, CONTROL_OK, NULL);
}

static void on_gone(void *ctx, struct control_client *client)
{
	(void)ctx;
	(void)client;
}

static void pulse(void *data)
{
	const char alive = KEEPER_ALIVE;
	qb_loop_timer_handle timer;

	(void)send(KEEPER_FD, &alive, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)qb_loop_timer_add(data, QB_LOOP_LOW,
				KEEPER_ALIVE_MS * QB_TIME_NS_IN_MSEC, data,
				pulse, &timer);
}

static int32_t on_keeper(int32_t fd, int32_t events, void *data)
{
	(void)fd;
	(void)events;
	(void)data;
	_exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	static const struct control_handlers handlers = { on_request, on_gone };
	struct fake fake = { .view = xcalloc(1, sizeof(*fake.view)) };
	qb_loop_t *loop = qb_loop_create();
	const char ready = KEEPER_READY;
	struct instance instance;
	struct control *control;
	struct stat live;
	int lock;

	if (argc != 2 || !access("/run/guard.fails", F_OK))
		return EXIT_FAILURE;
	instance_of_resource(argv[1], &instance);
	guard_files_of(&instance, &fake.files);
	if (stat(fake.files.live, &live) < 0 || setgid(live.st_gid) < 0 ||
	    setuid(live.st_uid) < 0 ||
	    guard_lock(fake.files.lock, &lock, NULL) < 0 ||
	    guard_view_save(&fake.files, fake.view, NULL) < 0 ||
	    control_open(loop, fake.files.socket, &handlers, &fake, &control,
			 NULL) < 0 ||
	    qb_loop_poll_add(loop, QB_LOOP_MED, KEEPER_FD, POLLIN | POLLHUP,
			     NULL, on_keeper) < 0 ||
	    send(KEEPER_FD, &ready, 1, 0) != 1)
		return EXIT_FAILURE;
	pulse(loop);
	qb_loop_run(loop);
	return EXIT_FAILURE;
}
