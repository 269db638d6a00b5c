/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/event/event.h"

/*
 * For event_of.c and event.c alone: what witnesses tell.
 *
 * A witness that gave no answer is 9318 in the class WITNESS, whatever the
 * cause: its host may be a remote too, whose word says nothing of the witness.
 * That the name does not lead it to us, or the call does not, is one 9322 in
 * the class CALLBACK; where both is so the name is the cause. That it saw
 * another source is 9322 as of a remote.
 */

/** Does what a witness told of name or callback make an event, were there no
 *  other observation? Then `event`, whose names are filled in, is it. */
bool event_of_witness(const struct verdict *verdict,
		      const struct observation *obs, struct event *event);

/** Does it show that such an event is over? Of 9318 and of CALLBACK alone. */
bool event_witness_ends(const struct event_key *key,
			const struct verdict *verdict,
			const struct observation *obs);
/** Is the key's class one that witnesses alone have? */
bool event_is_of_witness(const struct event_key *key);
