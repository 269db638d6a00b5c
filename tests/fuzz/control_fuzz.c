/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/msg/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is taken reads back from what is written of it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct control_request asked, same;
	struct control_reply reply, again;
	uint8_t packet[CONTROL_MAX];
	size_t len;

	if (control_request_decode(bytes, size, &asked, NULL) == 0) {
		len = control_request_encode(&asked, packet);
		if (size < len || memcmp(packet, bytes, len) != 0 ||
		    control_request_decode(packet, len, &same, NULL) < 0)
			abort();
	}
	if (control_reply_decode(bytes, size, &reply, NULL) == 0) {
		len = control_reply_encode(&reply, packet);
		if (control_reply_decode(packet, len, &again, NULL) < 0 ||
		    strcmp(again.text, reply.text) != 0)
			abort();
	}
	return 0;
}
