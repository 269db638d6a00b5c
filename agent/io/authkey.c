/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/authkey.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "io/authkey_copy.h"
#include "io/key_file.h"

/* The copy of a key that cannot be used says why. */
static void why_no_key(const char *path, bool copied, struct why *why)
{
	BUF_CLEAN text = { 0 };
	struct span line;

	why_set(why, "%s has no key", path);
	if (!copied || file_read(path, AUTHKEY_COPY_MAX, &text, NULL) < 0)
		return;
	line = (struct span){ text.data, text.len };
	if (span_skip(&line, AUTHKEY_UNFIT) && span_trim(line).len)
		why_set(why, "%.*s", SPAN_ARG(span_trim(line)));
}

static int check(const char *path, const struct keyring *ring, struct why *why)
{
	for (size_t i = 1; i < ring->count; i++)
		if (strcmp(ring->keys[i].name, ring->keys[0].name) != 0) {
			why_set(why, "%s has keys of several names, such as "
				"%s and %s; wanted is one name, with the key "
				"of this cluster", path, ring->keys[0].name,
				ring->keys[i].name);
			return -EINVAL;
		}
	return 0;
}

int authkey_load(const char *path, bool copied, struct key ret[KEYS_EACH],
		 size_t *ret_count, struct why *why)
{
	struct keyring ring = { 0 };
	int r = key_file_read(path, copied, &ring, why);

	if (r < 0)
		return r;
	if (!ring.count) {
		why_no_key(path, copied, why);
		r = -EINVAL;
	}
	if (!r)
		r = check(path, &ring, why);
	if (!r) {
		/* The ring has KEYS_EACH of a name at most. */
		memcpy(ret, ring.keys, ring.count * sizeof(*ret));
		*ret_count = ring.count;
	}
	keyring_done(&ring);
	return r;
}
