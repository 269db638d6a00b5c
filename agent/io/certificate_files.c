/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/certificate.h"

#include <errno.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/printable.h"

#define FILE_MAX (256 * 1024)
#define KEY_ID_SIZE 32		/* SHA-256 */

static void place_set(struct presented *presented, const char *path)
{
	printable(path, strlen(path), presented->place,
		  sizeof(presented->place));
}

static void not_told(struct presented *presented, const char *detail)
{
	presented_fail(presented, PRESENTED_UNKNOWN, detail);
	presented->outcome = OUTCOME_NOT_ASKED;
}

/* Postfix reads its files as root; we may be somebody else. */
static bool is_denied(int r)
{
	return r == -EACCES || r == -EPERM;
}

static void unreadable(struct presented *presented, int r,
		       const struct why *why)
{
	if (is_denied(r))
		not_told(presented, why->text);
	else
		presented_fail(presented, PRESENTED_BROKEN, why->text);
}

static gnutls_datum_t datum_of(struct span text)
{
	return (gnutls_datum_t){
		.data = (unsigned char *)text.p,
		.size = (unsigned int)text.len,
	};
}

/* The certificates in a text, in their order. */
static int chain_read(struct span text, struct certificate_chain *ret,
		      struct why *why)
{
	const gnutls_datum_t pem = datum_of(text);
	gnutls_x509_crt_t crts[CHAIN_MAX];
	gnutls_datum_t ders[CHAIN_MAX] = { 0 };
	struct span spans[CHAIN_MAX];
	unsigned int count = CHAIN_MAX;
	int r = gnutls_x509_crt_list_import(crts, &count, &pem,
					    GNUTLS_X509_FMT_PEM, 0);

	if (r < 0) {
		why_set(why, "no certificate can be read from it: %s",
			gnutls_strerror(r));
		return -EBADMSG;
	}
	count = (unsigned int)r;
	for (unsigned int i = 0; i < count; i++) {
		(void)gnutls_x509_crt_export2(crts[i], GNUTLS_X509_FMT_DER,
					      &ders[i]);
		spans[i] = (struct span){ (char *)ders[i].data, ders[i].size };
	}
	r = certificate_chain_make(spans, count, ret, why);
	for (unsigned int i = 0; i < count; i++) {
		gnutls_free(ders[i].data);
		gnutls_x509_crt_deinit(crts[i]);
	}
	return r;
}

static int key_id(const struct certificate *cert,
		  unsigned char ret[KEY_ID_SIZE])
{
	const gnutls_datum_t der = {
		.data = cert->whole.der,
		.size = (unsigned int)cert->whole.der_len,
	};
	size_t size = KEY_ID_SIZE;
	gnutls_x509_crt_t crt;
	int r = gnutls_x509_crt_init(&crt);

	if (r < 0)
		return r;
	r = gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER);
	if (!r)
		r = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256,
					       ret, &size);
	gnutls_x509_crt_deinit(crt);
	return r;
}

/* NULL: the key is that of the certificate; else what is wrong. */
static const char *key_fault(const struct certificate *cert, struct span text)
{
	unsigned char wanted[KEY_ID_SIZE], found[KEY_ID_SIZE];
	const gnutls_datum_t pem = datum_of(text);
	size_t size = sizeof(found);
	gnutls_x509_privkey_t key;
	int r = gnutls_x509_privkey_init(&key);

	if (r < 0)
		return gnutls_strerror(r);
	r = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL,
					0);
	if (!r)
		r = gnutls_x509_privkey_get_key_id(key,
						   GNUTLS_KEYID_USE_SHA256,
						   found, &size);
	gnutls_x509_privkey_deinit(key);
	if (r < 0)
		return "no unencrypted private key can be read from it";
	if (key_id(cert, wanted) < 0 || memcmp(found, wanted, sizeof(wanted)))
		return "the private key belongs to another certificate";
	return NULL;
}

/* A chain of one text, its key of another or the same; p == NULL: it is not
 * ours to see. */
static void judge_texts(struct span certs, struct span key,
			struct presented *presented)
{
	struct why why = { "" };
	const char *fault = NULL;

	if (chain_read(certs, &presented->chain, &why) < 0) {
		presented_fail(presented, PRESENTED_BROKEN, why.text);
		return;
	}
	if (key.p)
		fault = key_fault(&presented->chain.certs[0], key);
	if (fault)
		presented_fail(presented, PRESENTED_BROKEN, fault);
	else
		presented->what = PRESENTED_CHAIN;
}

static struct span span_of_buf(const struct buf *buf)
{
	return (struct span){ buf->data, buf->len };
}

static void read_pair(const struct tls_pair *pair, struct presented *presented)
{
	BUF_CLEAN certs = { 0 };
	BUF_CLEAN key = { 0 };
	struct why why = { "" };
	int r;

	place_set(presented, pair->certs);
	r = file_read(pair->certs, FILE_MAX, &certs, &why);
	if (!r)
		r = file_read(pair->key, FILE_MAX, &key, &why);
	if (certs.data && is_denied(r))
		r = 0;
	if (r < 0)
		unreadable(presented, r, &why);
	else
		judge_texts(span_of_buf(&certs), span_of_buf(&key), presented);
}

static unsigned int read_chain_files(char *const *paths,
				     struct presented ret[PRESENTED_MAX])
{
	BUF_CLEAN all = { 0 };
	struct span rest, section;
	unsigned int count = 0;

	buf_init(&all);
	place_set(&ret[0], paths[0]);
	for (char *const *p = paths; *p; p++) {
		BUF_CLEAN text = { 0 };
		struct why why = { "" };
		int r = all.len > FILE_MAX ? -EFBIG :
					     file_read(*p, FILE_MAX, &text,
						       &why);

		if (r < 0) {
			unreadable(&ret[0], r, &why);
			return 1;
		}
		buf_add(&all, text.data, text.len);
		buf_puts(&all, "\n");
	}
	rest = span_of_buf(&all);
	while (count < PRESENTED_MAX && tls_section_next(&rest, &section)) {
		place_set(&ret[count], paths[0]);
		judge_texts(section, section, &ret[count++]);
	}
	return count;
}

static unsigned int read_pairs(const struct tls_setup *setup,
			       struct presented ret[PRESENTED_MAX])
{
	for (unsigned int i = 0; i < setup->pair_count; i++)
		read_pair(&setup->pairs[i], &ret[i]);
	return setup->pair_count;
}

static unsigned int nothing_to_read(bool offered, struct presented *ret)
{
	place_set(ret, "the settings of this node");
	if (offered)
		presented_fail(ret, PRESENTED_BROKEN, "no certificate is set");
	else
		presented_fail(ret, PRESENTED_NONE, "");
	return 1;
}

unsigned int certificate_read_files(const struct tls_setup *setup,
				    struct presented ret[PRESENTED_MAX])
{
	unsigned int count;

	memset(ret, 0, PRESENTED_MAX * sizeof(*ret));
	if (!setup->offered || (!setup->chain_files && !setup->pair_count))
		return nothing_to_read(setup->offered, ret);
	count = setup->chain_files ?
			read_chain_files(setup->chain_files, ret) :
			read_pairs(setup, ret);
	for (unsigned int i = 0; setup->by_server_name && i < count; i++)
		if (ret[i].what == PRESENTED_CHAIN)
			not_told(&ret[i], "the certificate hangs on the name "
				 "that is asked for (tls_server_sni_maps)");
	return count;
}
