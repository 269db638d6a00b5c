/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/control.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/printable.h"

#define NS_PER_MS 1000000
#define PAUSE_MS 1000	/* when descriptors or memory are out */

struct control_client {
	struct control *control;
	int fd;
	qb_loop_timer_handle timer;	/* until its request is here */
	bool asked;
	uint32_t number;
};

struct control {
	qb_loop_t *loop;
	const struct control_handlers *handlers;
	void *ctx;
	int fd;
	qb_loop_timer_handle pause;
	qb_loop_poll_dispatch_fn on_connect;
	struct control_client *clients[CONTROL_CLIENTS_MAX];
	struct stat made;	/* the socket's file */
	char path[];
};

static void client_free(struct control_client *client)
{
	struct control *control = client->control;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i] == client)
			control->clients[i] = NULL;
	(void)qb_loop_timer_del(control->loop, client->timer);
	(void)qb_loop_poll_del(control->loop, client->fd);
	(void)close(client->fd);
	free(client);
}

static void hang_up(struct control_client *client)
{
	struct control *control = client->control;

	if (client->asked)
		control->handlers->gone(control->ctx, client);
	client_free(client);
}

static void on_slow(void *data)
{
	hang_up(data);
}

/* The handler may answer at once: then the client is no more. */
static void take_request(struct control_client *client, const void *bytes,
			 size_t len)
{
	struct control *control = client->control;
	struct control_request request;

	if (client->asked ||
	    control_request_decode(bytes, len, &request, NULL) < 0) {
		hang_up(client);
		return;
	}
	(void)qb_loop_timer_del(control->loop, client->timer);
	client->asked = true;
	client->number = request.number;
	control->handlers->request(control->ctx, client, &request);
}

static int32_t on_client(int32_t fd, int32_t revents, void *data)
{
	struct control_client *client = data;
	uint8_t bytes[CONTROL_MAX + 1];	/* so that too long a one is seen */
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)revents;
	if (n > 0)
		take_request(client, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		hang_up(client);
	return 0;
}

static bool is_root(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       len == sizeof(peer) && peer.uid == 0;
}

static struct control_client **free_place(struct control *control)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (!control->clients[i])
			return &control->clients[i];
	return NULL;
}

static void client_add(struct control *control, int fd)
{
	struct control_client **place = free_place(control);
	struct control_client *client;

	if (!place || !is_root(fd)) {
		(void)close(fd);
		return;
	}
	client = xcalloc(1, sizeof(*client));
	client->control = control;
	client->fd = fd;
	*place = client;
	if (qb_loop_poll_add(control->loop, QB_LOOP_MED, fd, POLLIN, client,
			     on_client) < 0 ||
	    qb_loop_timer_add(control->loop, QB_LOOP_MED,
			      (uint64_t)CONTROL_PATIENCE_MS * NS_PER_MS,
			      client, on_slow, &client->timer) < 0)
		client_free(client);
}

static void on_pause_over(void *data)
{
	struct control *control = data;

	(void)qb_loop_poll_add(control->loop, QB_LOOP_MED, control->fd, POLLIN,
			       control, control->on_connect);
}

/* The listener would be ready again at once, and without end. */
static void pause_listening(struct control *control)
{
	if (qb_loop_timer_add(control->loop, QB_LOOP_MED,
			      (uint64_t)PAUSE_MS * NS_PER_MS, control,
			      on_pause_over, &control->pause) == 0)
		(void)qb_loop_poll_del(control->loop, control->fd);
}

static int32_t on_connect(int32_t fd, int32_t revents, void *data)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (client >= 0)
		client_add(data, client);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		 errno == ENOBUFS)
		pause_listening(data);
	return 0;
}

/* Only a socket makes way. */
static int remove_left_over(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	return unlink(path) < 0 ? -errno : 0;
}

static int listen_at(const char *path, struct stat *ret_made, int *ret_fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	FD_CLEAN int fd = -1;
	mode_t mask;
	int r;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path) + 1);
	r = remove_left_over(path);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r < 0)
		return r;
	if (lstat(path, ret_made) < 0 || listen(fd, CONTROL_CLIENTS_MAX) < 0) {
		r = -errno;
		(void)unlink(path);
		return r;
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int control_open(qb_loop_t *loop, const char *path,
		 const struct control_handlers *handlers, void *ctx,
		 struct control **ret, struct why *why)
{
	size_t size = strlen(path) + 1;
	struct control *control = xcalloc(1, sizeof(*control) + size);
	int r;

	control->loop = loop;
	control->handlers = handlers;
	control->ctx = ctx;
	control->fd = -1;
	control->on_connect = on_connect;
	memcpy(control->path, path, size);
	r = listen_at(path, &control->made, &control->fd);
	if (!r)
		r = qb_loop_poll_add(loop, QB_LOOP_MED, control->fd, POLLIN,
				     control, on_connect);
	if (r < 0) {
		why_set(why, "cannot listen at %s: %s", path,
			r == -ENOTSOCK ? "what lies there is no socket" :
					 strerror(-r));
		control_close(control);
		return r;
	}
	*ret = control;
	return 0;
}

int control_answer(struct control_client *client, enum control_result result,
		   const char *text)
{
	struct control_reply reply = { .result = result,
				       .number = client->number };
	uint8_t bytes[CONTROL_MAX];
	size_t len;
	int r = 0;

	if (text)
		printable(text, strlen(text), reply.text, sizeof(reply.text));
	len = control_reply_encode(&reply, bytes);
	/* It is the only packet ever: there is room, or nobody reads it. */
	if (send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		r = -errno;
	client_free(client);
	return r;
}

/* What lies there now may be another guard's. */
static void remove_own(const struct control *control)
{
	struct stat st;

	if (lstat(control->path, &st) == 0 &&
	    st.st_dev == control->made.st_dev &&
	    st.st_ino == control->made.st_ino)
		(void)unlink(control->path);
}

void control_close(struct control *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i])
			client_free(control->clients[i]);
	(void)qb_loop_timer_del(control->loop, control->pause);
	if (control->fd >= 0) {
		(void)qb_loop_poll_del(control->loop, control->fd);
		(void)close(control->fd);
		remove_own(control);
	}
	free(control);
}
