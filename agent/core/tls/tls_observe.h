/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/observation.h"
#include "core/tls/presented.h"
#include "core/tls/tls_policy.h"

#define TLS_SOON_S (14 * 86400)	/* a certificate expires soon: WEAK */
#define TLS_OBSERVATIONS_MAX 2	/* CHECK_TLS, and CHECK_TLSA */

/**
 * Judge what our mail server presents as `name` at one place, at the time
 * `now_s` (seconds since the epoch).
 *
 * CHECK_TLS: MATCH when the certificate covers the name (RFC 9525) and is in
 * date; WEAK when it does not, or expires soon: senders that nothing obliges
 * encrypt without looking at it (RFC 3207, RFC 7435). MISMATCH when MTA-STS
 * obliges them (RFC 8461, 4.1: covered, in date, by a trusted authority), or
 * when TLS is wanted and cannot work at all. NODATA without TLS.
 *
 * CHECK_TLSA, where there are TLSA records or nobody could tell: MATCH;
 * MISMATCH, also without TLS; WEAK when no record can be used by SMTP;
 * INCONCLUSIVE when it hangs on an anchor that is in the DNS alone.
 *
 * What could not be seen or asked gives an outcome that is no answer.
 * Returns how many observations there are.
 */
unsigned int tls_observe(const char *name, const struct tls_policy *policy,
			 const struct presented *presented, int64_t now_s,
			 struct observation ret[TLS_OBSERVATIONS_MAX]);

/** Would mail from senders that follow TLSA records (RFC 7672) stop? */
bool tls_breaks_dane(const struct observation *obs);
