/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A network of its own for a test that needs port 53, and files of its own in
 * the place of resolv.conf, hosts and nsswitch.conf. Nothing of the machine is
 * touched, nothing is left.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/** Write a file; inside the sandbox also one of the three in place. */
static int sandbox_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t len = strlen(text);
	int r = fd >= 0 && write(fd, text, len) == (ssize_t)len ? 0 : -1;

	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int sandbox_replace(const char *path, const char *text)
{
	char own[] = "/tmp/sandbox-XXXXXX";
	int fd = mkstemp(own), r;

	if (fd < 0)
		return -1;
	(void)fchmod(fd, 0644);
	(void)close(fd);
	r = sandbox_write(own, text);
	if (!r)
		r = mount(own, path, NULL, MS_BIND, NULL);
	(void)unlink(own);
	return r;
}

static int sandbox_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	request.ifr_flags = IFF_UP;
	r = ioctl(fd, SIOCSIFFLAGS, &request);
	(void)close(fd);
	return r;
}

static int sandbox_unshare(void)
{
	int uid = (int)getuid(), gid = (int)getgid();
	char map[64];

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) == 0)
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		return -1;
	(void)snprintf(map, sizeof(map), "0 %d 1", uid);
	if (sandbox_write("/proc/self/setgroups", "deny") < 0 ||
	    sandbox_write("/proc/self/uid_map", map) < 0)
		return -1;
	(void)snprintf(map, sizeof(map), "0 %d 1", gid);
	return sandbox_write("/proc/self/gid_map", map);
}

/** 0, or -1 where the kernel does not allow it (the test is skipped then). */
static int sandbox_enter(const char *resolv_conf, const char *hosts)
{
	if (sandbox_unshare() < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    sandbox_loopback_up() < 0)
		return -1;
	if (sandbox_replace("/etc/resolv.conf", resolv_conf) < 0 ||
	    sandbox_replace("/etc/hosts", hosts) < 0)
		return -1;
	return sandbox_replace("/etc/nsswitch.conf", "hosts: files dns\n");
}

/** ... and an empty /run, in a sandbox. */
static inline int sandbox_own_run(void)
{
	return mount("run", "/run", "tmpfs", 0, "mode=0755");
}

/** ... and an empty /var/lib. */
static inline int sandbox_own_lib(void)
{
	return mount("lib", "/var/lib", "tmpfs", 0, "mode=0755");
}

/** Put an IPv4 address on the loopback interface, or take it off again. */
static inline int sandbox_address(const char *text, bool wanted)
{
	struct ifreq request = { .ifr_name = "lo:1" };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = inet_pton(AF_INET, text, &in.sin_addr) == 1 ? 0 : -1;

	memcpy(&request.ifr_addr, &in, sizeof(in));
	if (!r && wanted)
		r = ioctl(fd, SIOCSIFADDR, &request);
	request.ifr_flags = 0;
	if (!r && !wanted)
		r = ioctl(fd, SIOCSIFFLAGS, &request);
	(void)close(fd);
	return r;
}
