/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/verdict/verdict.h"

/*
 * What would break if this node took over: looked at on each node that runs
 * the guard, whether it is bound or not.
 */

enum preflight_check {
	PREFLIGHT_NAMESERVER,	/* each of resolv.conf answers for our name */
	PREFLIGHT_REMOTE,	/* a remote's port takes connections; no SMTP.
				 * DEGRADED: not from a node's address. None
				 * where the virtual addresses are: there the
				 * verdict tells */
	PREFLIGHT_ROUTE,	/* a way to remotes, in each family */
	PREFLIGHT_INTERFACE,	/* a network for each virtual address here */
	PREFLIGHT_MTA,		/* installed, and can be bound */
	PREFLIGHT_SETTINGS,	/* as the owner's, where it matters */
	PREFLIGHT_CHROOT,	/* files that chrooted services read */
	PREFLIGHT_CERTIFICATE,
	PREFLIGHT_CLOCK,	/* agrees with the owner's */
	PREFLIGHT_WITNESS,	/* their key is here, and their ports take
				 * connections, as those of remotes */
	PREFLIGHT_OTHER,	/* one that is not known here, of a guard of
				 * another version. New ones before it */
	PREFLIGHT_CHECKS,	/* how many */
};

/** How one check ended: the words and values of a verdict's status
 *  (verified is a pass). Unknown is what could not be looked at. */
struct preflight_item {
	enum preflight_check check;
	enum verdict_status status;
	char subject[64];	/* which nameserver, remote, address; or "" */
	char text[192];		/* one printable sentence; "" for a pass of
				 * which there is nothing to say */
};

#define PREFLIGHT_ITEMS_MAX 48

struct preflight {
	int64_t time_s;		/* when; 0: never */
	uint64_t settings_digest;	/* of the effective settings that
					 * matter; 0: not known */
	struct preflight_item items[PREFLIGHT_ITEMS_MAX];
	size_t count;
};

/** Add one; what is over PREFLIGHT_ITEMS_MAX is dropped, though never a worse
 *  one for a better. Texts are made printable, and cut where they are too
 *  long. */
void preflight_add(struct preflight *preflight, enum preflight_check check,
		   enum verdict_status status, const char *subject,
		   const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/** By check, then subject, so that the same world gives the same words whoever
 *  answered first. */
void preflight_sort(struct preflight *preflight);
/** Do both say the same, whenever that was? Both in the same order. */
bool preflight_equal(const struct preflight *a, const struct preflight *b);
/** Take out what one check found. */
void preflight_drop(struct preflight *preflight, enum preflight_check check);

/**
 * What one check comes to; unknown when it found nothing. The worst item
 * decides (failed, unknown, degraded, verified), but of nameservers, remotes,
 * routes and witnesses one is enough: that some of them are bad is degraded,
 * that all are is what the best of them is. Where no remote at all can be
 * reached that is unknown: a firewall that passes the virtual addresses alone
 * looks the same from here as a broken line does.
 */
enum verdict_status preflight_judge_check(const struct preflight *preflight,
					  enum preflight_check check);
/** The worst of the checks that found something; unknown when none did. */
enum verdict_status preflight_judge(const struct preflight *preflight);
/** Did this check find anything, good or bad? */
bool preflight_has(const struct preflight *preflight,
		   enum preflight_check check);

/**
 * Of the remotes that were tried, how many can be reached, in 1/1000. 1000 also
 * when none was tried, and when none can be reached: then the judgement is
 * unknown, and nothing is known of shares.
 */
unsigned int preflight_reachable(const struct preflight *preflight);

/** Below 0, 0 or above 0 as the first is better than, as good as, or worse than
 *  the second. */
int preflight_status_compare(enum verdict_status a, enum verdict_status b);

const char *preflight_check_text(enum preflight_check check);
