/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/guard/turn.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Nothing is taken but what turn_encode writes, and every reason has a word. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t again[TURN_BYTES];
	struct turn turn;
	uint16_t number;
	bool done;

	if (turn_decode(bytes, (uint32_t)size, &turn) == 0) {
		turn_encode(&turn, again);
		if (size != TURN_BYTES || memcmp(again, bytes, size) != 0 ||
		    !turn_reason_word(turn.reason))
			abort();
	}
	if (turn_answer_decode(bytes, (uint32_t)size, &number, &done) == 0) {
		turn_answer_encode(number, done, again);
		if (size != TURN_BYTES || memcmp(again, bytes, size) != 0)
			abort();
	}
	return 0;
}
