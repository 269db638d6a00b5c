/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

#define DURATION_MAX_MS (30LL * 24 * 3600 * 1000)

int parse_u32(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return -EINVAL;
	}
	*ret = (uint32_t)value;
	return 0;
}

int parse_duration_ms(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *name;
		int64_t mul, div;
	} units[] = {
		{ "", 1000, 1 },	{ "s", 1000, 1 },
		{ "sec", 1000, 1 },	{ "ms", 1, 1 },
		{ "msec", 1, 1 },	{ "us", 1, 1000 },
		{ "usec", 1, 1000 },	{ "m", 60000, 1 },
		{ "min", 60000, 1 },	{ "h", 3600000, 1 },
		{ "hr", 3600000, 1 },
	};
	size_t digits = strspn(text, "0123456789");
	int64_t value = 0;

	if (!digits || digits > 12)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (text[i] - '0');
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(text + digits, units[i].name))
			continue;
		value = value * units[i].mul / units[i].div;
		if (value > DURATION_MAX_MS)
			return -EINVAL;
		*ret_ms = value;
		return 0;
	}
	return -EINVAL;
}

int parse_bool(const char *text, bool *ret)
{
	static const char *const yes[] = { "true", "on", "yes", "y", "1" };
	static const char *const no[] = { "false", "off", "no", "n", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcasecmp(text, yes[i]))
			*ret = true;
		else if (!strcasecmp(text, no[i]))
			*ret = false;
		else
			continue;
		return 0;
	}
	return -EINVAL;
}
