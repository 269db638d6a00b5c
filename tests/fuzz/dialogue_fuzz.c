/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "R", "B", "T" or "G" for the goal, then what the server says, in pieces parted by
 * "|". */
#include <stdlib.h>

#include "core/smtp/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span rest = { (const char *)bytes, size }, piece, out;
	struct dialogue_request request = { .helo = "mail.cluster.test" };
	struct dialogue dialogue;

	request.recipient = size && *bytes == 'R' ? "postmaster@a.test" : NULL;
	request.starttls = size && *bytes == 'T';
	request.greeting_only = size && *bytes == 'G';
	dialogue_begin(&dialogue, &request);
	dialogue_connected(&dialogue);
	(void)span_word(&rest, "|", &piece);
	while (span_word(&rest, "|", &piece)) {
		(void)dialogue_input(&dialogue, piece.p, piece.len);
		out = dialogue_output(&dialogue);
		if (out.len && out.p[out.len - 1] != '\n')
			abort();
	}
	dialogue_stop(&dialogue, DIALOGUE_CLOSED, NULL);
	if (!dialogue.result.code != (dialogue.result.end != DIALOGUE_ANSWERED))
		abort();
	return 0;
}
