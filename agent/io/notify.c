/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/file.h"

/* A name that begins with "@" is of no file system: NUL stands there. */
static int socket_address(const char *name, struct sockaddr_un *ret,
			  socklen_t *ret_len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2)
		return -EINVAL;
	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	*ret = address;
	*ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return 0;
}

static int tell(const char *text)
{
	const char *name = getenv("NOTIFY_SOCKET");
	FD_CLEAN int fd = -1;
	struct sockaddr_un address;
	socklen_t len;
	int r;

	if (!name || !*name)
		return 0;
	r = socket_address(name, &address, &len);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		   (struct sockaddr *)&address, len) < 0)
		return -errno;
	return 0;
}

int notify_ready(void)
{
	return tell("READY=1");
}

int notify_reloading(void)
{
	struct timespec now;
	char text[80];

	/* Type=notify-reload wants to know since when. */
	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%"
		       PRIu64, (uint64_t)now.tv_sec * 1000000 +
		       (uint64_t)now.tv_nsec / 1000);
	return tell(text);
}

int notify_stopping(void)
{
	return tell("STOPPING=1");
}
