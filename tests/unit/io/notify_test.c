/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/notify.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

#define RECEIVE_S 20

/* A service manager's socket; the name's first octet is '@' or '/'. */
static int listen_on(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval most = { .tv_sec = RECEIVE_S };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address, (socklen_t)
			      (offsetof(struct sockaddr_un, sun_path) +
			       strlen(name))), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most,
				    sizeof(most)), 0);
	return fd;
}

static void expect(int fd, const char *text)
{
	char got[128] = "";

	assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
	if (strncmp(got, text, strlen(text)) != 0)
		fail_msg("\"%s\"", got);
}

static void tell_all(const char *name)
{
	FD_CLEAN int fd = listen_on(name);

	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	assert_int_equal(notify_ready(), 0);
	expect(fd, "READY=1");
	assert_int_equal(notify_reloading(), 0);
	expect(fd, "RELOADING=1\nMONOTONIC_USEC=");
	assert_int_equal(notify_stopping(), 0);
	expect(fd, "STOPPING=1");
}

static void test_abstract(void **state)
{
	char name[64];

	(void)state;
	(void)snprintf(name, sizeof(name), "@bindback-notify-%ld",
		       (long)getpid());
	tell_all(name);
	assert_int_equal(notify_ready(), -ECONNREFUSED);
}

static void test_file(void **state)
{
	char folder[] = "/tmp/notify_test.XXXXXX", name[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(name, sizeof(name), "%s/socket", folder);
	tell_all(name);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(notify_ready(), -ENOENT);
	assert_int_equal(rmdir(folder), 0);
}

static void test_nobody(void **state)
{
	char name[120] = "/";

	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(notify_ready(), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
	assert_int_equal(notify_ready(), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", "vsock:2:1", 1), 0);
	assert_int_equal(notify_ready(), -EINVAL);
	assert_int_equal(setenv("NOTIFY_SOCKET", "@", 1), 0);
	assert_int_equal(notify_ready(), -EINVAL);
	memset(name + 1, 'a', sizeof(name) - 2);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	assert_int_equal(notify_ready(), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abstract),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
