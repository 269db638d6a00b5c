/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

#define SHARE_ALL 1000

static int rank(enum verdict_status status)
{
	switch (status) {
	case VERDICT_VERIFIED:
		return 0;
	case VERDICT_DEGRADED:
		return 1;
	case VERDICT_UNKNOWN:
		return 2;
	case VERDICT_FAILED:
		return 3;
	}
	return 2;
}

int preflight_status_compare(enum verdict_status a, enum verdict_status b)
{
	return rank(a) - rank(b);
}

/* The place for one more: a free one, or that of a better one. */
static struct preflight_item *place_for(struct preflight *preflight,
					enum verdict_status status)
{
	struct preflight_item *best = &preflight->items[0];

	if (preflight->count < PREFLIGHT_ITEMS_MAX)
		return &preflight->items[preflight->count++];
	for (size_t i = 1; i < preflight->count; i++)
		if (preflight_status_compare(preflight->items[i].status,
					   best->status) < 0)
			best = &preflight->items[i];
	if (preflight_status_compare(best->status, status) >= 0)
		return NULL;
	return best;
}

void preflight_add(struct preflight *preflight, enum preflight_check check,
		   enum verdict_status status, const char *subject,
		   const char *fmt, ...)
{
	struct preflight_item *item = place_for(preflight, status);
	char raw[sizeof(item->text) * 2];
	va_list ap;

	if (!item)
		return;
	*item = (struct preflight_item){ .check = check, .status = status };
	printable(subject, strlen(subject), item->subject,
		  sizeof(item->subject));
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	printable(raw, strlen(raw), item->text, sizeof(item->text));
}

static int by_check(const void *a, const void *b)
{
	const struct preflight_item *x = a, *y = b;
	int subjects = strcmp(x->subject, y->subject);

	if (x->check != y->check)
		return x->check < y->check ? -1 : 1;
	return subjects ? subjects : strcmp(x->text, y->text);
}

void preflight_sort(struct preflight *preflight)
{
	qsort(preflight->items, preflight->count, sizeof(preflight->items[0]),
	      by_check);
}

static bool item_equal(const struct preflight_item *a,
		       const struct preflight_item *b)
{
	return a->check == b->check && a->status == b->status &&
	       !strcmp(a->subject, b->subject) && !strcmp(a->text, b->text);
}

bool preflight_equal(const struct preflight *a, const struct preflight *b)
{
	if (a->settings_digest != b->settings_digest || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!item_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

void preflight_drop(struct preflight *preflight, enum preflight_check check)
{
	size_t kept = 0;

	for (size_t i = 0; i < preflight->count; i++)
		if (preflight->items[i].check != check)
			preflight->items[kept++] = preflight->items[i];
	preflight->count = kept;
}

bool preflight_has(const struct preflight *preflight,
		   enum preflight_check check)
{
	for (size_t i = 0; i < preflight->count; i++)
		if (preflight->items[i].check == check)
			return true;
	return false;
}

/* Of several, one that is good will do. */
static bool one_is_enough(enum preflight_check check)
{
	switch (check) {
	case PREFLIGHT_NAMESERVER:
	case PREFLIGHT_REMOTE:
	case PREFLIGHT_ROUTE:
	case PREFLIGHT_WITNESS:
		return true;
	case PREFLIGHT_INTERFACE:
	case PREFLIGHT_MTA:
	case PREFLIGHT_SETTINGS:
	case PREFLIGHT_CHROOT:
	case PREFLIGHT_CERTIFICATE:
	case PREFLIGHT_CLOCK:
	case PREFLIGHT_OTHER:
	case PREFLIGHT_CHECKS:
		return false;
	}
	return false;
}

struct extremes {
	bool any;
	enum verdict_status best;
	enum verdict_status worst;
};

static struct extremes extremes_of(const struct preflight *preflight,
				   enum preflight_check check)
{
	struct extremes of = { false, VERDICT_FAILED, VERDICT_VERIFIED };

	for (size_t i = 0; i < preflight->count; i++) {
		const struct preflight_item *item = &preflight->items[i];

		if (item->check != check)
			continue;
		of.any = true;
		if (preflight_status_compare(item->status, of.best) < 0)
			of.best = item->status;
		if (preflight_status_compare(item->status, of.worst) > 0)
			of.worst = item->status;
	}
	return of;
}

enum verdict_status preflight_judge_check(const struct preflight *preflight,
					  enum preflight_check check)
{
	struct extremes of = extremes_of(preflight, check);

	if (!of.any)
		return VERDICT_UNKNOWN;
	if (!one_is_enough(check))
		return of.worst;
	if (of.best == VERDICT_VERIFIED)
		return of.worst == VERDICT_VERIFIED ? VERDICT_VERIFIED :
						      VERDICT_DEGRADED;
	return check == PREFLIGHT_REMOTE ? VERDICT_UNKNOWN : of.best;
}

enum verdict_status preflight_judge(const struct preflight *preflight)
{
	enum verdict_status worst = VERDICT_VERIFIED;
	bool any = false;

	for (enum preflight_check i = 0; i < PREFLIGHT_CHECKS; i++) {
		enum verdict_status status;

		if (!preflight_has(preflight, i))
			continue;
		any = true;
		status = preflight_judge_check(preflight, i);
		if (preflight_status_compare(status, worst) > 0)
			worst = status;
	}
	return any ? worst : VERDICT_UNKNOWN;
}

unsigned int preflight_reachable(const struct preflight *preflight)
{
	unsigned int tried = 0, reached = 0;

	for (size_t i = 0; i < preflight->count; i++) {
		const struct preflight_item *item = &preflight->items[i];

		if (item->check != PREFLIGHT_REMOTE ||
		    item->status == VERDICT_UNKNOWN)
			continue;
		tried++;
		reached += item->status == VERDICT_VERIFIED;
	}
	return reached ? reached * SHARE_ALL / tried : SHARE_ALL;
}

const char *preflight_check_text(enum preflight_check check)
{
	switch (check) {
	case PREFLIGHT_NAMESERVER:
		return "nameserver";
	case PREFLIGHT_REMOTE:
		return "remote";
	case PREFLIGHT_ROUTE:
		return "route";
	case PREFLIGHT_INTERFACE:
		return "interface";
	case PREFLIGHT_MTA:
		return "mta";
	case PREFLIGHT_SETTINGS:
		return "settings";
	case PREFLIGHT_CHROOT:
		return "chroot";
	case PREFLIGHT_CERTIFICATE:
		return "certificate";
	case PREFLIGHT_CLOCK:
		return "clock";
	case PREFLIGHT_WITNESS:
		return "witness";
	case PREFLIGHT_OTHER:
		return "other";
	case PREFLIGHT_CHECKS:
		break;
	}
	abort();
}
