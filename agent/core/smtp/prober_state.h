/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/dns/host_addr.h"
#include "core/smtp/prober.h"

/*
 * Inside of the prober, shared by prober.c (who is asked, and what came of it)
 * and prober_search.c (where they are).
 */

#define FAMILIES 2	/* IPv4 and IPv6, in this order */

/** A mail server's name. */
struct mailhost {
	char name[NAME_MAX_LEN + 1];
	uint16_t preference;
	bool asked_libc;
	struct host_addr found[FAMILIES];
};

enum target_state {
	TARGET_NONE,		/* nothing is wanted in this family */
	TARGET_SEARCHED,	/* for an address */
	TARGET_NOWHERE,		/* none: told when the other family is known */
	TARGET_READY,		/* its errand is next */
	TARGET_OUT,		/* a dialogue is under way */
	TARGET_DONE,
};

/** A remote in one family. */
struct target {
	enum target_state state;
	bool carried;		/* what it said not long ago is carried over */
	unsigned int refusals;	/* up to now */
	struct vantage vantage;
};

struct subject {
	struct remote remote;
	struct mailhost hosts[PROBER_HOSTS_MAX];	/* best first */
	unsigned int host_count;
	struct target targets[FAMILIES];
};

struct lookup {
	struct question question;
	bool sent;
	bool answered;
	unsigned int subject;
	unsigned int host;
	unsigned int family;	/* place in `found` and `targets` */
};

struct prober {
	struct verdict *verdict;
	struct prober_request request;	/* its pointers are for prober_new */
	bool expired;
	struct subject subjects[REMOTES_MAX];
	unsigned int subject_count;
	struct lookup *lookups;
	unsigned int lookup_count;
	unsigned int next;	/* first that was not handed out */
};

sa_family_t prober_family(unsigned int family);
/** Of an errand's id. */
struct target *prober_target(struct prober *p, unsigned int id);

/** One about the target, as yet without a finding. */
struct observation prober_observation(const struct target *target,
				      enum check check, unsigned int family);
/** An observation that it was not asked, or (`outcome`) why there is no
 *  address; the target is done. */
void prober_leave_out(struct prober *p, struct target *target,
		      unsigned int family, enum outcome outcome,
		      const char *why);
/** An address was found for the target: it is ready, unless it is no server
 *  to ask. */
void prober_found(struct prober *p, unsigned int subject, unsigned int family,
		  const char *host, const struct addr *addr);

/** What was found not long ago is carried over, if anything: the target is
 *  READY then, for its route. */
void prober_recall(struct prober *p, const struct subject *subject,
		   struct target *target, unsigned int family);

/** Look for the addresses of the subject's targets that are SEARCHED. */
void prober_search(struct prober *p, unsigned int index);
/** The reply about the MX records of "mx:domain". */
void prober_mx_reply(struct prober *p, unsigned int index,
		     const struct reply *reply);
/** Add a mail server, behind those that are there (at most
 *  PROBER_HOSTS_MAX); then ask for the addresses of all. */
void prober_host_add(struct subject *subject, const char *name,
		     uint16_t preference);
void prober_hosts_ask(struct prober *p, unsigned int subject);
/** None of the subject's targets has an address. */
void prober_fail(struct prober *p, unsigned int index, enum outcome outcome,
		 const char *why);
