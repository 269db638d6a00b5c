/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/event/event_memory.h"
#include "core/params.h"
#include "core/verdict/verdict.h"

#define STATE_CLOCK_S 2	/* what the wall clock may err by */
#define STATE_ROOT "/run/bindback"	/* one folder for each instance */
#define STATE_FILE "state"
#define STATE_VERDICT_FILE "verdict.xml"

#define STATE_TEXT_MAX (256 * 1024)	/* of the whole record */
#define STATE_LIST_MAX 1024		/* of each list */
#define STATE_OVERLAY_MAX (4 * 1024 * 1024)	/* of each of our files */
#define STATE_LISTENERS_MAX 64

/** A file and what it looked like (hash_fnv1a). */
struct state_file {
	char *path;
	uint64_t digest;
};

struct state_files {
	struct state_file *items;
	size_t count;
};

/** `to` must stay a copy of `from`: a chroot's resolv.conf, hosts ... */
struct state_copy {
	char *from;
	char *to;
};

struct state_copies {
	struct state_copy *items;
	size_t count;
};

/** What monitor and people want to know of the last verdict without reading
 *  its XML; `time_s` is 0 while there is none. */
struct state_verdict {
	enum verdict_status status;
	enum blame blame;
	int64_t time_s;			/* seconds since the epoch */
	uint32_t duration_ms;
	char *summary;			/* the reason that decided */
	int64_t due_s;			/* when the next is due; 0: now */
	bool due_clears;		/* ... as a stale answer clears then */
	bool no_remote_takes_us;	/* decide_no_remote_takes_us */
};

/**
 * What the agent knows of one bound instance, from start to stop, kept in
 * STATE_ROOT/<instance>/state. Owns its texts; a text that is not known is
 * NULL, and an empty one reads back as NULL.
 */
struct state {
	struct identity identity;
	char *mta;
	char *config_dir;
	char *program;			/* the long-lived process's file */
	char *program_dir;
	char *overlay_dir;
	char *spool_dir;
	char *pid_file;
	char *log_file;			/* where it logs; NULL: to syslog */
	char *log_names;		/* words, as struct binding has them */
	int64_t master_pid;		/* 0: not known */
	uint64_t master_start_ticks;	/* /proc/<pid>/stat, field 22: a pid
					 * alone may have been used again */
	char *unbound_transports;	/* words: services that keep a source
					 * of their own */
	/* Where it listens on the identity's addresses, as planned. */
	struct endpoint listeners[STATE_LISTENERS_MAX];
	unsigned int listener_count;
	int64_t bound_since_s;		/* seconds since the epoch */
	int64_t first_delivery_s;	/* to a remote, once the history has
					 * it; 0: not yet */
	bool held;
	int64_t held_since_s;		/* 0: not held */
	int64_t clock_s;		/* wall clock less monotonic when this
					 * was saved; 0: not known */
	char *hold_reason;
	bool untold;			/* the mail server may not know yet of
					 * `held` */
	int64_t verify_interval_ms;
	int64_t hold_max_ms;		/* 0: no limit */
	enum on_unverified on_unverified;
	struct endpoint resolvers[RESOLVERS_MAX];
	unsigned int resolver_count;
	char *remotes;			/* words, as the parameter */
	char *sender_domains;
	char *witnesses;		/* words, as the parameter */
	char *authkey;
	int64_t callback_port;
	char *callback;			/* its word */
	struct state_files sources;	/* the admin's */
	struct state_files overlay;	/* ours, that the mail server reads */
	struct state_files variants;	/* ... that hold and release use */
	struct state_copies copies;
	struct state_verdict verdict;
	struct event_memory events;	/* that were told */
	char *last_notice;		/* said last, so as to say it once */
};

/**
 * Append the record: a line "bindback-state 1", then lines "key value", then
 * "end". The bytes of a text that would break a line or a word become \xNN.
 */
void state_print(const struct state *state, struct buf *out);

/**
 * Read a record. Keys not known here are skipped, so that an older program
 * reads a newer one's record; the version rises only when that would mislead.
 * 0, and `ret` is the caller's (state_done); -EFBIG: over STATE_TEXT_MAX;
 * -EPROTONOSUPPORT: no record or another version; -EINVAL: cut, or a line
 * that cannot be read (the reason names it).
 */
int state_parse(struct span text, struct state *ret, struct why *why);

/**
 * The wall clock is now so much ahead of the monotonic one, of the same boot:
 * where it has leapt since the record was saved, held_since_s leaps with it,
 * so that mail is held neither shorter nor longer for that.
 */
void state_follow_clock(struct state *state, int64_t clock_s);

/** Put a copy of `text`, or NULL, in the place of one of a record's texts. */
void state_set_text(char **to, const char *text);

/** NULL-safe, and safe on a zeroed or half-filled struct. */
void state_done(struct state *state);

/** Append a copy to a list. 0, or -E2BIG when STATE_LIST_MAX are there. */
int state_file_add(struct state_files *list, const char *path,
		   uint64_t digest);
int state_copy_add(struct state_copies *list, const char *from,
		   const char *to);
