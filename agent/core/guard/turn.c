/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/turn.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/*
 * "BT" asks and "BA" answers; then the version, 0 or 1 (held, done), the
 * reason (0 in an answer), 0, and the number in network order.
 */
enum {
	AT_KIND = 1,
	AT_VERSION = 2,
	AT_YES = 3,
	AT_REASON = 4,
	AT_ZERO = 5,
	AT_NUMBER = 6,
};

#define VERSION 1

static void encode(char kind, bool yes, uint8_t reason, uint16_t number,
		   uint8_t ret[TURN_BYTES])
{
	ret[0] = 'B';
	ret[AT_KIND] = (uint8_t)kind;
	ret[AT_VERSION] = VERSION;
	ret[AT_YES] = yes;
	ret[AT_REASON] = reason;
	ret[AT_ZERO] = 0;
	ret[AT_NUMBER] = (uint8_t)(number >> 8);
	ret[AT_NUMBER + 1] = (uint8_t)number;
}

static bool is_sound(const uint8_t *bytes, uint32_t len, uint8_t kind)
{
	return len == TURN_BYTES && bytes[0] == 'B' && bytes[AT_KIND] == kind &&
	       bytes[AT_VERSION] == VERSION && bytes[AT_YES] <= 1 &&
	       !bytes[AT_ZERO];
}

static uint16_t number_of(const uint8_t *bytes)
{
	return (uint16_t)(bytes[AT_NUMBER] << 8 | bytes[AT_NUMBER + 1]);
}

void turn_encode(const struct turn *turn, uint8_t ret[TURN_BYTES])
{
	encode('T', turn->held, (uint8_t)turn->reason, turn->number, ret);
}

int turn_decode(const void *bytes, uint32_t len, struct turn *ret)
{
	const uint8_t *p = bytes;

	if (!is_sound(p, len, 'T') || p[AT_REASON] < TURN_VERDICT ||
	    p[AT_REASON] > TURN_UNCLAIMED)
		return -EBADMSG;
	*ret = (struct turn){
		.held = p[AT_YES],
		.reason = p[AT_REASON],
		.number = number_of(p),
	};
	return 0;
}

void turn_answer_encode(uint16_t number, bool done, uint8_t ret[TURN_BYTES])
{
	encode('A', done, 0, number, ret);
}

int turn_answer_decode(const void *bytes, uint32_t len, uint16_t *ret_number,
		       bool *ret_done)
{
	const uint8_t *p = bytes;

	if (!is_sound(p, len, 'A') || p[AT_REASON])
		return -EBADMSG;
	*ret_number = number_of(p);
	*ret_done = p[AT_YES];
	return 0;
}

const char *turn_reason_word(enum turn_reason reason)
{
	switch (reason) {
	case TURN_VERDICT:
		return "verdict";
	case TURN_HOLD_MAX:
		return "hold-max";
	case TURN_NOT_WANTED:
		return "not-wanted";
	case TURN_LOST:
		return "lost";
	case TURN_NO_QUORUM:
		return "no-quorum";
	case TURN_NO_CLUSTER:
		return "no-cluster";
	case TURN_UNCLAIMED:
		return "unclaimed";
	}
	return NULL;
}

int turn_reason_parse(const char *word, enum turn_reason *ret)
{
	for (enum turn_reason i = TURN_VERDICT; i <= TURN_UNCLAIMED; i++)
		if (!strcmp(word, turn_reason_word(i))) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

const char *turn_reason_text(enum turn_reason reason)
{
	switch (reason) {
	case TURN_VERDICT:
		return "the verdict asks for it";
	case TURN_HOLD_MAX:
		return "hold_max has passed";
	case TURN_NOT_WANTED:
		return "hold=false";
	case TURN_LOST:
		return "another node has the claim";
	case TURN_NO_QUORUM:
		return "this part of the cluster has no quorum";
	case TURN_NO_CLUSTER:
		return "corosync is gone";
	case TURN_UNCLAIMED:
		return "this node holds no claim to the identity";
	}
	return NULL;
}
