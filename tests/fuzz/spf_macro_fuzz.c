/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/spf/spf_expand.h"
#include "core/spf/spf_macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is a domain-spec is a macro-string, and what it expands to is a name. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span spec = { (const char *)bytes, size };
	const struct addr ip = { AF_INET6, { 0x20, 0x01, 0x0d, 0xb8 } };
	const struct spf_values values = {
		.ip = &ip, .local = "post-master", .sender_domain = "a.b.test",
		.domain = "d.test", .helo = "mail.d.test", .validated = "p",
	};
	char name[NAME_MAX_LEN + 1];

	if (spf_macro_check_domain(spec, NULL) < 0)
		return 0;
	if (spf_macro_check(spec, NULL) < 0)
		abort();
	if (spf_expand(spec, &values, name) != spf_name_askable(name) ||
	    strlen(name) > NAME_MAX_LEN)
		abort();
	return 0;
}
