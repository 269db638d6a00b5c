/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/params.h"
#include "core/params_text.h"
#include "io/instance.h"

/*
 * The options of a command that are parameters of the agent, and say of which
 * identity it is to speak.
 */
#define WANTED_OPTIONS \
	{ "name", required_argument, NULL, 'n' }, \
	{ "ip", required_argument, NULL, 'i' }, \
	{ "public-ip", required_argument, NULL, 'p' }, \
	{ "resolver", required_argument, NULL, 's' }, \
	{ "remote", required_argument, NULL, 'm' }, \
	{ "sender-domain", required_argument, NULL, 'd' }, \
	{ "config-dir", required_argument, NULL, 'c' }, \
	{ "timeout", required_argument, NULL, 't' }

struct wanted {
	const char *command;		/* to be set; the others zeroed */
	const char *name;
	const char *timeout;
	const char *config_dir;
	struct buf ip;
	struct buf public_ip;
	struct buf resolvers;
	struct buf remotes;
	struct buf sender_domains;
	struct params_text text;	/* of the guard; what is not given is
					 * taken from here */
	char record_name[NAME_MAX_LEN + 1];
	char verify_interval[32];	/* of the record, else "" */
};

/** Take one of WANTED_OPTIONS; `value` must last. 0, or STATUS_USAGE for an
 *  option that is none of them. */
int wanted_add(struct wanted *wanted, int option, const char *value);
/** Is one of --name, --ip and --public-ip given? */
bool wanted_names_one(const struct wanted *wanted);

/** Take what the record of an instance that is bound on this node says. 0, or
 *  VERDICT_UNKNOWN when it was told why not. */
int wanted_fill(struct wanted *wanted, const struct instance *instance);

/** Take the parameters as the agent gave them to the guard of the instance. 0;
 *  -ENOENT: there is no guard; -EACCES, or another -errno. */
int wanted_fill_guarded(struct wanted *wanted, const struct instance *instance,
			struct why *why);

/** The parameters. 0; STATUS_USAGE when it was told what is wrong. */
int wanted_check(struct wanted *wanted, struct params *ret);
void wanted_done(struct wanted *wanted);
