/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/driver.h"
#include "core/postfix/postfix_main.h"
#include "core/postfix/postfix_master.h"

/*
 * The parts of the Postfix driver, one file each, work on this. Only
 * postfix.c makes one.
 */
struct postfix_job {
	const struct driver_input *in;
	const struct driver_want *want;
	char *main_path;	/* of the admin's files, for reasons */
	char *master_path;
	char *node;		/* the name Postfix had: its myhostname */
	char *source_dir;	/* what $config_directory stood for */
	struct main_cf main;
	struct master_cf master;
	struct binding *out;	/* findings go here */
};

/** The effective value of a parameter (postconf -x), or an empty span. */
struct span postfix_effective(const struct postfix_job *job, const char *name);

/**
 * Set a parameter in the overlay's main.cf; when it gives way to ours, what
 * the admin wrote is named in a note.
 */
void postfix_override(struct postfix_job *job, const char *name,
		      const char *value);

/** Is `name` among the words of a list, in any case of letters? */
bool postfix_lists_name(struct span list, const char *name);

/** Does a banner start with the cluster's name, as RFC 5321, 4.2, wants? */
bool postfix_banner_fits(const struct postfix_job *job, const char *banner);

/** Is this the name that Postfix had, with or without its domain? */
bool postfix_is_node_name(const struct postfix_job *job, const char *name);

/** postfix_names.c: myhostname and all that is said of it in main.cf:
 *  mydomain, myorigin, mydestination, the banners, smtp_helo_name.
 *  0, or -EINVAL with a reason. */
int postfix_bind_names(struct postfix_job *job, struct why *why);

/** postfix_addrs.c: the families, listeners and sources in main.cf, and
 *  what Postfix would otherwise derive from them. */
void postfix_bind_addrs(struct postfix_job *job);

/** postfix_services.c: what in master.cf would override the binding; which
 *  services are not in the held variant. 0, or -EINVAL with a reason. */
int postfix_bind_services(struct postfix_job *job, struct why *why);

/** postfix_listeners.c: listeners of master.cf with an address of their own;
 *  then all that listen on the identity's, into job->out. */
void postfix_bind_listeners(struct postfix_job *job);

/** postfix_log.c: where it logs, and under which names, into job->out. */
void postfix_find_log(struct postfix_job *job);

/** postfix_plans.c: driver.turn. */
void postfix_turn(const struct driver_place *place, bool held,
		  struct plan *write, struct plan *refresh);

/** postfix_plans.c: fill the plans and paths of job->out. 0, or -EINVAL. */
int postfix_make_plans(struct postfix_job *job, struct why *why);
