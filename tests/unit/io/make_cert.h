/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Certificates made on the spot, so that none is kept and none expires. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/buf.h"
#include "base/clock.h"

#define DAY 86400

struct issued {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

struct issue_spec {
	const struct issued *by;	/* NULL: itself */
	const char *common_name;
	const char *const *names;	/* DNS names; NULL ends; may be NULL */
	int64_t until_s;		/* from now on */
	bool ca;
};

static inline void made(int r)
{
	if (r < 0)
		abort();
}

static inline void issue_extensions(const struct issue_spec *spec,
				    gnutls_x509_crt_t crt)
{
	for (const char *const *p = spec->names; p && *p; p++)
		made(gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, *p, (unsigned int)strlen(*p),
			GNUTLS_FSAN_APPEND));
	made(gnutls_x509_crt_set_basic_constraints(crt, spec->ca, -1));
	made(gnutls_x509_crt_set_key_usage(
		crt, spec->ca ? GNUTLS_KEY_KEY_CERT_SIGN :
				GNUTLS_KEY_DIGITAL_SIGNATURE));
}

static inline struct issued issue(const struct issue_spec *spec)
{
	int64_t now_s = clock_wall_s();
	struct issued ret;

	made(gnutls_x509_privkey_init(&ret.key));
	made(gnutls_x509_privkey_generate(
		ret.key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	made(gnutls_x509_crt_init(&ret.crt));
	made(gnutls_x509_crt_set_version(ret.crt, 3));
	made(gnutls_x509_crt_set_serial(ret.crt, "\1\2\3", 3));
	made(gnutls_x509_crt_set_dn_by_oid(
		ret.crt, GNUTLS_OID_X520_COMMON_NAME, 0, spec->common_name,
		(unsigned int)strlen(spec->common_name)));
	made(gnutls_x509_crt_set_activation_time(ret.crt, now_s - 2 * DAY));
	made(gnutls_x509_crt_set_expiration_time(ret.crt,
						 now_s + spec->until_s));
	made(gnutls_x509_crt_set_key(ret.crt, ret.key));
	issue_extensions(spec, ret.crt);
	made(gnutls_x509_crt_sign2(ret.crt,
				   spec->by ? spec->by->crt : ret.crt,
				   spec->by ? spec->by->key : ret.key,
				   GNUTLS_DIG_SHA256, 0));
	return ret;
}

static inline void issued_done(struct issued *issued)
{
	gnutls_x509_crt_deinit(issued->crt);
	gnutls_x509_privkey_deinit(issued->key);
}

/** Append as PEM. */
static inline void put_crt(const struct issued *issued, struct buf *out)
{
	gnutls_datum_t pem;

	made(gnutls_x509_crt_export2(issued->crt, GNUTLS_X509_FMT_PEM, &pem));
	buf_add(out, pem.data, pem.size);
	gnutls_free(pem.data);
}

static inline void put_key(const struct issued *issued, struct buf *out)
{
	gnutls_datum_t pem;

	made(gnutls_x509_privkey_export2(issued->key, GNUTLS_X509_FMT_PEM,
					 &pem));
	buf_add(out, pem.data, pem.size);
	gnutls_free(pem.data);
}
