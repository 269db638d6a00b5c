/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/instance.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"

static bool id_is_sound(const char *id)
{
	size_t len = strlen(id);

	if (!len || len > INSTANCE_ID_MAX || id[0] == '.')
		return false;
	for (const char *p = id; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.:", *p))
			return false;
	return true;
}

int instance_init(const char *id, struct instance *ret, struct why *why)
{
	struct instance in = { .id = "" };

	if (!id || !id_is_sound(id)) {
		why_set(why, "resource id \"%.80s\": wanted are 1 to %d "
			"letters, digits, _ - . or :, not starting with a "
			"dot", id ? id : "", INSTANCE_ID_MAX);
		return -EINVAL;
	}
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.dir, sizeof(in.dir), "%s/%s", STATE_ROOT, id);
	(void)snprintf(in.state_path, sizeof(in.state_path), "%s/%s/%s",
		       STATE_ROOT, id, STATE_FILE);
	(void)snprintf(in.verdict_path, sizeof(in.verdict_path), "%s/%s/%s",
		       STATE_ROOT, id, STATE_VERDICT_FILE);
	(void)snprintf(in.history_path, sizeof(in.history_path), "%s/%s/%s",
		       HISTORY_ROOT, id, HISTORY_FILE);
	*ret = in;
	return 0;
}

void instance_of_resource(const char *id, struct instance *ret)
{
	char digest[32];

	if (!instance_init(id, ret, NULL))
		return;
	(void)snprintf(digest, sizeof(digest), "id-%016llx",
		       (unsigned long long)hash_fnv1a(id, strlen(id)));
	(void)instance_init(digest, ret, NULL);
}

int instance_load(const struct instance *instance, struct state *ret,
		  struct why *why)
{
	BUF_CLEAN text = { 0 };
	int r;

	r = file_read(instance->state_path, STATE_TEXT_MAX, &text, why);
	if (r < 0)
		return r;
	r = state_parse((struct span){ text.data, text.len }, ret, why);
	if (r < 0)
		why_context(why, "%s", instance->state_path);
	return r == -ENOENT ? -EINVAL : r;
}

int instance_save(const struct instance *instance, const struct state *state,
		  struct why *why)
{
	BUF_CLEAN text;

	buf_init(&text);
	state_print(state, &text);
	return file_write(instance->state_path, text.data, text.len, 0644, 0,
			  why);
}
