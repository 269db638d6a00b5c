/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/certificate.h"

#include <stdlib.h>
#include <string.h>

static void certificate_done(struct certificate *cert)
{
	for (unsigned int i = 0; i < cert->name_count; i++)
		free(cert->names[i]);
	free(cert->names);
	free(cert->whole.der);
	free(cert->key.der);
}

void certificate_chain_done(struct certificate_chain *chain)
{
	if (!chain)
		return;
	for (unsigned int i = 0; i < chain->count; i++)
		certificate_done(&chain->certs[i]);
	*chain = (struct certificate_chain){ 0 };
}

/* RFC 9525, 6.3: "*.example.com" stands for a.example.com, but neither for
 * example.com nor for a.b.example.com. */
static bool pattern_covers(const char *pattern, const char *name)
{
	const char *dot = strchr(name, '.');

	if (strncmp(pattern, "*.", 2) != 0)
		return !strcmp(pattern, name);
	return dot && dot != name && !strcmp(pattern + 1, dot);
}

bool certificate_covers(const struct certificate *cert, const char *name)
{
	for (unsigned int i = 0; i < cert->name_count; i++)
		if (pattern_covers(cert->names[i], name))
			return true;
	return false;
}

bool certificate_common_name_covers(const struct certificate *cert,
				    const char *name)
{
	return pattern_covers(cert->common_name, name);
}
