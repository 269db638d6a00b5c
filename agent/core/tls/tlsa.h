/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dns/dnsmsg.h"
#include "core/tls/certificate.h"

/** Certificate usages (RFC 6698, 2.1.1; RFC 7218). */
enum tlsa_usage {
	TLSA_PKIX_TA = 0,
	TLSA_PKIX_EE = 1,
	TLSA_DANE_TA = 2,	/* an issuer in the chain */
	TLSA_DANE_EE = 3,	/* the server's own certificate */
};

enum tlsa_selector {
	TLSA_CERT = 0,
	TLSA_SPKI = 1,
};

enum tlsa_matching {
	TLSA_FULL = 0,
	TLSA_SHA256 = 1,
	TLSA_SHA512 = 2,
};

/** A TLSA record (RFC 6698, 2.1): the octets as they came. */
struct tlsa {
	uint8_t usage;
	uint8_t selector;
	uint8_t matching;
	const uint8_t *data;
	size_t data_len;
};

#define TLSA_MAX DNSMSG_RECORDS_MAX

/** All TLSA records of a name. Owns their octets. */
struct tlsa_set {
	struct tlsa records[TLSA_MAX];
	unsigned int count;
	uint8_t *octets;
};

/**
 * Take the TLSA records out of an answer, following its CNAMEs (RFC 7671, 7).
 * One too short to be a record is kept as usage 255, which nobody can use.
 * Lowers `*least_ttl_s` to the least TTL met.
 */
void tlsa_read(const struct dnsmsg *msg, struct tlsa_set *ret,
	       uint32_t *least_ttl_s);
/** Free what it holds; safe on a zeroed struct. */
void tlsa_set_done(struct tlsa_set *set);

enum tlsa_fit {
	TLSA_ABSENT,	/* there is no record */
	TLSA_UNUSABLE,	/* records, but none that can be used: senders encrypt
			 * and do not look at the certificate (RFC 7672, 2.2) */
	TLSA_FITS_EE,	/* DANE-EE: names and dates do not count (RFC 7671,
			 * 5.1) */
	TLSA_FITS_TA,	/* DANE-TA, and the chain leads there */
	TLSA_ANCHOR_UNSENT,	/* none fits, but an anchor is in the DNS
				 * itself, and may have signed the chain's end:
				 * not told here (RFC 7671, 5.2.2) */
	TLSA_OUT_OF_DATE,	/* DANE-TA, but a certificate on the way there
				 * is out of date */
	TLSA_OTHER_NAME,	/* DANE-TA, but the certificate does not cover
				 * the name (RFC 7672, 3.2.3) */
	TLSA_DIFFERS,	/* none fits */
};

/**
 * Hold a chain against the records, as a mail server that sends to `name`
 * does. Of several digests of one usage and selector only the strongest counts
 * (RFC 7671, 9). `ret_record` (or NULL) gets the record that decided.
 */
enum tlsa_fit tlsa_match(const struct tlsa_set *set,
			 const struct certificate_chain *chain,
			 const char *name, int64_t now_s,
			 const struct tlsa **ret_record);
