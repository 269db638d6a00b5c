/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/msg/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What one guard reads another reads alike when it is sent on. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t first[MSG_MAX], second[MSG_MAX];
	struct msg msg;
	size_t len;

	if (msg_decode(bytes, size, &msg, NULL) < 0)
		return 0;
	len = msg_encode(&msg, first);
	msg_done(&msg);
	if (msg_decode(first, len, &msg, NULL) < 0 ||
	    msg_encode(&msg, second) != len || memcmp(first, second, len) != 0)
		abort();
	msg_done(&msg);
	return 0;
}
