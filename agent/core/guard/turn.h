/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * What the guard may ask of its keeper, which runs as root: hold or release,
 * for one of these reasons, and nothing else. One message is TURN_BYTES long
 * in either direction.
 */

#define TURN_BYTES 8

/** Why; the agent is given the word of it, and no text of the guard. */
enum turn_reason {
	TURN_VERDICT = 1,	/* the verdict asks for it */
	TURN_HOLD_MAX = 2,
	TURN_NOT_WANTED = 3,	/* hold=false */
	TURN_LOST = 4,		/* another node has the claim */
	TURN_NO_QUORUM = 5,
	TURN_NO_CLUSTER = 6,	/* corosync is gone */
	TURN_UNCLAIMED = 7,	/* bound, and no claim is held or asked for */
};

struct turn {
	bool held;
	enum turn_reason reason;
	uint16_t number;	/* the answer has the same */
};

void turn_encode(const struct turn *turn, uint8_t ret[TURN_BYTES]);
/** 0, or -EBADMSG for anything but a sound one of exactly TURN_BYTES. */
int turn_decode(const void *bytes, uint32_t len, struct turn *ret);
/** The answer: was it done? */
void turn_answer_encode(uint16_t number, bool done, uint8_t ret[TURN_BYTES]);
int turn_answer_decode(const void *bytes, uint32_t len, uint16_t *ret_number,
		       bool *ret_done);

/** The word for the agent's argument, "lost" say, and back; NULL or -EINVAL
 *  for none. */
const char *turn_reason_word(enum turn_reason reason);
int turn_reason_parse(const char *word, enum turn_reason *ret);
/** For people, "another node has the claim". */
const char *turn_reason_text(enum turn_reason reason);
