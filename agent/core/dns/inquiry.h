/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "core/dns/question.h"

/**
 * What asks questions, as seen by what carries them out: the verification of
 * the records, the search for remotes, SPF, TLSA. Each is a machine without fd
 * or clock. `machine` stays with whoever made it.
 */
struct inquiry_ops {
	/** The next question to send; false: none for now. Each has its own
	 *  id, counted from 0. */
	bool (*next)(void *machine, struct question *ret);
	/** The reply to the question `id`; a second one is ignored. */
	void (*reply)(void *machine, unsigned int id,
		      const struct reply *reply);
	/** Nothing to send and nothing to wait for. */
	bool (*finished)(const void *machine);
	/** The time is up: whatever is open ends as TIMEOUT or NOT_ASKED. It
	 *  is finished then. */
	void (*expire)(void *machine);
};

struct inquiry {
	const struct inquiry_ops *ops;
	void *machine;
};
