/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/psk_hello.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define RECORD_HEAD 5
#define HEAD 6		/* a record's, and the message's type */
#define HELLO_MAX 4096	/* of a client that means us: some 300 bytes */
/* RFC 8446, 5.1 and 4 */
#define TYPE_HANDSHAKE 22
#define MAJOR_VERSION 3
#define CLIENT_HELLO 1

static void await(int fd, size_t len, size_t *ret_len)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &(int){ (int)len },
			 sizeof(int));
	*ret_len = len;
}

void psk_hello_begin(int fd, size_t *ret_len)
{
	await(fd, HEAD, ret_len);
}

/* With its header, or -EBADMSG: this is no ClientHello. */
static int hello_len(const uint8_t head[HEAD])
{
	int len = head[3] << 8 | head[4];

	if (head[0] != TYPE_HANDSHAKE || head[1] != MAJOR_VERSION ||
	    head[5] != CLIENT_HELLO || len < HEAD || len > HELLO_MAX)
		return -EBADMSG;
	return RECORD_HEAD + len;
}

static bool has_closed(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLRDHUP };

	return poll(&poller, 1, 0) != 0;
}

int psk_hello_look(int fd, size_t *len)
{
	uint8_t bytes[RECORD_HEAD + HELLO_MAX];
	ssize_t n = recv(fd, bytes, *len, MSG_PEEK | MSG_DONTWAIT);
	int wanted;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN :
							   -ECONNRESET;
	if ((size_t)n < *len)
		return n == 0 || has_closed(fd) ? -ECONNRESET : -EAGAIN;
	wanted = hello_len(bytes);
	if (wanted < 0)
		return wanted;
	if (*len == HEAD) {
		await(fd, (size_t)wanted, len);
		return -EAGAIN;
	}
	await(fd, 1, len);
	return 0;
}
