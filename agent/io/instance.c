/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/instance.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#define LOCK_PAUSE_MS 20

static bool id_is_sound(const char *id)
{
	size_t len = strlen(id);

	if (!len || len > INSTANCE_ID_MAX || id[0] == '.')
		return false;
	for (const char *p = id; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.:", *p))
			return false;
	return true;
}

int instance_init(const char *id, struct instance *ret, struct why *why)
{
	struct instance in = { .id = "" };

	if (!id || !id_is_sound(id)) {
		why_set(why, "resource id \"%.80s\": wanted are 1 to %d "
			"letters, digits, _ - . or :, not starting with a "
			"dot", id ? id : "", INSTANCE_ID_MAX);
		return -EINVAL;
	}
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.dir, sizeof(in.dir), "%s/%s", STATE_ROOT, id);
	(void)snprintf(in.state_path, sizeof(in.state_path), "%s/%s/%s",
		       STATE_ROOT, id, STATE_FILE);
	(void)snprintf(in.verdict_path, sizeof(in.verdict_path), "%s/%s/%s",
		       STATE_ROOT, id, STATE_VERDICT_FILE);
	(void)snprintf(in.history_path, sizeof(in.history_path), "%s/%s/%s",
		       HISTORY_ROOT, id, HISTORY_FILE);
	*ret = in;
	return 0;
}

void instance_of_resource(const char *id, struct instance *ret)
{
	char digest[32];

	if (!instance_init(id, ret, NULL))
		return;
	(void)snprintf(digest, sizeof(digest), "id-%016llx",
		       (unsigned long long)hash_fnv1a(id, strlen(id)));
	(void)instance_init(digest, ret, NULL);
}

int instance_load(const struct instance *instance, struct state *ret,
		  struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read(instance->state_path, STATE_TEXT_MAX, &text, why);
	if (r < 0)
		return r;
	r = state_parse((struct span){ text.data, text.len }, ret, why);
	if (r < 0)
		why_context(why, "%s", instance->state_path);
	else
		state_follow_clock(ret, clock_wall_lead_s());
	return r == -ENOENT ? -EINVAL : r;
}

int instance_save(const struct instance *instance, const struct state *state,
		  struct why *why)
{
	struct state now = *state;
	BUF_CLEAN text;

	buf_init(&text);
	now.clock_s = clock_wall_lead_s();
	state_print(&now, &text);
	return file_write(instance->state_path, text.data, text.len, 0644, 0,
			  why);
}

/* Who waited for it while its folder was removed has the lock of a file that
 * is gone. */
static bool is_there(int fd, const char *path)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !stat(path, &there) &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* -EAGAIN: somebody else has it now, or had it. Nobody but root can open the
 * file, or he could keep us from it. */
static int try_lock(const struct instance *instance, int *ret_fd)
{
	FD_CLEAN int fd = -1;
	char path[sizeof(instance->dir) + sizeof("/lock")];

	(void)snprintf(path, sizeof(path), "%s/lock", instance->dir);
	/* Not for writing: a /run that has become read-only fails nobody. */
	fd = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (!is_there(fd, path))
		return -EAGAIN;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int instance_lock(const struct instance *instance, int64_t deadline_ms,
		  int *ret_fd, struct why *why)
{
	int r = try_lock(instance, ret_fd);

	while (r == -EAGAIN && clock_ms() < deadline_ms) {
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
		r = try_lock(instance, ret_fd);
	}
	if (r == -EAGAIN) {
		why_set(why, "another action on %s is under way",
			instance->id);
		return -ETIMEDOUT;
	}
	if (r < 0)
		why_set(why, "cannot lock %s: %s", instance->dir,
			strerror(-r));
	return r;
}
