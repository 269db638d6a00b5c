/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/tls/certificate.h"

#define NOW 1800000000		/* seconds since the epoch */
#define DAY 86400

static inline void fill_form(struct certificate_form *form, uint8_t seed)
{
	form->der_len = 5;
	form->der = (uint8_t *)xmemdup0("form?", form->der_len);
	form->der[4] = seed;
	memset(form->sha256, seed, sizeof(form->sha256));
	memset(form->sha512, seed, sizeof(form->sha512));
}

/** A certificate behind those that are there: the octets of its forms follow
 *  from its place, 0x10 for the first whole one, 0x11 for its key, 0x20 ... */
static inline struct certificate *add_certificate(
	struct certificate_chain *chain)
{
	struct certificate *cert = &chain->certs[chain->count++];

	chain->linked = chain->count;
	cert->not_before_s = NOW - 90 * DAY;
	cert->not_after_s = NOW + 90 * DAY;
	(void)snprintf(cert->subject, sizeof(cert->subject), "CN=test %u",
		       chain->count);
	fill_form(&cert->whole, (uint8_t)(chain->count * 16));
	fill_form(&cert->key, (uint8_t)(chain->count * 16 + 1));
	return cert;
}

static inline void add_san(struct certificate *cert, const char *name)
{
	cert->names = xgrow(cert->names, cert->name_count,
			    sizeof(*cert->names));
	cert->names[cert->name_count++] = xstrdup(name);
}
