/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * The reason that travels with a result: one sentence for the person who has
 * to act, written by whoever met the obstacle ("what was tried, on what, what
 * came back"). Functions that can fail return 0 or a negative errno value and
 * fill a struct why as their last argument; on success they leave it alone.
 */
struct why {
	char text[640];
};

/**
 * Set the reason. What is not printable ASCII or UTF-8 comes out as \xNN, so
 * the text is safe to log. `why` may be NULL. Too long a text is cut.
 */
void why_set(struct why *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Put "<context>: " before the reason that is already there. */
void why_context(struct why *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
