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
	{ "remote", required_argument, NULL, 'm' }, \
	{ "sender-domain", required_argument, NULL, 'd' }, \
	{ "witness", required_argument, NULL, 'w' }, \
	{ "authkey", required_argument, NULL, 'k' }, \
	{ "config-dir", required_argument, NULL, 'c' }, \
	{ "timeout", required_argument, NULL, 't' }

/* Those that are of use only where somebody is asked. */
#define WANTED_ASK_OPTIONS \
	{ "resolver", required_argument, NULL, 's' }, \
	{ "callback", required_argument, NULL, 'b' }, \
	{ "callback-port", required_argument, NULL, 'P' }

enum wanted_value {
	WANTED_NAME,
	WANTED_IP,
	WANTED_PUBLIC_IP,
	WANTED_RESOLVERS,
	WANTED_REMOTES,
	WANTED_SENDER_DOMAINS,
	WANTED_WITNESSES,
	WANTED_AUTHKEY,
	WANTED_CALLBACK,
	WANTED_CALLBACK_PORT,
	WANTED_CONFIG_DIR,
	WANTED_TIMEOUT,
	WANTED_INTERVAL,	/* of the record alone */
	WANTED_VALUES,
};

struct wanted {
	const char *command;		/* to be set; the others zeroed */
	struct buf values[WANTED_VALUES];	/* as parameters; without data:
						 * not given */
	struct params_text text;	/* of the guard; what is not given is
					 * taken from here */
};

/** Take one of the options above. 0, or STATUS_USAGE for an option that is none
 *  of them. */
int wanted_add(struct wanted *wanted, int option, const char *text);
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
