/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"
#include "base/why.h"
#include "core/identity.h"
#include "core/plan.h"
#include "core/tls/tls_setup.h"

/**
 * What io saw of an MTA's settings, as text; nothing here is owned. For
 * Postfix: `main_text` is main.cf, `services_text` master.cf, `effective_text`
 * the output of `postconf -c <config_dir> -x` ("name = value" a line, every
 * parameter, expanded), `origin_text` the content of the file that an absolute
 * path in myorigin names.
 */
struct driver_input {
	const char *config_dir;		/* absolute, no final slash */
	struct span main_text;
	struct span services_text;
	struct span effective_text;
	struct span origin_text;
	/* Which of the host's files a chroot wants are there (absolute paths,
	 * NULL-terminated); chroot copies are planned for these alone. */
	const char *const *host_files;
	/* Of the two files; what is made of them is no more open than they
	 * are. 0: not known, and as open as Postfix likes them. */
	mode_t main_mode;
	mode_t services_mode;
};

/** What is wanted. */
struct driver_want {
	const struct identity *identity;
	const char *run_dir;		/* of the instance, e.g.
					 * /run/bindback/mail */
	const char *unbound_transports;	/* words; may be empty */
	const char *parameters;		/* further options, words; may be "" */
	bool held;			/* keep remote delivery queued */
};

enum finding_level {
	FINDING_NOTE,		/* was rewritten; good to know */
	FINDING_WARNING,	/* works, but not as the admin may think */
};

struct finding {
	enum finding_level level;
	char *text;		/* names the file and line, transport, option */
};

/** A socket that the MTA is to listen on. */
struct planned_listener {
	struct addr addr;	/* one of the identity's */
	char *service;		/* a port, or its name in services(5) */
};

/**
 * A derived binding: how to start, and what tells later that the MTA runs
 * and is bound. Owns its texts.
 */
struct binding {
	struct plan write;	/* overlay and chroot files; the MTA reads the
				 * held or the released variant as
				 * `want->held` says */
	struct plan launch;	/* the MTA runs on what `write` wrote */
	struct plan refresh;	/* a running MTA reads what `write` wrote */
	char *program;		/* the long-lived process's executable */
	char *program_dir;	/* executables of all its children */
	char *overlay_dir;	/* what MAIL_CONFIG in its environment says */
	char *spool_dir;	/* working folder of all its processes */
	char *pid_file;		/* locked while it runs */
	char *log_file;		/* where it logs; "": to syslog */
	char *log_names;	/* words: how the lines of its services in the
				 * log begin, e.g. "postfix" */
	/* All that it listens on at the identity's addresses; what it has at
	 * loopback is not told. */
	struct planned_listener *listeners;
	size_t listener_count;
	struct finding *findings;
	size_t finding_count;
};

/** Where a bound instance is: known from its record alone. */
struct driver_place {
	const char *run_dir;
	const char *overlay_dir;
	const char *spool_dir;
};

/** A mail server's driver: pure, so that it is tested with text files. */
struct driver {
	const char *name;	/* as in the parameter `mta` */
	/*
	 * 0; -EINVAL with a reason that names the file and line, or the
	 * parameter, that cannot be worked with. `ret` only on 0.
	 */
	int (*derive)(const struct driver_input *in,
		      const struct driver_want *want, struct binding *ret,
		      struct why *why);
	/*
	 * Plan how a running instance is switched to its held or its released
	 * variant, both of which binding.write prepared: `write` gets what
	 * changes its files, `refresh` what makes it read them; both may be
	 * the same plan. Released, deliveries begin at once. Needs none of
	 * the admin's files, which may be broken by then.
	 */
	void (*turn)(const struct driver_place *place, bool held,
		     struct plan *write, struct plan *refresh);
	/*
	 * What it would present in TLS at the identity's addresses, port 25.
	 * 0; -EINVAL for settings that cannot be read, -ENOTSUP for ones that
	 * only the mail server itself can evaluate. `ret` only on 0.
	 */
	int (*tls)(const struct driver_input *in, struct tls_setup *ret,
		   struct why *why);
	/*
	 * A digest of the settings that matter for the service of an identity,
	 * the same on two nodes that would serve it alike; never 0. What is
	 * rightly a node's own, and what the binding sets, does not count, nor
	 * do the contents of tables. 0, or -EINVAL for settings that cannot be
	 * read.
	 */
	int (*digest)(const struct driver_input *in,
		      const struct identity *identity, uint64_t *ret,
		      struct why *why);
};

/** The driver of this name, or NULL. */
const struct driver *driver_find(const char *name);

void binding_done(struct binding *binding);

/** Add a finding of one line; what is not printable in it comes out as \xNN,
 *  what is too long for a struct why is cut. */
void binding_add_finding(struct binding *binding, enum finding_level level,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

extern const struct driver driver_postfix;
