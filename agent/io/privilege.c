/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"

#define LOOKUP_BYTES 16384
#define DAEMON_FILES 16384
#define CAPABILITIES 64		/* more than any kernel has yet */

static const struct {
	__rlimit_resource_t resource;
	rlim_t most;
} limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_NOFILE, 1024 },
	{ RLIMIT_NPROC, 512 },		/* of all instances on this node */
	{ RLIMIT_FSIZE, 64 * 1024 * 1024 },
	{ RLIMIT_MEMLOCK, 64 * 1024 },
	{ RLIMIT_MSGQUEUE, 0 },
};

int privilege_find(const char *name, struct privilege_user *ret,
		   struct why *why)
{
	struct passwd entry, *found = NULL;
	char bytes[LOOKUP_BYTES];
	int r = getpwnam_r(name, &entry, bytes, sizeof(bytes), &found);

	if (r) {
		why_set(why, "cannot look up user %s: %s", name, strerror(r));
		return -r;
	}
	if (!found) {
		why_set(why, "user %s does not exist; make it with "
			"systemd-sysusers, or with useradd --system "
			"--user-group %s", name, name);
		return -ENOENT;
	}
	if (!found->pw_uid || !found->pw_gid) {
		why_set(why, "user %s is root (uid %u, gid %u); it must be one "
			"without any rights", name, found->pw_uid,
			found->pw_gid);
		return -EPERM;
	}
	*ret = (struct privilege_user){ found->pw_uid, found->pw_gid };
	return 0;
}

static int set_groups(gid_t own, bool publishes)
{
	struct group entry, *found = NULL;
	gid_t list[2] = { own };
	char bytes[LOOKUP_BYTES];
	size_t count = 1;

	/* A group that cannot be looked up is as good as none. */
	if (publishes)
		(void)getgrnam_r(PRIVILEGE_GROUP, &entry, bytes, sizeof(bytes),
				 &found);
	if (found && found->gr_gid && found->gr_gid != own)
		list[count++] = found->gr_gid;
	return setgroups(count, list) < 0 ? -errno : 0;
}

/* A cluster's peers are few, a witness's may be many. */
static rlim_t most_of(__rlimit_resource_t resource, rlim_t most,
		      enum privilege_kind kind)
{
	return resource == RLIMIT_NOFILE && kind == PRIVILEGE_DAEMON ?
		       DAEMON_FILES : most;
}

static int set_limits(enum privilege_kind kind)
{
	struct rlimit limit;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		rlim_t most = most_of(limits[i].resource, limits[i].most,
				      kind);

		if (getrlimit(limits[i].resource, &limit) < 0)
			return -errno;
		if (limit.rlim_max > most)
			limit.rlim_max = most;
		if (limit.rlim_cur > limit.rlim_max ||
		    (kind == PRIVILEGE_DAEMON &&
		     limits[i].resource == RLIMIT_NOFILE))
			limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].resource, &limit) < 0)
			return -errno;
	}
	return 0;
}

/* What an execve could bring back. */
static int close_ways_back(void)
{
	for (int i = 0; i < CAPABILITIES; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0 &&
		    prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	if (prctl(PR_SET_SECUREBITS,
		  SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
			  SECBIT_KEEP_CAPS_LOCKED |
			  SECBIT_NO_SETUID_FIXUP_LOCKED |
			  SECBIT_NO_CAP_AMBIENT_RAISE |
			  SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int clear_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static int change_user(const struct privilege_user *user)
{
	if (setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	return 0;
}

/* A change of the user undoes both: prctl(2). */
static int guard_process(enum privilege_kind kind)
{
	int signal = kind == PRIVILEGE_DAEMON ? 0 : SIGKILL;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		if (data[i].effective || data[i].permitted ||
		    data[i].inheritable)
			return true;
	for (int i = 0; i < CAPABILITIES; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
			return true;
	return false;
}

/* What is left that should not be, or NULL. */
static const char *what_is_left(const struct privilege_user *user)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) < 0 || r != user->uid || e != r || s != r)
		return "the user is another";
	if (getresgid(&rg, &eg, &sg) < 0 || rg != user->gid || eg != rg ||
	    sg != rg)
		return "the group is another";
	if (has_capabilities())
		return "capabilities are left";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return "programs could bring new privileges";
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return "it can be traced";
	if (setuid(0) == 0 || seteuid(0) == 0 || setresuid(-1U, 0, -1U) == 0 ||
	    setgid(0) == 0)
		return "it can become root again";
	return NULL;
}

int privilege_drop(const struct privilege_user *user, enum privilege_kind kind,
		   struct why *why)
{
	const char *left;
	int r;

	r = set_limits(kind);
	if (!r)
		r = set_groups(user->gid, kind == PRIVILEGE_PUBLISHER);
	if (!r)
		r = close_ways_back();
	if (!r)
		r = change_user(user);
	if (!r)
		r = clear_capabilities();
	if (!r)
		r = guard_process(kind);
	if (r < 0) {
		why_set(why, "cannot become uid %u: %s", user->uid,
			strerror(-r));
		return r;
	}
	left = what_is_left(user);
	if (!left)
		return 0;
	why_set(why, "uid %u is not without rights: %s", user->uid, left);
	return -EPERM;
}
