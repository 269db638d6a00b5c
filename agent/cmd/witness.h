/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <qb/qbloop.h>
#include <stdbool.h>

#include "base/why.h"
#include "core/witness/binding.h"
#include "core/witness/keyring.h"
#include "core/witness/leases.h"
#include "core/witness/limits.h"
#include "core/witness/rules.h"
#include "io/acceptor.h"
#include "io/call.h"
#include "io/dns.h"
#include "io/inquire.h"
#include "io/nameservers.h"
#include "io/own_addrs.h"
#include "io/psk.h"

/*
 * bindback-witness, for its own files alone: the daemon on a remote that
 * resolves a cluster's name there and calls back. One loop; a peer for each
 * connection.
 */

#define WITNESS_CONFIG "/etc/bindback/witness.conf"
#define WITNESS_RUN_DIR "/run/bindback-witness"
#define WITNESS_WRONG 6		/* exit status: configuration or keys */

/* What the admin wrote. */
struct witness_settings {
	struct rules rules;
	struct keyring keys;
	bool credential;	/* the keys are a copy that systemd made when it
				 * started us */
};

/** Read configuration and keys; a missing file at the default place is an
 *  empty one. 0, or -errno with one sentence that names file and line. */
int witness_settings_read(const char *config, struct witness_settings *ret,
			  struct why *why);
/** Read them anew. 0: the configuration is the new one, and the keys if
 *  `ret_keys`, else the old ones, with the reason; -errno: all is as it was. */
int witness_settings_renew(const char *config, struct witness_settings *s,
			   bool *ret_keys, struct why *why);
void witness_settings_done(struct witness_settings *settings);
/** --check: what holds, on standard output. The exit status. */
int witness_check(const char *config);

/* What is known of this host, looked at anew now and then. */
struct witness_sight {
	struct own_addrs own;
	struct endpoint nameservers[NAMESERVERS_MAX];
	unsigned int nameserver_count;
	struct buf hosts;	/* the hosts file */
	int64_t seen_ms;	/* 0: never */
};

/** Look if it was not done just now. 0; -errno: a part is not known, and so
 *  nobody is to be called. */
int witness_look(struct witness_sight *sight, const char *hosts_file,
		 struct why *why);
void witness_sight_done(struct witness_sight *sight);

struct witness_peer;

struct witness {
	qb_loop_t *loop;
	const char *config;
	struct witness_settings settings;
	struct psk_context *psk;
	struct limits *limits;
	struct leases *leases;
	bool leases_changed;	/* of late: said once more */
	struct dns *dns;
	struct witness_sight sight;
	struct inquire_progress progress;	/* of nobody's interest */
	struct acceptor *acceptors[LISTEN_MAX];
	struct witness_peer *peers;
	unsigned int strangers;	/* connections that came to nothing, since that
				 * was told */
	bool ending;		/* when the last peer has gone */
	int status;
};

/** A connection came; for acceptor_start. */
void witness_accept(void *ctx, int fd, const struct endpoint *from);
/** End all without a word. */
void witness_peers_done(struct witness *w);
/** End when nobody is there any more. */
void witness_end_if_idle(struct witness *w);

/** What DNS says now about a bind of this key: take or drop a line of the
 *  hosts file, where its rule has that. Its address, when it is there; zeroed:
 *  none. */
struct addr witness_keep(struct witness *w, const char *key_name,
			 const char *name, const struct binding *binding);
/** Drop what has run out or is not allowed any more; write down what is wanted,
 *  for bindback-witness-hosts. */
void witness_leases_tidy(struct witness *w);
void witness_leases_write(struct witness *w);
/** From time to time: once more. systemd does not see a change that comes while
 *  bindback-witness-hosts runs for the one before. */
void witness_leases_repeat(struct witness *w);
