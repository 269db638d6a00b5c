/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/why.h"
#include "core/identity.h"
#include "core/remote.h"

#define RESOLVERS_MAX 8
#define SENDER_DOMAINS_MAX 8
#define WITNESSES_MAX 8

/** What to do when the verdict is not good (degraded, failed, unknown); in the
 *  order of the options in ocf/mta.xml. */
enum on_unverified {
	ON_UNVERIFIED_IGNORE,		/* write the verdict down, no more */
	ON_UNVERIFIED_ATTRIBUTE,	/* publish the node's score in an
					 * attribute */
	ON_UNVERIFIED_DEGRADE,		/* monitor answers 190 at level 20 */
	ON_UNVERIFIED_FAIL,		/* as degrade; and start and monitor
					 * fail when the verdict is failed,
					 * laid to us, and another node looks
					 * better */
};

/** In the order of the options in ocf/mta.xml. */
enum run_mode {
	MODE_ENFORCE,
	MODE_OBSERVE,			/* change nothing on the host: only the
					 * guard runs, and judges */
};

/** How a witness calls back; in the order of the options in ocf/mta.xml. */
enum callback_mode {
	CALLBACK_BINDBACK,		/* we listen on `callback_port` */
	CALLBACK_SMTP,			/* our mail server's greeting */
	CALLBACK_NONE,
};

/** The word of the option; static. */
const char *callback_text(enum callback_mode mode);

/** The agent's parameters, checked. Owns its texts. */
struct params {
	char *mta;
	struct identity identity;
	char *config_dir;	/* absolute, no final slash; NULL: default */
	char *binary;		/* absolute; NULL: the MTA's own */
	char *parameters;	/* words, further options; may be empty */
	char *unbound_transports;	/* words; may be empty */
	struct endpoint resolvers[RESOLVERS_MAX];
	unsigned int resolver_count;
	struct remote remotes[REMOTES_MAX];
	unsigned int remote_count;
	char *sender_domains;	/* words: host names, lower case; at most
				 * SENDER_DOMAINS_MAX; may be empty */
	struct remote witnesses[WITNESSES_MAX];	/* without mx and domain */
	unsigned int witness_count;
	char *authkey;		/* absolute: the file of the key */
	uint16_t callback_port;
	enum callback_mode callback;
	enum on_unverified on_unverified;
	bool hold;
	int64_t hold_max_ms;	/* 0: no limit */
	int64_t verify_timeout_ms;
	int64_t verify_interval_ms;
	bool require_quorum;
	enum run_mode mode;
	int32_t score;		/* of a node where nothing is wrong */
	int64_t dampen_ms;	/* of the node attribute */
};

/** The names of all parameters, in the order of the metadata; NULL after the
 *  last. */
const char *params_name(size_t i);

/** Gives the value of a parameter, or NULL when it is not set. */
typedef const char *params_get_fn(void *ctx, const char *name);

/**
 * Check every parameter, using the defaults of the metadata (ocf/mta.xml) for
 * those not set; `get` is asked for each once, and what it gives must last as
 * long as this call. Looks at nothing of the host. 0, or -EINVAL with one
 * sentence that starts with the parameter's name, says what was found and
 * what is wanted.
 */
int params_parse(params_get_fn *get, void *ctx, struct params *ret,
		 struct why *why);
/** A copy with texts of its own. */
struct params params_copy(const struct params *params);
/** Free the texts; NULL-safe, and safe on a zeroed struct. */
void params_done(struct params *params);
