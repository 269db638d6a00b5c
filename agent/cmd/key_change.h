/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "base/why.h"
#include "core/witness/keyring.h"

/*
 * What `bindback witness-key` does to a file of keys, one run at a time; make
 * and import also make the file and its folder. 0, and `out` tells it to who
 * asked, and what he is to do next; or -errno, and the file is as it was.
 */

int key_change_make(const char *path, const char *name, struct buf *out,
		    struct why *why);
int key_change_rotate(const char *path, const char *name, struct buf *out,
		      struct why *why);
int key_change_retire(const char *path, const char *name, struct buf *out,
		      struct why *why);
int key_change_import(const char *path, const struct keyring *more,
		      struct buf *out, struct why *why);

/** There is none of that name: says so, and returns -ENOENT. */
int key_change_none(const char *path, const char *name, struct why *why);

/** Append "NAME SERIAL (FINGERPRINT)". */
void key_put(const struct key *key, struct buf *out);
