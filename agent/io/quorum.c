/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/quorum.h"

#include <corosync/cfg.h>
#include <corosync/corotypes.h>
#include <corosync/quorum.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define LINKS_MAX 8	/* of knet */

/* What the child writes, in one piece. */
struct report {
	int error;		/* 0, or -errno: the reason says more */
	enum quorum quorum;
	bool ring;
	struct why why;
};

_Static_assert(sizeof(struct report) <= PIPE_BUF, "not written in one piece");

/* What the child is for; `addr` is what quorum_is_ring_addr was given. */
typedef void ask_fn(const struct addr *addr, struct report *ret);

static void ask_quorum(const struct addr *addr, struct report *ret)
{
	quorum_handle_t handle;
	uint32_t type;
	int quorate;
	cs_error_t err;

	(void)addr;
	ret->error = -ENOTCONN;
	err = quorum_initialize(&handle, NULL, &type);
	if (err != CS_OK) {
		why_set(&ret->why, "cannot connect to corosync (quorum): %s",
			cs_strerror(err));
		return;
	}
	err = quorum_getquorate(handle, &quorate);
	(void)quorum_finalize(handle);
	if (err != CS_OK) {
		why_set(&ret->why, "corosync does not tell the quorum: %s",
			cs_strerror(err));
		return;
	}
	ret->error = 0;
	ret->quorum = type == QUORUM_FREE ? QUORUM_UNUSED :
		      quorate ? QUORUM_YES : QUORUM_NO;
}

static cs_error_t node_addrs(corosync_cfg_handle_t handle,
			     corosync_cfg_node_address_t *ret, int *ret_count)
{
	unsigned int nodeid;
	cs_error_t err;

	err = corosync_cfg_local_get(handle, &nodeid);
	if (err != CS_OK)
		return err;
	return corosync_cfg_get_node_addrs(handle, nodeid, LINKS_MAX,
					   ret_count, ret);
}

static void ask_links(const struct addr *addr, struct report *ret)
{
	static const corosync_cfg_callbacks_t callbacks;
	corosync_cfg_node_address_t links[LINKS_MAX];
	corosync_cfg_handle_t handle;
	struct endpoint link;
	cs_error_t err;
	int count = 0;

	err = corosync_cfg_initialize(&handle, &callbacks);
	if (err == CS_OK) {
		err = node_addrs(handle, links, &count);
		(void)corosync_cfg_finalize(handle);
	}
	if (err != CS_OK) {
		why_set(&ret->why, "cannot ask corosync for its links: %s",
			cs_strerror(err));
		ret->error = -ENOTCONN;
		return;
	}
	for (int i = 0; i < count && i < LINKS_MAX; i++) {
		const struct sockaddr *sa =
			(const struct sockaddr *)links[i].address;

		if (!addr_from_sockaddr(sa, &link) &&
		    addr_equal(&link.addr, addr))
			ret->ring = true;
	}
}

static _Noreturn void child(ask_fn *ask, const struct addr *addr, int fd,
			    pid_t parent)
{
	struct report report = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)dup2(fd, STDIN_FILENO);
	(void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
	ask(addr, &report);
	_exit(write(STDIN_FILENO, &report, sizeof(report)) ==
	      (ssize_t)sizeof(report) ? 0 : 1);
}

static int await_report(int fd, int64_t timeout_ms, struct report *ret)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int64_t deadline = clock_ms() + timeout_ms;

	for (;;) {
		int64_t left = deadline - clock_ms();
		int n = poll(&pollfd, 1, left > 0 ? (int)left : 0);

		if (!n)
			return -ETIMEDOUT;
		if (n > 0)
			break;
		if (errno != EINTR)
			return -errno;
	}
	return read(fd, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret) ? 0 :
								     -EIO;
}

static int begin(ask_fn *ask, const struct addr *addr, pid_t *ret_pid,
		 int *ret_fd)
{
	pid_t parent = getpid(), pid;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return errno ? -errno : -EIO;	/* gcc takes errno for 0 */
	pid = fork();
	if (!pid)
		child(ask, addr, fds[1], parent);
	r = pid < 0 ? -errno : 0;
	(void)close(fds[1]);
	if (r < 0) {
		(void)close(fds[0]);
		return r;
	}
	*ret_pid = pid;
	*ret_fd = fds[0];
	return 0;
}

static int ask_corosync(ask_fn *ask, const struct addr *addr,
			int64_t timeout_ms, struct report *ret,
			struct why *why)
{
	FD_CLEAN int fd = -1;
	pid_t pid;
	int r = begin(ask, addr, &pid, &fd);

	if (!r) {
		r = await_report(fd, timeout_ms, ret);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (r < 0)
		why_set(why, "cannot ask corosync: %s",
			r == -ETIMEDOUT ? "it does not answer" :
					  strerror(-r));
	else if (ret->error)
		why_set(why, "%s", ret->why.text);
	return r < 0 ? r : ret->error;
}

enum quorum quorum_ask(int64_t timeout_ms, struct why *why)
{
	struct report report;

	return ask_corosync(ask_quorum, NULL, timeout_ms, &report, why) < 0 ?
		       QUORUM_UNKNOWN :
		       report.quorum;
}

int quorum_is_ring_addr(const struct addr *addr, int64_t timeout_ms,
			bool *ret_ring, struct why *why)
{
	struct report report;
	int r = ask_corosync(ask_links, addr, timeout_ms, &report, why);

	if (!r)
		*ret_ring = report.ring;
	return r;
}
