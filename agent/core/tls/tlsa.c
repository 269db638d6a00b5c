/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tlsa.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cursor.h"

#define USAGE_NONE 255		/* RFC 7218, 2.1: private use */

static void record_read(const uint8_t *octets, size_t len, struct tlsa *ret)
{
	struct cursor in = cursor_reader(octets, len);

	ret->usage = cursor_get_u8(&in);
	ret->selector = cursor_get_u8(&in);
	ret->matching = cursor_get_u8(&in);
	ret->data = octets + in.pos;
	ret->data_len = cursor_left(&in);
	if (in.error)
		ret->usage = USAGE_NONE;
}

void tlsa_read(const struct dnsmsg *msg, struct tlsa_set *ret,
	       uint32_t *least_ttl_s)
{
	const char *owner = dnsmsg_canonical(msg, least_ttl_s);

	*ret = (struct tlsa_set){
		.octets = (uint8_t *)xmemdup0(msg->data, msg->data_len),
	};
	for (unsigned int i = 0; i < msg->record_count; i++) {
		const struct dns_record *record = &msg->records[i];

		if (record->type != DNS_TLSA || record->authority ||
		    strcmp(record->owner, owner) != 0)
			continue;
		if (record->ttl_s < *least_ttl_s)
			*least_ttl_s = record->ttl_s;
		record_read(ret->octets + record->data_at, record->data_len,
			    &ret->records[ret->count++]);
	}
}

void tlsa_set_done(struct tlsa_set *set)
{
	free(set->octets);
	*set = (struct tlsa_set){ 0 };
}

/* Can a mail server that sends to us use it (RFC 7672, 3.1)? */
static bool is_usable(const struct tlsa *record)
{
	if (record->usage != TLSA_DANE_TA && record->usage != TLSA_DANE_EE)
		return false;
	if (record->selector != TLSA_CERT && record->selector != TLSA_SPKI)
		return false;
	switch (record->matching) {
	case TLSA_FULL:
		return record->data_len > 0;
	case TLSA_SHA256:
		return record->data_len == 32;
	case TLSA_SHA512:
		return record->data_len == 64;
	default:
		return false;
	}
}

static bool octets_equal(const struct tlsa *record, const uint8_t *octets,
			 size_t len)
{
	return record->data_len == len && !memcmp(record->data, octets, len);
}

static bool record_fits(const struct tlsa *record,
			const struct certificate *cert)
{
	const struct certificate_form *form =
		record->selector == TLSA_CERT ? &cert->whole : &cert->key;

	switch (record->matching) {
	case TLSA_FULL:
		return octets_equal(record, form->der, form->der_len);
	case TLSA_SHA256:
		return octets_equal(record, form->sha256,
				    sizeof(form->sha256));
	case TLSA_SHA512:
		return octets_equal(record, form->sha512,
				    sizeof(form->sha512));
	default:
		return false;
	}
}

/* RFC 7671, 9: a digest beside a stronger one is not looked at. */
static bool is_outdone(const struct tlsa_set *set, const struct tlsa *record)
{
	for (unsigned int i = 0; i < set->count; i++) {
		const struct tlsa *other = &set->records[i];

		if (record->matching == TLSA_SHA256 &&
		    other->matching == TLSA_SHA512 &&
		    other->usage == record->usage &&
		    other->selector == record->selector &&
		    is_usable(other))
			return true;
	}
	return false;
}

static bool in_date(const struct certificate *cert, int64_t now_s)
{
	return cert->not_before_s <= now_s && now_s <= cert->not_after_s;
}

/* The record names certs[depth] as the anchor: what else must hold. */
static enum tlsa_fit anchored(const struct certificate_chain *chain,
			      unsigned int depth, const char *name,
			      int64_t now_s)
{
	for (unsigned int i = 0; i <= depth; i++)
		if (!in_date(&chain->certs[i], now_s))
			return TLSA_OUT_OF_DATE;
	return certificate_covers(&chain->certs[0], name) ? TLSA_FITS_TA :
							    TLSA_OTHER_NAME;
}

static enum tlsa_fit match_anchor(const struct tlsa *record,
				  const struct certificate_chain *chain,
				  const char *name, int64_t now_s)
{
	unsigned int depth;

	for (depth = 1; depth < chain->linked; depth++)
		if (record_fits(record, &chain->certs[depth]))
			return anchored(chain, depth, name, now_s);
	return record->matching == TLSA_FULL ? TLSA_ANCHOR_UNSENT :
					       TLSA_DIFFERS;
}

static enum tlsa_fit match_one(const struct tlsa *record,
			       const struct certificate_chain *chain,
			       const char *name, int64_t now_s)
{
	if (record->usage == TLSA_DANE_TA)
		return match_anchor(record, chain, name, now_s);
	return record_fits(record, &chain->certs[0]) ? TLSA_FITS_EE :
						       TLSA_DIFFERS;
}

enum tlsa_fit tlsa_match(const struct tlsa_set *set,
			 const struct certificate_chain *chain,
			 const char *name, int64_t now_s,
			 const struct tlsa **ret_record)
{
	enum tlsa_fit best = set->count ? TLSA_UNUSABLE : TLSA_ABSENT;
	const struct tlsa *decided = NULL;

	for (unsigned int i = 0; i < set->count; i++) {
		const struct tlsa *record = &set->records[i];
		enum tlsa_fit fit;

		if (!is_usable(record) || is_outdone(set, record))
			continue;
		fit = match_one(record, chain, name, now_s);
		if (!decided || fit < best) {
			best = fit;
			decided = record;
		}
	}
	if (ret_record)
		*ret_record = decided;
	return best;
}
