/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

/** What /proc/PID/stat says of a process (proc(5)). */
struct process {
	pid_t pid;
	pid_t parent;
	pid_t group;
	char state;		/* R S D T t Z ... */
	uint64_t start_ticks;	/* since boot: with the pid, who it is */
};

/** 0; -ESRCH when there is none such (any more); another -errno when that
 *  cannot be told. */
int proc_stat(pid_t pid, struct process *ret);

/** The real user id, which setuid programs and delivery agents keep. 0 or
 *  -errno as proc_stat. */
int proc_uid(pid_t pid, uid_t *ret);

enum proc_link { PROC_EXE, PROC_CWD };

/**
 * Where a process's link leads, without the " (deleted)" that the kernel
 * adds when the file was replaced, by a package upgrade say. 0 or -errno.
 */
int proc_link(pid_t pid, enum proc_link link, char ret[PATH_MAX]);

/**
 * The value of a variable in the environment that the process was started
 * with. 0 (`ret` is made, the caller's), -ENOENT when it has none, -errno.
 */
int proc_env(pid_t pid, const char *name, struct buf *ret);

enum proc_ns { PROC_NS_PID, PROC_NS_MOUNT };

/**
 * Does the process live in another such namespace than we, as in a container
 * on this host? False when not known.
 */
bool proc_is_foreign(pid_t pid, enum proc_ns ns);

/** Does the process hold the socket with this inode? */
bool proc_has_socket(pid_t pid, uint32_t inode);

/** Return false to see no more. */
typedef bool proc_fn(void *ctx, pid_t pid);
/** Go through all processes. 0 or -errno. */
int proc_each(proc_fn *fn, void *ctx);
