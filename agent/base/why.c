/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"

__attribute__((format(printf, 2, 0)))
static void why_vset(struct why *why, const char *fmt, va_list args)
{
	char raw[sizeof(why->text)];

	(void)vsnprintf(raw, sizeof(raw), fmt, args);
	printable(raw, strlen(raw), why->text, sizeof(why->text));
}

void why_set(struct why *why, const char *fmt, ...)
{
	va_list args;

	if (!why)
		return;
	va_start(args, fmt);
	why_vset(why, fmt, args);
	va_end(args);
}

void why_context(struct why *why, const char *fmt, ...)
{
	char old[sizeof(why->text)];
	size_t len;
	va_list args;

	if (!why)
		return;
	memcpy(old, why->text, sizeof(old));
	va_start(args, fmt);
	why_vset(why, fmt, args);
	va_end(args);
	len = strlen(why->text);
	(void)snprintf(why->text + len, sizeof(why->text) - len, ": %s", old);
}
