/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/control_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define MARGIN_MS 500	/* for the answer to a claim, on its way */

static int64_t left_ms(int64_t until_ms)
{
	int64_t left = until_ms - clock_ms();

	return left > 0 ? left : 0;
}

/* Its folder is the guard's, who must not lead us, root, to what listens
 * elsewhere. */
static int find_socket(const char *path, struct sockaddr_un *ret_at,
		       int *ret_fd)
{
	FD_CLEAN int fd = -1;
	struct stat st;
	int r = file_open_foreign(path, O_PATH, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	(void)snprintf(ret_at->sun_path, sizeof(ret_at->sun_path),
		       "/proc/self/fd/%d", fd);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* A guard that hangs leaves a full queue behind it: connect waits for that. */
static int connect_to(const char *path, int64_t timeout_ms, int *ret_fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = timeout_ms / 1000,
				   .tv_usec = timeout_ms % 1000 * 1000 };
	FD_CLEAN int fd = -1, place = -1;
	int r = find_socket(path, &to, &place);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
				 sizeof(timeout)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int wait_for_packet(int fd, int64_t until_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	int n;

	do {
		int64_t left = left_ms(until_ms);

		n = poll(&poller, 1, left < INT32_MAX ? (int)left : INT32_MAX);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n ? 0 : -ETIMEDOUT;
}

static int send_request(int fd, const struct control_request *request)
{
	uint8_t bytes[CONTROL_MAX];
	size_t len = control_request_encode(request, bytes);

	return send(fd, bytes, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_reply(int fd, uint32_t number, struct control_reply *ret,
			 struct why *why)
{
	uint8_t bytes[CONTROL_MAX + 1];	/* so that too long a one is seen */
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int r;

	if (n < 0)
		return -errno;
	if (!n)
		return -ECONNRESET;
	r = control_reply_decode(bytes, (size_t)n, ret, why);
	if (!r && ret->number != number) {
		why_set(why, "an answer to another request");
		r = -EBADMSG;
	}
	return r;
}

static int ask(const char *path, struct control_request *request,
	       int64_t timeout_ms, struct control_reply *ret, struct why *why)
{
	int64_t until_ms = clock_ms() + timeout_ms, left;
	FD_CLEAN int fd = -1;
	int r = connect_to(path, timeout_ms, &fd);

	if (r < 0)
		return r;
	left = left_ms(until_ms);
	left -= left < 4 * MARGIN_MS ? left / 4 : MARGIN_MS;
	if (request->op == CONTROL_CLAIM)
		request->timeout_ms = left < UINT32_MAX ? (uint32_t)left :
							  UINT32_MAX;
	r = send_request(fd, request);
	if (!r)
		r = wait_for_packet(fd, until_ms);
	if (!r)
		r = receive_reply(fd, request->number, ret, why);
	return r;
}

static const char *error_text(int error)
{
	return error == ENOENT || error == ECONNREFUSED ?
		       "no guard is there" :
	       error == ETIMEDOUT ? "it does not answer in time" :
	       error == ECONNRESET || error == EPIPE ?
		       "it hung up without an answer" :
		       strerror(error);
}

int control_ask(const char *path, enum control_op op, int64_t timeout_ms,
		struct why *why)
{
	struct control_request request = { .op = op,
					   .number = (uint32_t)getpid() };
	struct control_reply reply = { 0 };
	struct why cause = { "" };
	int r;

	/* 0 would be without end for connect. */
	r = ask(path, &request, timeout_ms > 0 ? timeout_ms : 1, &reply,
		&cause);
	if (r == -EPIPE)
		r = -ECONNRESET;
	if (r == -EPERM)	/* not a refusal */
		r = -EACCES;
	if (r < 0) {
		why_set(why, "cannot ask the guard at %s: %s", path,
			*cause.text ? cause.text : error_text(-r));
		return r;
	}
	if (reply.result == CONTROL_OK)
		return 0;
	why_set(why, "%s", reply.text);
	return -EPERM;
}
