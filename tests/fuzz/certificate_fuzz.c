/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "io/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A certificate as a server may send it, twice in one chain. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct span der = { (const char *)bytes, size };
	const struct span ders[] = { der, der };
	struct certificate_chain chain;

	if (certificate_chain_make(ders, 2, &chain, NULL) < 0)
		return 0;
	if (chain.count != 2 || chain.linked < 1 || chain.linked > 2 ||
	    strlen(chain.certs[0].common_name) > NAME_MAX_LEN ||
	    memcmp(chain.certs[0].whole.der, chain.certs[1].whole.der,
		   chain.certs[0].whole.der_len) != 0)
		abort();
	(void)certificate_covers(&chain.certs[0], "mail.test");
	certificate_chain_done(&chain);
	return 0;
}
