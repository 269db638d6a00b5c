/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one keeper to the next, in one process: it keeps its number, its
 * children, its locks (fcntl's survive exec) and the socket to its guard.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/line.h"
#include "base/span.h"
#include "cmd/keeper.h"
#include "cmd/keeper_parts.h"

enum { KEY_LOCK, KEY_GUARD, KEY_SOCKET, KEY_SINCE, KEYS_NEEDED,
       KEY_RUNS = KEYS_NEEDED, KEY_KEPT, KEYS };

static const char *const keys[KEYS] = {
	[KEY_LOCK] = "lock",
	[KEY_GUARD] = "guard",
	[KEY_SOCKET] = "socket",
	[KEY_SINCE] = "since",
	[KEY_RUNS] = "runs",
	[KEY_KEPT] = "kept",
};

void keeper_resume_print(const struct keeper *keeper,
			 char ret[KEEPER_RESUME_MAX])
{
	const struct guard_process *guard = &keeper->guard;
	const int64_t values[KEYS] = {
		[KEY_LOCK] = keeper->lock,
		[KEY_GUARD] = guard->pid,
		[KEY_SOCKET] = guard->fd,
		[KEY_SINCE] = guard->since_ms,
		[KEY_RUNS] = keeper->renewal.guard_fd,
		[KEY_KEPT] = keeper->renewal.kept_fd,
	};
	size_t at = 0;

	for (size_t i = 0; i < KEYS; i++)
		if (values[i] >= 0)
			at += (size_t)snprintf(ret + at, KEEPER_RESUME_MAX - at,
					       "%s%s=%" PRId64, at ? " " : "",
					       keys[i], values[i]);
}

static int get_word(struct span word, int64_t values[KEYS])
{
	struct span key;
	uint64_t number;

	if (!span_cut(&word, "=", &key))
		return -EINVAL;
	for (size_t i = 0; i < KEYS; i++) {
		if (!span_equals(key, keys[i]))
			continue;
		if (values[i] >= 0 ||
		    line_get_number(word, 10, i == KEY_SINCE ? INT64_MAX :
							       INT_MAX,
				    &number) < 0)
			return -EINVAL;
		values[i] = (int64_t)number;
	}
	return 0;
}

int keeper_resume_parse(const char *text, struct keeper *ret)
{
	struct span rest = span_of(text), word;
	int64_t values[KEYS];

	for (size_t i = 0; i < KEYS; i++)
		values[i] = -1;
	while (span_word(&rest, " ", &word))
		if (get_word(word, values) < 0)
			return -EINVAL;
	for (size_t i = 0; i < KEYS_NEEDED; i++)
		if (values[i] < 0)
			return -EINVAL;
	if (!values[KEY_GUARD])
		return -EINVAL;
	ret->lock = (int)values[KEY_LOCK];
	ret->guard.pid = (pid_t)values[KEY_GUARD];
	ret->guard.fd = (int)values[KEY_SOCKET];
	ret->guard.since_ms = values[KEY_SINCE];
	ret->renewal.guard_fd = (int)values[KEY_RUNS];
	ret->renewal.kept_fd = (int)values[KEY_KEPT];
	return 0;
}

void keeper_resume_own(const struct keeper *keeper, bool own)
{
	const int handed[] = { keeper->lock, keeper->guard.fd,
			       keeper->renewal.guard_fd,
			       keeper->renewal.kept_fd };

	for (size_t i = 0; i < ARRAY_SIZE(handed); i++)
		(void)fcntl(handed[i], F_SETFD, own ? FD_CLOEXEC : 0);
}

int keeper_become_next(struct keeper *keeper)
{
	char text[KEEPER_RESUME_MAX];
	const char *const argv[] = { BINDBACK_KEEPER, keeper->instance.id,
				     KEEPER_RESUME, text, NULL };
	int r;

	keeper_resume_print(keeper, text);
	keeper_resume_own(keeper, false);
	/* The agent knows us by our environment. */
	(void)execve(argv[0], (char *const *)argv, environ);
	r = -errno;
	keeper_resume_own(keeper, true);
	return r;
}
