/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/instances.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/guard_files.h"

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
	size_t before = *count;

	while ((entry = readdir(dir))) {
		if (instance_init(entry->d_name, &instance, NULL) < 0)
			continue;
		if (*count - before == INSTANCES_MAX)
			return -E2BIG;
		*list = xgrow(*list, *count, sizeof(**list));
		(*list)[(*count)++] = instance;
	}
	return 0;
}

/* Append what is in the folder; one that is not there is empty. */
static int add_root(const char *root, struct instance **list, size_t *count,
		    struct why *why)
{
	DIR *dir = opendir(root);
	int r = dir ? 0 : -errno;

	if (dir) {
		r = collect(dir, list, count);
		(void)closedir(dir);
	}
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		why_set(why, "cannot list %s: %s", root, strerror(-r));
	return r;
}

static void drop_doubles(struct instance *list, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (!kept || strcmp(list[kept - 1].id, list[i].id))
			list[kept++] = list[i];
	*count = kept;
}

/* `also` may be NULL. */
static int list_roots(const char *root, const char *also,
		      struct instance **ret, size_t *ret_count,
		      struct why *why)
{
	struct instance *list = NULL;
	size_t count = 0;
	int r = add_root(root, &list, &count, why);

	if (!r && also)
		r = add_root(also, &list, &count, why);
	if (r < 0) {
		free(list);
		return r;
	}
	if (count)
		qsort(list, count, sizeof(*list), by_id);
	drop_doubles(list, &count);
	*ret = list;
	*ret_count = count;
	return 0;
}

int instances_list(struct instance **ret, size_t *ret_count, struct why *why)
{
	return list_roots(STATE_ROOT, NULL, ret, ret_count, why);
}

int instances_remembered(struct instance **ret, size_t *ret_count,
			 struct why *why)
{
	return list_roots(HISTORY_ROOT, NULL, ret, ret_count, why);
}

int instances_here(struct instance **ret, size_t *ret_count, struct why *why)
{
	return list_roots(STATE_ROOT, GUARD_ROOT, ret, ret_count, why);
}
