/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "core/witness/asker.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Whatever a witness says, it comes to an end and to a verdict. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct remote witness = { .literal = { AF_INET, { 198, 51, 100, 7 } } };
	struct asker_request request = { &witness, 1, 0, 9322, true, NULL };
	struct verdict verdict = { 0 };
	struct witness_msg msg;
	struct asker_answer answer = { .msg = &msg, .called = size % 2 };
	struct asker_errand errand;
	struct asker *asker;

	if (witness_decode(bytes, size, &msg, NULL) < 0 ||
	    identity_parse("a.b", "10.0.0.25", "", &verdict.identity, NULL))
		return 0;
	asker = asker_new(&verdict, &request);
	while (asker_next_errand(asker, &errand))
		asker_answer(asker, errand.id, &answer);
	if (!asker_finished(asker) || verdict.observation_count > 6)
		abort();
	verdict_judge(&verdict);
	asker_free(asker);
	verdict_done(&verdict);
	return 0;
}
