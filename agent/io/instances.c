/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/instances.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct instance *)a)->id,
		      ((const struct instance *)b)->id);
}

/* Names that are no resource id (., ..) are none of ours. */
static int collect(DIR *dir, struct instance **list, size_t *count)
{
	struct instance instance;
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (instance_init(entry->d_name, &instance, NULL) < 0)
			continue;
		if (*count == INSTANCES_MAX)
			return -E2BIG;
		*list = xgrow(*list, *count, sizeof(**list));
		(*list)[(*count)++] = instance;
	}
	return 0;
}

static int list_root(const char *root, struct instance **ret,
		     size_t *ret_count, struct why *why)
{
	struct instance *list = NULL;
	size_t count = 0;
	DIR *dir = opendir(root);
	int r = dir ? 0 : -errno;

	if (dir) {
		r = collect(dir, &list, &count);
		(void)closedir(dir);
	}
	if (r < 0 && r != -ENOENT) {
		why_set(why, "cannot list %s: %s", root, strerror(-r));
		free(list);
		return r;
	}
	if (count)
		qsort(list, count, sizeof(*list), by_id);
	*ret = list;
	*ret_count = count;
	return 0;
}

int instances_list(struct instance **ret, size_t *ret_count, struct why *why)
{
	return list_root(STATE_ROOT, ret, ret_count, why);
}

int instances_remembered(struct instance **ret, size_t *ret_count,
			 struct why *why)
{
	return list_root(HISTORY_ROOT, ret, ret_count, why);
}
