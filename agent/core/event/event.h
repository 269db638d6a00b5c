/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/verdict/verdict.h"

/*
 * What a verdict, or a start that is refused, has to tell the operator by
 * itself: events, with the numbers and fields that mail servers of old had.
 */

enum event_number {
	EVENT_UNREACHED = 9318,		/* a remote cannot be reached */
	EVENT_UNUSABLE = 9321,		/* our name or listener is unusable */
	EVENT_NO_WAY_BACK = 9322,	/* a remote is not led back to us */
};

/** The causes, as numbered of old. */
enum event_code {
	CODE_NONE = 0,
	CODE_DENIED = 5,		/* access denied */
	CODE_UNAVAILABLE = 1722,	/* server unavailable */
	CODE_BUSY = 1723,		/* server too busy */
	CODE_IN_USE = 10048,		/* the address is also elsewhere */
	CODE_NOT_HERE = 10049,		/* the address is not on this node */
	CODE_TIMEOUT = 10060,
	CODE_REFUSED = 10061,
	CODE_UNREACHABLE = 10065,	/* no route to the host */
	CODE_NO_NAME = 11001,		/* no such name */
	CODE_TRY_AGAIN = 11002,		/* the name server could not tell */
	CODE_NO_DATA = 11004,		/* the name has no such record */
};

/* Classes of 9321, beside the words of enum reason_class; static. */
extern const char event_class_address[];	/* it is not on this node */
extern const char event_class_duplicate[];	/* it is also elsewhere */
extern const char event_class_listener[];	/* nothing listens on it */

struct event {
	enum event_number number;
	const char *class;	/* static: a word of `bindback explain` */
	sa_family_t family;	/* or 0 */
	unsigned int index;	/* the remote's place in the parameter
				 * `remotes`, or the witness's in `witnesses`,
				 * from 1; 0: it is not there */
	enum event_code code;
	enum event_code comms;	/* of the connection; NONE: not at fault */
	enum event_code bind;	/* of the resolving; NONE: not at fault */
	unsigned int reply;	/* the remote's three digits, or 0 */
	char name[NAME_MAX_LEN + 1];	/* ours */
	char remote[NAME_MAX_LEN + 1];	/* its name, else its address; "":
					 * 9321 */
	char protocol[NAME_MAX_LEN + 20];	/* "smtp:name[port]" or
						 * "bindback:name[port]": who
						 * was called, or is to be */
	int64_t seen_s;		/* seconds since the epoch */
	char evidence[EVIDENCE_MAX];	/* printable */
};

struct event_list {
	struct event *items;
	size_t count;
};

#define EVENTS_MAX 128	/* of one verdict; what is more is left out */

/**
 * The events that follow from a verdict: one for each number, class, remote
 * and family. What was heard from a place counts until it is heard of again;
 * a delivery that reached nobody counts only while no other host in that
 * family was reached since, as mail is sent to hosts that are no more.
 */
void event_of_verdict(const struct verdict *verdict, struct event_list *ret);
void event_list_done(struct event_list *list);

/** What makes two events the same. */
struct event_key {
	enum event_number number;
	const char *class;
	const char *remote;
	sa_family_t family;
};
struct event_key event_key(const struct event *event);
bool event_key_equal(const struct event_key *a, const struct event_key *b);

/**
 * Does the verdict, of whose events this is none, show after `seen_s` that it
 * is so no more? Silence does not show it, nor does another failure.
 */
bool event_is_over(const struct event_key *key, int64_t seen_s,
		   const struct verdict *verdict);

/** 9321 of a start: why one of the virtual addresses cannot be used. `class` is
 *  one of event_class_*, `addr` may be NULL. */
void event_of_start(const struct identity *id, const char *class,
		    const struct addr *addr, const char *evidence,
		    int64_t now_s, struct event *ret);
