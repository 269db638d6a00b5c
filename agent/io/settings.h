/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "base/why.h"
#include "core/driver.h"
#include "core/params.h"

/** An MTA's settings as they are on this node, for a driver to read. */
struct settings {
	char *config_dir;
	struct buf main_text;
	struct buf services_text;
	mode_t main_mode;
	mode_t services_mode;
	struct buf effective_text;
	struct buf origin_text;
	char **host_files;	/* NULL-terminated */
};

/**
 * Read them: main.cf and master.cf of `config_dir`, and what postconf (from
 * beside `binary`) makes of them. 0; -ENOENT: program, folder or file is not
 * there; -EACCES; -errno. The reason starts with the parameter concerned.
 */
int settings_read(const struct params *params, struct settings *ret,
		  struct why *why);
void settings_done(struct settings *settings);

/** The driver's view; it points into `settings`. */
struct driver_input settings_input(const struct settings *settings);
