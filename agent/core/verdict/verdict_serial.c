/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/verdict_serial.h"

#include <string.h>

#include "core/verdict/reason_text.h"

static bool has_serial(const struct observation *obs)
{
	return obs->check == CHECK_SERIAL && obs->outcome == OUTCOME_MATCH;
}

static bool same_zone(const struct observation *a, const struct observation *b)
{
	return b->vantage.kind == VANTAGE_AUTHORITY &&
	       !strcmp(a->vantage.zone, b->vantage.zone);
}

/* The others are held against the first. */
static bool is_first(const struct verdict *v, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (has_serial(&v->observations[i]) &&
		    same_zone(&v->observations[index], &v->observations[i]))
			return false;
	return true;
}

/* A zone that only another name in our PTR has led to is others' business. */
static bool is_foreign(const struct verdict *v, const struct observation *obs)
{
	bool foreign = false;

	for (size_t i = 0; i < v->observation_count; i++) {
		const struct observation *other = &v->observations[i];

		if (!same_zone(obs, other) || other->check == CHECK_SERIAL)
			continue;
		if (other->check != CHECK_FCRDNS)
			return false;
		foreign = true;
	}
	return foreign;
}

bool verdict_serial_differs(const struct verdict *verdict, size_t index,
			    struct reason *ret)
{
	const struct observation *a = &verdict->observations[index];

	if (!has_serial(a) || !is_first(verdict, index) ||
	    is_foreign(verdict, a))
		return false;
	for (size_t i = index + 1; i < verdict->observation_count; i++) {
		const struct observation *b = &verdict->observations[i];

		if (!has_serial(b) || !same_zone(a, b) ||
		    a->serial == b->serial)
			continue;
		*ret = (struct reason){
			.status = VERDICT_DEGRADED,
			.blame = BLAME_OURS,
			.class = REASON_SERIAL,
		};
		reason_sentence_serial(a, b, ret);
		return true;
	}
	return false;
}
