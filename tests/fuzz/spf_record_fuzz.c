/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "core/spf/spf_macro.h"
#include "core/spf/spf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Terms of a record that was taken are taken again, and lie inside of it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span text = { (const char *)bytes, size }, terms;
	struct spf_term term, redirect;
	struct why why;
	int r = 0;

	if (!spf_record_is(text) ||
	    spf_record_read(text, "d.test", &terms, &redirect, &why) < 0)
		return 0;
	while ((r = spf_term_next(&terms, &term, NULL)) > 0)
		if (term.text.p < text.p || !term.text.len ||
		    term.text.p + term.text.len > text.p + size ||
		    term.domain.len > term.text.len || term.prefix4 > 32 ||
		    term.prefix6 > 128 || (term.domain.len &&
		    spf_macro_check_domain(term.domain, NULL) < 0))
			abort();
	if (r < 0)
		abort();
	return 0;
}
