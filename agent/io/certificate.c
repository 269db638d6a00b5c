/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/certificate.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/buf.h"
#include "base/printable.h"

/* Printable and lower case, as names are compared. */
static void name_set(char *ret, size_t size, const void *bytes, size_t len)
{
	printable(bytes, len, ret, size);
	for (char *p = ret; *p; p++)
		*p = (char)tolower((unsigned char)*p);
}

static int digest_set(struct certificate_form *form)
{
	int r = gnutls_hash_fast(GNUTLS_DIG_SHA256, form->der, form->der_len,
				 form->sha256);

	return r < 0 ? r : gnutls_hash_fast(GNUTLS_DIG_SHA512, form->der,
					    form->der_len, form->sha512);
}

/* Takes over the octets, which GnuTLS has made. */
static int form_set(struct certificate_form *form, gnutls_datum_t *der)
{
	if (der->size > CERTIFICATE_SIZE_MAX) {
		gnutls_free(der->data);
		return GNUTLS_E_LARGE_PACKET;
	}
	form->der = (uint8_t *)xmemdup0(der->data, der->size);
	form->der_len = der->size;
	gnutls_free(der->data);
	return digest_set(form);
}

static int key_set(gnutls_x509_crt_t crt, struct certificate_form *form)
{
	gnutls_datum_t der = { 0 };
	gnutls_pubkey_t key;
	int r = gnutls_pubkey_init(&key);

	if (r < 0)
		return r;
	r = gnutls_pubkey_import_x509(key, crt, 0);
	if (!r)
		r = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der);
	gnutls_pubkey_deinit(key);
	return r < 0 ? r : form_set(form, &der);
}

static void subject_set(gnutls_x509_crt_t crt, struct certificate *cert)
{
	char name[NAME_MAX_LEN + 1];
	size_t size = sizeof(name);
	gnutls_datum_t dn = { 0 };

	if (!gnutls_x509_crt_get_dn3(crt, &dn, 0))
		printable((char *)dn.data, dn.size, cert->subject,
			  sizeof(cert->subject));
	gnutls_free(dn.data);
	if (!gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
					   0, 0, name, &size))
		name_set(cert->common_name, sizeof(cert->common_name), name,
			 size);
}

static void names_add(struct certificate *cert, const char *name, size_t len)
{
	char text[NAME_MAX_LEN * 4 + 1];	/* each octet as \xNN */

	name_set(text, sizeof(text), name, len);
	cert->names = xgrow(cert->names, cert->name_count,
			    sizeof(*cert->names));
	cert->names[cert->name_count++] = xstrdup(text);
}

/* A name longer than a DNS name is none that anybody asks for. */
static void names_set(gnutls_x509_crt_t crt, struct certificate *cert)
{
	char name[NAME_MAX_LEN + 1];

	for (unsigned int i = 0; cert->name_count < CERTIFICATE_NAMES_MAX;
	     i++) {
		size_t size = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name,
								&size, NULL);

		if (type == GNUTLS_SAN_DNSNAME)
			names_add(cert, name, size);
		else if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
	}
}

static int certificate_set(gnutls_x509_crt_t crt, struct certificate *cert)
{
	gnutls_datum_t der = { 0 };
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	int r;

	if (from == (time_t)-1 || until == (time_t)-1)
		return GNUTLS_E_ASN1_DER_ERROR;
	cert->not_before_s = from;
	cert->not_after_s = until;
	subject_set(crt, cert);
	names_set(crt, cert);
	r = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der);
	if (!r)
		r = form_set(&cert->whole, &der);
	return r < 0 ? r : key_set(crt, &cert->key);
}

/* Dates are judged later, and by whoever knows what time it is. */
static bool has_signed(gnutls_x509_crt_t issuer, gnutls_x509_crt_t crt)
{
	unsigned int flaws = 0;

	return !gnutls_x509_crt_verify(crt, &issuer, 1,
				       GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
				       &flaws) && !flaws;
}

static int chain_set(gnutls_x509_crt_t *crts, unsigned int count,
		     struct certificate_chain *chain, struct why *why)
{
	for (unsigned int i = 0; i < count; i++) {
		int r = certificate_set(crts[i], &chain->certs[i]);

		chain->count++;
		if (r < 0) {
			why_set(why, "certificate %u: %s", i + 1,
				gnutls_strerror(r));
			return -EBADMSG;
		}
	}
	chain->linked = 1;
	while (chain->linked < count &&
	       has_signed(crts[chain->linked], crts[chain->linked - 1]))
		chain->linked++;
	return 0;
}

static void crts_done(gnutls_x509_crt_t *crts, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		gnutls_x509_crt_deinit(crts[i]);
}

static int crts_read(const struct span *ders, size_t count,
		     gnutls_x509_crt_t crts[CHAIN_MAX],
		     unsigned int *ret_count, struct why *why)
{
	unsigned int n;

	for (n = 0; n < count && n < CHAIN_MAX; n++) {
		const gnutls_datum_t der = {
			.data = (unsigned char *)ders[n].p,
			.size = (unsigned int)ders[n].len,
		};
		int r = ders[n].len > CERTIFICATE_SIZE_MAX ?
				GNUTLS_E_LARGE_PACKET :
				gnutls_x509_crt_init(&crts[n]);

		if (!r) {
			r = gnutls_x509_crt_import(crts[n], &der,
						   GNUTLS_X509_FMT_DER);
			if (r < 0)
				gnutls_x509_crt_deinit(crts[n]);
		}
		if (r < 0) {
			why_set(why, "certificate %u: %s", n + 1,
				gnutls_strerror(r));
			crts_done(crts, n);
			return -EBADMSG;
		}
	}
	*ret_count = n;
	return 0;
}

int certificate_chain_make(const struct span *ders, size_t count,
			   struct certificate_chain *ret, struct why *why)
{
	struct certificate_chain chain = { 0 };
	gnutls_x509_crt_t crts[CHAIN_MAX];
	unsigned int n;
	int r = crts_read(ders, count, crts, &n, why);

	if (r < 0)
		return r;
	if (!n) {
		why_set(why, "there is no certificate");
		return -EBADMSG;
	}
	r = chain_set(crts, n, &chain, why);
	crts_done(crts, n);
	if (r < 0)
		certificate_chain_done(&chain);
	else
		*ret = chain;
	return r;
}

static bool is_trusted(gnutls_x509_crt_t *crts, unsigned int count)
{
	gnutls_x509_trust_list_t list;
	unsigned int flaws = 1;

	if (gnutls_x509_trust_list_init(&list, 0) < 0)
		return false;
	if (gnutls_x509_trust_list_add_system_trust(list, 0, 0) < 0 ||
	    gnutls_x509_trust_list_verify_crt(list, crts, count, 0, &flaws,
					      NULL) < 0)
		flaws = 1;
	gnutls_x509_trust_list_deinit(list, 1);
	return !flaws;
}

void certificate_chain_trust(struct certificate_chain *chain)
{
	gnutls_x509_crt_t crts[CHAIN_MAX];
	struct span ders[CHAIN_MAX];
	unsigned int n;

	for (unsigned int i = 0; i < chain->count; i++)
		ders[i] = (struct span){ (char *)chain->certs[i].whole.der,
					 chain->certs[i].whole.der_len };
	if (crts_read(ders, chain->count, crts, &n, NULL) < 0)
		return;
	chain->trusted = n && is_trusted(crts, n);
	crts_done(crts, n);
}
