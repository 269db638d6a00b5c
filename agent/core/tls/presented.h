/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/observation.h"
#include "core/tls/certificate.h"

enum presented_what {
	PRESENTED_UNKNOWN,	/* could not be seen: see `outcome`, `detail` */
	PRESENTED_NONE,		/* no STARTTLS, and none is configured */
	PRESENTED_BROKEN,	/* TLS is wanted, but cannot work: `detail` */
	PRESENTED_CHAIN,
};

#define PRESENTED_PLACE_MAX 160
#define PRESENTED_DETAIL_MAX 160

/** What our mail server presents, or would present, at one place. */
struct presented {
	enum presented_what what;
	struct endpoint server;		/* asked there by SMTP; zeroed: by the
					 * settings of this node */
	char place[PRESENTED_PLACE_MAX];	/* printable, for evidence: an
						 * address, a file */
	enum outcome outcome;		/* UNKNOWN: one that is no answer */
	char detail[PRESENTED_DETAIL_MAX];	/* printable */
	uint32_t latency_ms;
	struct certificate_chain chain;
};

/** Set what and detail, which is cut where it is too long; the chain goes. */
void presented_fail(struct presented *presented, enum presented_what what,
		    const char *detail);

/** Free what it holds; safe on a zeroed struct. */
void presented_done(struct presented *presented);
