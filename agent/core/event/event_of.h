/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/event/event.h"

/* For event.c alone: what single observations tell. */

/** Does it make an event, were there no other observation? Then `ret` is it;
 *  else `ret` is of no use. */
bool event_of_observation(const struct verdict *verdict,
			  const struct observation *obs, struct event *ret);

/** Seconds since the epoch. */
int64_t event_seen_s(const struct verdict *verdict,
		     const struct observation *obs);
/** Is it a host's outside, a mail server's or witness's, and so of its events?
 */
bool event_tells_of_place(const struct observation *obs);
/** Does it tell whether our own name has addresses? */
bool event_tells_own_name(const struct observation *obs);

/** Fill one field. */
void event_put_remote(const struct vantage *vantage, struct event *event);
void event_put_protocol(const char *protocol, const char *called,
			unsigned int port, struct event *event);
