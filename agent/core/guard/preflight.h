/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/verdict/verdict.h"

/*
 * What would break if this node took over: looked at on each node that runs
 * the guard, whether it is bound or not.
 */

enum preflight_check {
	PREFLIGHT_NAMESERVER,	/* each of resolv.conf answers for our name */
	PREFLIGHT_REMOTE,	/* a remote's port takes connections; no SMTP */
	PREFLIGHT_ROUTE,	/* a way to remotes, in each family */
	PREFLIGHT_INTERFACE,	/* a network for each virtual address here */
	PREFLIGHT_MTA,		/* installed, and can be bound */
	PREFLIGHT_SETTINGS,	/* as the owner's, where it matters */
	PREFLIGHT_CHROOT,	/* files that chrooted services read */
	PREFLIGHT_CERTIFICATE,
	PREFLIGHT_CLOCK,	/* agrees with the owner's */
	PREFLIGHT_CHECKS,	/* how many */
};

/** How one check ended: the words and values of a verdict's status
 *  (verified is a pass). Unknown is what could not be looked at. */
struct preflight_item {
	enum preflight_check check;
	enum verdict_status status;
	char subject[64];	/* which nameserver, remote, address; or "" */
	char text[192];		/* one printable sentence; "" for a pass */
};

#define PREFLIGHT_ITEMS_MAX 48

struct preflight {
	int64_t time_s;		/* when; 0: never */
	uint64_t settings_digest;	/* of the effective settings that
					 * matter; 0: not known */
	struct preflight_item items[PREFLIGHT_ITEMS_MAX];
	size_t count;
};

/** Add one; what is over PREFLIGHT_ITEMS_MAX is dropped, though never a
 *  failure for a pass. `text` is made printable. */
void preflight_add(struct preflight *preflight, enum preflight_check check,
		   enum verdict_status status, const char *subject,
		   const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * The worst of all, as a verdict's: failed, unknown, degraded, verified;
 * unknown when nothing was looked at. All remotes failing is failed, some of
 * them degraded.
 */
enum verdict_status preflight_judge(const struct preflight *preflight);

/** Of the remotes that were tried, how many can be reached, in 1/1000; 1000
 *  when none was tried. */
unsigned int preflight_reachable(const struct preflight *preflight);

const char *preflight_check_text(enum preflight_check check);
