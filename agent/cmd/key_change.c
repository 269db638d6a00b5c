/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/key_change.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "io/key_file.h"
#include "io/mac.h"

/** What is to be changed, and how. */
struct change {
	const char *path;
	const char *name;		/* NULL: of import */
	const struct keyring *more;	/* of import */
	bool makes;			/* the folder, too */
	int (*carry_out)(const struct change *change, struct keyring *ring,
			 struct buf *out, struct why *why);
};

void key_put(const struct key *key, struct buf *out)
{
	char fingerprint[MAC_FINGERPRINT + 1];

	mac_fingerprint(key->secret, KEY_SECRET, fingerprint);
	buf_printf(out, "%s %u (%s)", key->name, key->serial, fingerprint);
}

int key_change_none(const char *path, const char *name, struct why *why)
{
	why_set(why, "%s has no key %s; which it has is told by: bindback "
		"witness-key list --file=%s", path, name, path);
	return -ENOENT;
}

/* "bindback witness-key VERB NAME", as it is to be called for this file. */
static void put_command(const struct change *change, const char *verb,
			struct buf *out)
{
	buf_printf(out, "  bindback witness-key %s %s", verb, change->name);
	if (strcmp(change->path, KEY_FILE) != 0)
		buf_printf(out, " --file=%s", change->path);
}

static void put_newest(const struct change *change, const char *verb,
		       const struct keyring *ring, struct buf *out)
{
	buf_printf(out, "%s %s the key ", change->path, verb);
	key_put(keyring_find(ring, change->name, 0), out);
}

static void put_how(const struct change *change, struct buf *out)
{
	buf_printf(out, "Copy %s to the other nodes of the cluster, with mode "
		   "0600, and hand the key to each witness:\n", change->path);
	put_command(change, "show", out);
	buf_puts(out, " | ssh WITNESS bindback witness-key import -\n");
}

static int add_key(struct keyring *ring, const char *name, struct why *why)
{
	uint8_t secret[KEY_SECRET];
	int r;

	mac_random(secret, sizeof(secret));
	r = keyring_add(ring, name, secret, why);
	explicit_bzero(secret, sizeof(secret));
	return r;
}

/* The agent wants one name alone in its file. */
static int check_other(const struct change *change, const struct keyring *ring,
		       struct why *why)
{
	if (strcmp(change->path, KEY_FILE) != 0 || !ring->count)
		return 0;
	why_set(why, "%s has the key %s; wanted there is one name alone, that "
		"of this cluster", change->path, ring->keys[0].name);
	return -EEXIST;
}

static int make_key(const struct change *change, struct keyring *ring,
		    struct buf *out, struct why *why)
{
	const char *name = change->name;
	int r;

	if (keyring_find(ring, name, 0)) {
		why_set(why, "%s has a key %s already; a new one beside it is "
			"made by: bindback witness-key rotate %s --file=%s",
			change->path, name, name, change->path);
		return -EEXIST;
	}
	r = check_other(change, ring, why);
	if (!r)
		r = add_key(ring, name, why);
	if (r < 0)
		return r;
	put_newest(change, "has", ring, out);
	buf_puts(out, ".\n");
	put_how(change, out);
	return 0;
}

static int rotate_key(const struct change *change, struct keyring *ring,
		      struct buf *out, struct why *why)
{
	struct keyring own = keyring_of(ring, change->name);
	uint32_t before, last;
	size_t count = own.count;
	int r;

	if (!count)
		return key_change_none(change->path, change->name, why);
	before = own.keys[0].serial;
	last = own.keys[count - 1].serial;
	r = add_key(ring, change->name, why);
	if (r < 0)
		return r;
	put_newest(change, "has", ring, out);
	buf_printf(out, ", which is new; %s %u stays valid", change->name,
		   before);
	if (count == KEYS_EACH)
		buf_printf(out, ", %s %u is dropped", change->name, last);
	buf_puts(out, ".\n");
	put_how(change, out);
	buf_puts(out, "When all have it, drop the one before, and do the same "
		 "again:\n");
	put_command(change, "retire", out);
	buf_puts(out, "\n");
	return 0;
}

static int retire_key(const struct change *change, struct keyring *ring,
		      struct buf *out, struct why *why)
{
	size_t gone;

	if (!keyring_find(ring, change->name, 0))
		return key_change_none(change->path, change->name, why);
	gone = keyring_retire(ring, change->name);
	put_newest(change, "has", ring, out);
	buf_puts(out, gone ? " and no other of that name now.\n" :
			     " and no other of that name, as before.\n");
	return 0;
}

static int import_keys(const struct change *change, struct keyring *ring,
		       struct buf *out, struct why *why)
{
	int r = keyring_merge(ring, change->more, why);

	if (r < 0)
		return r;
	for (size_t i = 0; i < change->more->count; i++) {
		buf_printf(out, "%s has the key ", change->path);
		key_put(&change->more->keys[i], out);
		buf_puts(out, ".\n");
	}
	if (!strcmp(change->path, KEY_FILE_WITNESS))
		buf_puts(out, "The witness takes that over when it is "
			 "started anew:\n"
			 "  systemctl restart bindback-witness\n");
	return 0;
}

/* Where there is no file yet there are no keys. */
static int change_locked(const struct change *change, struct buf *out,
			 struct why *why)
{
	struct keyring ring = { 0 };
	int r = key_file_read(change->path, false, &ring, why);

	if (!r || r == -ENOENT)
		r = change->carry_out(change, &ring, out, why);
	if (!r)
		r = key_file_write(change->path, &ring, why);
	keyring_done(&ring);
	return r;
}

static int make_folder(const char *path, struct why *why)
{
	const char *end = strrchr(path, '/');
	char folder[PATH_MAX];

	if (!end || end == path)
		return 0;
	if ((size_t)(end - path) >= sizeof(folder)) {
		why_set(why, "the path %.80s... is too long", path);
		return -ENAMETOOLONG;
	}
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(end - path),
		       path);
	return file_mkdirs(folder, 0755, why);
}

static int carry_out(const struct change *change, struct buf *out,
		     struct why *why)
{
	int lock, r;

	r = change->makes ? make_folder(change->path, why) : 0;
	if (!r)
		r = key_file_lock(change->path, &lock, why);
	if (r < 0)
		return r;
	r = change_locked(change, out, why);
	key_file_unlock(change->path, lock);
	return r;
}

int key_change_make(const char *path, const char *name, struct buf *out,
		    struct why *why)
{
	const struct change change = { path, name, NULL, true, make_key };

	return carry_out(&change, out, why);
}

int key_change_rotate(const char *path, const char *name, struct buf *out,
		      struct why *why)
{
	const struct change change = { path, name, NULL, false,
					rotate_key };

	return carry_out(&change, out, why);
}

int key_change_retire(const char *path, const char *name, struct buf *out,
		      struct why *why)
{
	const struct change change = { path, name, NULL, false,
					retire_key };

	return carry_out(&change, out, why);
}

int key_change_import(const char *path, const struct keyring *more,
		      struct buf *out, struct why *why)
{
	const struct change change = { path, NULL, more, true, import_keys };

	return carry_out(&change, out, why);
}
