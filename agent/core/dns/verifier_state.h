/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/dns/verifier.h"

/*
 * Inside of the verifier, shared by verifier.c (places and questions),
 * verifier_checks.c (replies that become observations) and discovery.c (zones
 * and their servers). Objects live in arrays and are
 * named by index, as the arrays are bounded and nothing is ever removed.
 */

#define NONE UINT32_MAX
#define CUTS_MAX 24
#define ZONES_MAX 12
#define HOSTS_MAX (ZONES_MAX * VERIFIER_ZONE_HOSTS_MAX)
#define TOPICS_MAX 32

/** What a question is for. */
enum purpose {
	PURPOSE_CHECK,	/* its reply becomes an observation */
	PURPOSE_CUT,	/* SOA: which zone holds a name */
	PURPOSE_NS,	/* the authoritative servers of a zone */
	PURPOSE_HOST,	/* the addresses of one of them */
};

enum ask_state {
	ASK_QUEUED,
	ASK_SENT,
	ASK_DONE,
};

struct ask {
	struct question question;
	enum ask_state state;
	enum purpose purpose;
	unsigned int place;
	unsigned int object;	/* cut, zone or host; CHECK: confirm or NONE */
	enum check check;	/* CHECK only, and family */
	sa_family_t family;
};

/** Somewhere to ask. */
struct place {
	struct vantage vantage;
	unsigned int zone;	/* of an authority, else NONE */
	bool useful;		/* a recursive one that has answered */
};

/** FCrDNS at NSS or a recursive place: the PTR names of one address. */
struct confirm {
	unsigned int pending;
	bool any;
	struct observation best;
};

/** The search for the zone that holds `name`. */
struct cut {
	char name[NAME_MAX_LEN + 1];
	char at[NAME_MAX_LEN + 1];	/* it, or one of its parents */
	unsigned int pending;		/* of the questions about `at` */
	unsigned int zone;		/* NONE until found */
	bool failed;
	char denied[NAME_MAX_LEN + 1];	/* zone of an NXDOMAIN, for want of
					 * a better answer */
	bool has_denied;
};

struct zone {
	char name[NAME_MAX_LEN + 1];
	unsigned int pending;
	bool found;
	bool failed;
};

/** One authoritative server's name. */
struct host {
	char name[NAME_MAX_LEN + 1];
	unsigned int zone;
	unsigned int pending;
	bool found;
};

/** What is to be asked of each authority of the zone that holds `name`. */
struct topic {
	char name[NAME_MAX_LEN + 1];
	enum dns_type type;
	enum check check;
	sa_family_t family;
	unsigned int cut;
};

struct verifier {
	struct verdict *verdict;
	bool expired;
	struct place places[VERIFIER_PLACES_MAX];
	unsigned int place_count;
	struct cut cuts[CUTS_MAX];
	unsigned int cut_count;
	struct zone zones[ZONES_MAX];
	unsigned int zone_count;
	struct host hosts[HOSTS_MAX];
	unsigned int host_count;
	struct topic topics[TOPICS_MAX];
	unsigned int topic_count;
	struct confirm confirms[VERIFIER_RECURSIVE_MAX * IDENTITY_ADDRS +
				IDENTITY_ADDRS];
	unsigned int confirm_count;
	struct ask *asks;	/* few are asked as a rule: it grows */
	unsigned int ask_count;
	unsigned int next;	/* first that was not handed out */
	unsigned int answered;
};

/** Add a question to the queue; false when the limit or the deadline is
 *  reached. `ask` comes with all but question.{id,server,kind,recurse}. */
bool verifier_ask(struct verifier *v, const struct ask *ask);

enum dns_type verifier_addr_type(sa_family_t family);
struct topic verifier_topic(const char *name, enum dns_type type,
			    enum check check, sa_family_t family);

/** A question that becomes an observation of its own or, with `confirm` other
 *  than NONE, a part of one. When it is not to be asked, an observation says
 *  so, and the result is false. `addr` is for NSS and may be NULL. */
bool verifier_check_ask(struct verifier *v, unsigned int place,
			const struct topic *topic, const struct addr *addr,
			unsigned int confirm);
/** A reply to a question of PURPOSE_CHECK. */
void verifier_check_reply(struct verifier *v, const struct ask *ask,
			  const struct reply *reply);

/** A place for an authoritative server's address and all the questions for
 *  it; nothing when it is there already. */
void verifier_add_authority(struct verifier *v, unsigned int host,
			    const struct addr *addr);

/** Want `name` asked of the authorities of its zone. */
void verifier_add_topic(struct verifier *v, const char *name,
			enum dns_type type, enum check check,
			sa_family_t family);

/** An observation NOT_ASKED, with `why` as evidence, for each topic of the
 *  zone, or of the cut. */
void verifier_leave_out_zone(struct verifier *v, unsigned int zone,
			     const char *host, const char *why);
void verifier_leave_out_cut(struct verifier *v, unsigned int cut,
			    const char *why);

/** Ask each authority of the zone that was found for the cut. */
void verifier_zone_found(struct verifier *v, unsigned int cut);

/** The cut of a name, searched for from now on; NONE at the limit. */
unsigned int discovery_cut(struct verifier *v, const char *name);
/** A reply to a question of PURPOSE_CUT, _NS or _HOST. */
void discovery_reply(struct verifier *v, const struct ask *ask,
		     const struct reply *reply);
