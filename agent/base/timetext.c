/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/timetext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/array.h"

struct time_text time_text(int64_t wall_s)
{
	struct time_text text = { "" };
	time_t seconds = (time_t)wall_s;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(text.s, sizeof(text.s), "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(text.s, "never");
	return text;
}

struct time_text age_text(int64_t seconds)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 },
	};
	struct time_text text = { "0 s" };
	size_t i = 0;
	int n;

	while (i < ARRAY_SIZE(units) && seconds < units[i].seconds)
		i++;
	if (i == ARRAY_SIZE(units))
		return text;
	n = snprintf(text.s, sizeof(text.s), "%" PRId64 " %s",
		     seconds / units[i].seconds, units[i].name);
	seconds %= units[i].seconds;
	if (++i < ARRAY_SIZE(units) && seconds >= units[i].seconds)
		(void)snprintf(text.s + n, sizeof(text.s) - (size_t)n,
			       " %" PRId64 " %s", seconds / units[i].seconds,
			       units[i].name);
	return text;
}
