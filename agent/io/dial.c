/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/dial.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"

int dial_begin(const struct addr *local, const struct endpoint *to,
	       int *ret_fd)
{
	struct sockaddr_storage sa;
	FD_CLEAN int fd = -1;
	socklen_t len;

	fd = socket(to->addr.family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (local->family) {
		len = addr_to_sockaddr(local, 0, &sa);
		if (bind(fd, (struct sockaddr *)&sa, len) < 0)
			return -errno;
	}
	len = addr_to_sockaddr(&to->addr, to->port, &sa);
	if (connect(fd, (struct sockaddr *)&sa, len) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int dial_end(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

struct addr dial_local(int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	struct endpoint local;

	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
	    addr_from_sockaddr((struct sockaddr *)&sa, &local) == 0)
		return local.addr;
	return (struct addr){ 0 };
}
