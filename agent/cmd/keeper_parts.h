/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/why.h"
#include "core/guard/turn.h"
#include "io/guard_files.h"
#include "io/instance.h"

/*
 * The keeper's parts, for keeper*.c alone.
 */

/* What was logged already, of this guard. */
enum told {
	TOLD_UNSOUND = 1,
	TOLD_FLOOD = 2,
	TOLD_REFUSED = 4,
	TOLD_FAILED = 8,	/* until one is done */
};

struct guard_process {
	pid_t pid;		/* 0: none */
	int fd;			/* -1: it hung up, or is to end */
	bool ready;
	int64_t since_ms;
	int64_t until_ms;	/* then it is killed */
	const char *late;	/* ... and this is why */
	bool killed;
	unsigned int told;
	int64_t read_ms;	/* packets are counted from here on */
	unsigned int read_count;
};

struct turn_process {
	pid_t pid;		/* of the agent; 0: none */
	bool killed;
	bool orphan;		/* the guard that asked for it is gone */
	int64_t since_ms;
	struct turn turn;
};

/* What may be replaced under us. */
enum renew_part {
	RENEW_KEEPER,
	RENEW_GUARD,
	RENEW_PARTS,
};

/* A file as it lies on the disk; zeroed: none. */
struct renew_file {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct renewal {
	int64_t look_ms;	/* the next */
	struct renew_file seen[RENEW_PARTS];	/* at the last look */
	struct renew_file refused[RENEW_PARTS];	/* could not be used */
	int64_t again_ms[RENEW_PARTS];	/* then it is tried once more */
	pid_t pid;		/* of a trial; 0: none */
	bool killed;
	enum renew_part part;	/* that is tried */
	int64_t until_ms;	/* then it is killed */
	bool making_way;	/* the guard, for the next */
	struct renew_file guard;	/* what it was started from ... */
	int guard_fd;		/* ... and open; -1: that is what is kept */
	struct renew_file kept;	/* the last one that proved itself ... */
	int kept_fd;		/* ... and open, though it be gone; or -1 */
};

struct keeper {
	struct instance instance;
	struct guard_files files;
	int lock;
	int signals;
	int watch;
	int report;		/* to who started us; -1: done */
	struct why failure;	/* what is reported when nothing is left */
	bool more;		/* children wait to be reaped */
	struct guard_process guard;
	struct turn_process turn;
	struct renewal renewal;
	int64_t start_ms;	/* of the next guard */
	int64_t pause_ms;
	int64_t pace_ms;	/* turns are paid for until then */
	bool ending;
	bool killed;		/* ... what did not end when asked */
	bool gave_up;		/* ... and cannot be killed */
	int64_t end_ms;
};

/* keeper_launch.c */

/**
 * Go on as a daemon. The process that called ends in here, with the status
 * that keeper.h names, when it is told by keeper_report or when the daemon has
 * died. Returns the descriptor for keeper_report.
 */
int keeper_launch(void);
/** Once; NULL: the guard is ready. Closes the descriptor. */
void keeper_report(int *fd, const char *failure);

/* keeper.c */

/** End what there is, and then ourselves; a sentence says why. */
void keeper_end(struct keeper *keeper, const char *why);

/* keeper_process.c */

/** In a child: become `argv`, with the fixed environment: its first word, or
 *  what is open as `fd`, if not -1. */
void keeper_execute(const struct keeper *keeper, int fd,
		    const char *const *argv) __attribute__((noreturn));
/** In a child: no signal blocked, and a group of its own, so that it can be
 *  killed with what it starts. */
void keeper_begin_child(void);
void keeper_kill(pid_t pid);
/** Kill children that are neither guard nor agent nor a trial. */
void keeper_kill_strays(const struct keeper *keeper);
/** How one ended, by its status of waitpid. */
void keeper_say_end(const char *who, int status, struct why *ret);

/* keeper_guard.c */

/** Start it when it is time to, or kill it when it is. */
void keeper_look_at_guard(struct keeper *keeper, int64_t now_ms);
/** When that is to be called. */
int64_t keeper_guard_ms(const struct keeper *keeper);
/** Is it time to listen to it? */
bool keeper_may_read(struct guard_process *guard, int64_t now_ms);
void keeper_take_packets(struct keeper *keeper);
void keeper_guard_ended(struct keeper *keeper, int status);
/** It was another keeper's, whom we go on for. */
void keeper_take_over_guard(struct keeper *keeper);
/** Have it end, so that the next can be started. */
void keeper_replace_guard(struct keeper *keeper);
/** Of what it does wrong one line is enough. */
void keeper_tell_once(struct keeper *keeper, enum told what, const char *text);

/* keeper_turn.c */

void keeper_take_turn(struct keeper *keeper, const struct turn *turn);
void keeper_agent_ended(struct keeper *keeper, int status);
void keeper_look_at_turn(struct keeper *keeper, int64_t now_ms);
int64_t keeper_turn_ms(const struct keeper *keeper);

/* keeper_renew.c */

/** Look whether other executables are installed than those that run, and go
 *  over to them. */
void keeper_look_at_renewal(struct keeper *keeper, int64_t now_ms);
int64_t keeper_renewal_ms(const struct keeper *keeper);
void keeper_trial_ended(struct keeper *keeper, int status);
/** Before a guard is started: what is to be run, open, and ours; -1: the one
 *  that is installed. */
int keeper_choose_guard(struct keeper *keeper);
/** The guard was started by a keeper before this one. */
void keeper_renew_resume(struct keeper *keeper);
/** The guard has ended: was that the fault of one that was installed since, so
 *  that the one before it is to be started? */
bool keeper_falls_back(struct keeper *keeper, int status);

/* keeper_resume.c */

#define KEEPER_RESUME "--resume"
#define KEEPER_RESUME_MAX 160	/* no numbers of these keys need more */

/** What the next keeper has to know, as an argument. */
void keeper_resume_print(const struct keeper *keeper,
			 char ret[KEEPER_RESUME_MAX]);
/** Read it; keys that are not known here are skipped, and the executables'
 *  need not be told. 0 or -EINVAL. */
int keeper_resume_parse(const char *text, struct keeper *ret);
/** The descriptors that are handed over: closed in what we execute, or not. */
void keeper_resume_own(const struct keeper *keeper, bool own);
/** Become the keeper that is installed now, in the middle of it all. Comes back
 *  with -errno, and nothing has changed. */
int keeper_become_next(struct keeper *keeper);
