/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/msg/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is read is written so that it reads alike, and no longer. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t first[WITNESS_MAX], second[WITNESS_MAX];
	struct witness_msg msg;
	size_t len;

	if (witness_decode(bytes, size, &msg, NULL) < 0)
		return 0;
	if (witness_frame_len(bytes, size, NULL) != (int)size)
		abort();
	len = witness_encode(&msg, first);
	if (witness_decode(first, len, &msg, NULL) < 0 ||
	    witness_encode(&msg, second) != len || memcmp(first, second, len) != 0)
		abort();
	return 0;
}
