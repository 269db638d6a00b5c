/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upgrade puts other files in the place of ours while we run, and stops
 * nothing. So we go over to them by ourselves, first the keeper, then the
 * guard, whose claim the next one resumes. Either is tried beforehand: amid an
 * upgrade a library may not be there yet. And a guard that fails all the same
 * gives way to the one before it, of which we have kept the executable.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/keeper.h"
#include "cmd/keeper_parts.h"

#ifndef KEEPER_RENEW_MS
#define KEEPER_RENEW_MS 5000	/* between looks; a file that two of them find
				 * the same is written to the end */
#endif
#ifndef KEEPER_AGAIN_MS
#define KEEPER_AGAIN_MS 60000	/* until what could not be used is tried anew */
#endif
#define TRY_MS 10000
#ifndef KEEPER_PROVED_MS
#define KEEPER_PROVED_MS 30000	/* a new guard that lives so long works */
#endif

static const char *const paths[RENEW_PARTS] = {
	[RENEW_KEEPER] = BINDBACK_KEEPER,
	[RENEW_GUARD] = BINDBACK_GUARD,
};
static const char *const names[RENEW_PARTS] = {
	[RENEW_KEEPER] = "keeper",
	[RENEW_GUARD] = "guard",
};

static struct renew_file file_of(const struct stat *st)
{
	return (struct renew_file){ st->st_dev, st->st_ino, st->st_size,
				    st->st_mtim };
}

static int look_at(const char *path, struct renew_file *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	*ret = file_of(&st);
	return 0;
}

static bool is_same(const struct renew_file *a, const struct renew_file *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Is another one installed, and has it been for a while? */
static bool is_due(struct keeper *keeper, enum renew_part part, int64_t now_ms)
{
	struct renewal *renewal = &keeper->renewal;
	struct renew_file runs = renewal->guard, there = { 0 };
	struct renew_file seen = renewal->seen[part];

	if (look_at(paths[part], &there) < 0 ||
	    (part == RENEW_KEEPER && look_at("/proc/self/exe", &runs) < 0))
		return false;
	renewal->seen[part] = there;
	if (is_same(&runs, &there) || !is_same(&seen, &there))
		return false;
	return !is_same(&renewal->refused[part], &there) ||
	       now_ms >= renewal->again_ms[part];
}

/* Nothing is to be lost, least of all a turn and its answer. */
static bool is_calm(const struct keeper *keeper)
{
	const struct guard_process *guard = &keeper->guard;

	return !keeper->ending && keeper->report < 0 && guard->pid &&
	       guard->ready && guard->fd >= 0 && !guard->killed &&
	       !keeper->turn.pid;
}

static void run_trial(const struct keeper *keeper, enum renew_part part)
{
	char text[KEEPER_RESUME_MAX];
	const char *const argv[] = { paths[part], keeper->instance.id,
				     KEEPER_CHECK,
				     part == RENEW_KEEPER ? text : NULL,
				     NULL };

	keeper_resume_print(keeper, text);
	keeper_begin_child();
	closefrom(STDERR_FILENO + 1);
	keeper_execute(keeper, -1, argv);
}

static void begin_trial(struct keeper *keeper, enum renew_part part)
{
	struct renewal *renewal = &keeper->renewal;
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid)
		run_trial(keeper, part);
	renewal->pid = pid;
	renewal->part = part;
	renewal->killed = false;
	renewal->until_ms = clock_ms() + TRY_MS;
}

/* Said once of a file. `again_ms` INT64_MAX: until it is another. */
static void refuse(struct keeper *keeper, enum renew_part part,
		   const struct renew_file *file, int64_t again_ms,
		   const char *why)
{
	struct renewal *renewal = &keeper->renewal;

	if (!is_same(&renewal->refused[part], file))
		log_line(LOG_WARNING, "%s: %s was replaced, and cannot be used "
			 "(%s): the %s of before is kept",
			 keeper->instance.id, paths[part], why, names[part]);
	renewal->refused[part] = *file;
	renewal->again_ms[part] = again_ms;
}

static void refuse_for_now(struct keeper *keeper, enum renew_part part,
			   const char *why)
{
	refuse(keeper, part, &keeper->renewal.seen[part],
	       clock_ms() + KEEPER_AGAIN_MS, why);
}

static void renew(struct keeper *keeper, enum renew_part part)
{
	if (part == RENEW_KEEPER) {
		refuse_for_now(keeper, part,
			       strerror(-keeper_become_next(keeper)));
		return;
	}
	log_line(LOG_INFO, "%s: the guard makes way for the one of an upgrade",
		 keeper->instance.id);
	keeper_replace_guard(keeper);
}

void keeper_trial_ended(struct keeper *keeper, int status)
{
	struct renewal *renewal = &keeper->renewal;
	struct why why;

	renewal->pid = 0;
	if (keeper->ending)
		return;
	if (status) {
		keeper_say_end("a trial of it", status, &why);
		refuse_for_now(keeper, renewal->part, why.text);
		return;
	}
	renewal->refused[renewal->part] = (struct renew_file){ 0 };
	if (is_calm(keeper))
		renew(keeper, renewal->part);
}

/* What is open, so that it is no other one by the time that it is kept. */
static struct renew_file look_at_open(int fd)
{
	struct renew_file none = { 0 };
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) ? file_of(&st) : none;
}

int keeper_choose_guard(struct keeper *keeper)
{
	struct renewal *renewal = &keeper->renewal;
	FD_CLEAN int fd = open(BINDBACK_GUARD, O_PATH | O_CLOEXEC);
	const struct renew_file there = look_at_open(fd);
	const bool is_kept = renewal->kept_fd >= 0;

	file_close(&renewal->guard_fd);
	if (is_kept && (fd < 0 ||
			is_same(&renewal->refused[RENEW_GUARD], &there))) {
		renewal->guard = renewal->kept;
		return renewal->kept_fd;
	}
	renewal->guard = there;
	if (!is_kept || !is_same(&renewal->kept, &there)) {
		renewal->guard_fd = fd;
		fd = -1;
	}
	return -1;
}

/* A script that runs us, say: it is not to be run again and again. */
static void look_at_self(struct keeper *keeper)
{
	struct renew_file runs = { 0 }, there = { 0 };

	if (!look_at("/proc/self/exe", &runs) &&
	    !look_at(BINDBACK_KEEPER, &there) && !is_same(&runs, &there))
		refuse(keeper, RENEW_KEEPER, &there, INT64_MAX,
		       "it runs another program");
}

void keeper_renew_resume(struct keeper *keeper)
{
	struct renewal *renewal = &keeper->renewal;

	look_at_self(keeper);
	renewal->kept = look_at_open(renewal->kept_fd);
	renewal->guard = renewal->guard_fd < 0 ?
				 renewal->kept :
				 look_at_open(renewal->guard_fd);
}

/* Did it end for what it is? Who killed it may have been anybody. */
static bool is_fault(const struct guard_process *guard, int status)
{
	if (guard->killed || !guard->ready)
		return true;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) != SIGKILL;
	return WEXITSTATUS(status) && WEXITSTATUS(status) != KEEPER_AGAIN;
}

bool keeper_falls_back(struct keeper *keeper, int status)
{
	struct renewal *renewal = &keeper->renewal;
	const struct guard_process *guard = &keeper->guard;
	struct why why;

	if (renewal->kept_fd < 0 || renewal->making_way ||
	    !is_fault(guard, status))
		return false;
	if (is_same(&renewal->kept, &renewal->guard)) {
		/* Its libraries are gone, perhaps: let the other try again. */
		if (!guard->ready)
			renewal->refused[RENEW_GUARD] =
				(struct renew_file){ 0 };
		return false;
	}
	if (guard->killed)
		why_set(&why, "it was killed: %s", guard->late);
	else
		keeper_say_end("it", status, &why);
	refuse(keeper, RENEW_GUARD, &renewal->guard, INT64_MAX, why.text);
	return true;
}

/*
 * The guard's executable, so that it can be started again when there is another
 * in its place which cannot. As root: so it is what we have opened ourselves,
 * and not what the guard's process runs by now.
 */
static void keep_guard(struct keeper *keeper, int64_t now_ms)
{
	struct renewal *renewal = &keeper->renewal;
	const struct guard_process *guard = &keeper->guard;

	if (!guard->ready || renewal->guard_fd < 0 ||
	    (renewal->kept_fd >= 0 &&
	     now_ms - guard->since_ms < KEEPER_PROVED_MS))
		return;
	file_close(&renewal->kept_fd);
	renewal->kept_fd = renewal->guard_fd;
	renewal->guard_fd = -1;
	renewal->kept = renewal->guard;
}

static void look_at_trial(struct renewal *renewal, int64_t now_ms)
{
	if (!renewal->pid || renewal->killed || now_ms < renewal->until_ms)
		return;
	keeper_kill(renewal->pid);
	renewal->killed = true;
}

void keeper_look_at_renewal(struct keeper *keeper, int64_t now_ms)
{
	struct renewal *renewal = &keeper->renewal;

	look_at_trial(renewal, now_ms);
	if (now_ms < renewal->look_ms)
		return;
	renewal->look_ms = now_ms + KEEPER_RENEW_MS;
	if (renewal->pid || !is_calm(keeper))
		return;
	keep_guard(keeper, now_ms);
	for (enum renew_part part = 0; part < RENEW_PARTS; part++)
		if (is_due(keeper, part, now_ms)) {
			begin_trial(keeper, part);
			return;
		}
}

int64_t keeper_renewal_ms(const struct keeper *keeper)
{
	const struct renewal *renewal = &keeper->renewal;

	if (renewal->pid && !renewal->killed &&
	    renewal->until_ms < renewal->look_ms)
		return renewal->until_ms;
	return keeper->ending ? INT64_MAX : renewal->look_ms;
}
