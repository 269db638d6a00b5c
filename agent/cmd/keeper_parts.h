/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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

/** In a child: become `argv`, with the fixed environment. */
void keeper_execute(const struct keeper *keeper, const char *const *argv)
	__attribute__((noreturn));
/** In a child: no signal blocked, and a group of its own, so that it can be
 *  killed with what it starts. */
void keeper_begin_child(void);
void keeper_kill(pid_t pid);
/** Kill children that are neither guard nor agent. */
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
/** Of what it does wrong one line is enough. */
void keeper_tell_once(struct keeper *keeper, enum told what, const char *text);

/* keeper_turn.c */

void keeper_take_turn(struct keeper *keeper, const struct turn *turn);
void keeper_agent_ended(struct keeper *keeper, int status);
void keeper_look_at_turn(struct keeper *keeper, int64_t now_ms);
int64_t keeper_turn_ms(const struct keeper *keeper);
