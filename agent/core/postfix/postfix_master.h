/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"

/** What parts the words of an entry. */
#define MASTER_BLANKS " \t\r\n"

enum master_field {
	MASTER_NAME,
	MASTER_TYPE,
	MASTER_PRIVATE,
	MASTER_UNPRIVILEGED,
	MASTER_CHROOT,
	MASTER_WAKEUP,
	MASTER_MAXPROC,
	MASTER_COMMAND,
	MASTER_FIELDS,
};

/** `-o name=value` or `-o { name = value }`. */
struct master_option {
	char *name;
	char *value;
	unsigned int line;	/* 0: set by us */
};

/** One service of master.cf. */
struct master_service {
	char *fields[MASTER_FIELDS];	/* as written */
	unsigned int line;
	struct master_option *options;
	size_t option_count;
	char *flags;	/* options other than -o, each behind a space */
	char *args;	/* what follows the options, likewise */
	bool dropped;	/* in neither variant */
	bool held;	/* not in the held variant */
};

/** master.cf, master(5), in the order of the file. Owns its texts. */
struct master_cf {
	struct master_service *services;
	size_t count;
};

/**
 * Read master.cf; `file` names it in reasons. 0, or -EINVAL with file:line,
 * what was found and what is wanted; `ret` is made only on 0.
 */
int master_parse(const char *file, struct span text, struct master_cf *ret,
		 struct why *why);
void master_done(struct master_cf *cf);

void service_done(struct master_service *service);

/** The service of a type and a name, or NULL. */
struct master_service *master_find(const struct master_cf *cf,
				   const char *type, struct span name);

const struct master_option *service_option(const struct master_service *service,
					   const char *name);
/** Remove option `index`. */
void service_drop_option(struct master_service *service, size_t index);
/** Add an option of line `line` (0: ours); the texts are copied. */
void service_put_option(struct master_service *service, struct span name,
			struct span value, unsigned int line);
void service_set_field(struct master_service *service, enum master_field field,
		       const char *value);
bool service_is(const struct master_service *service, enum master_field field,
		const char *value);

/** master.cf again, in one of its variants. */
void master_print(const struct master_cf *cf, bool held, struct buf *out);
