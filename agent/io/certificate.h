/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/span.h"
#include "base/why.h"
#include "core/tls/presented.h"
#include "core/tls/tls_setup.h"

/*
 * Certificates by GnuTLS: taken apart into plain data, for core to judge.
 */

/**
 * Take apart certificates given as DER, the server's own first; those beyond
 * CHAIN_MAX are left out. 0; -EBADMSG with what is wrong with which.
 */
int certificate_chain_make(const struct span *ders, size_t count,
			   struct certificate_chain *ret, struct why *why);

/** Find out whether the chain leads to an authority that the system trusts.
 *  That reads all of them: some 10 ms. */
void certificate_chain_trust(struct certificate_chain *chain);

#define PRESENTED_MAX (TLS_PAIRS_MAX * 2)

/**
 * What a mail server with these settings would present, one for each of its
 * chains (it picks by what the client can do), or a single one that says NONE.
 * A chain is BROKEN when a file cannot be read, its key is another one's, or no
 * file is set: TLS is offered then, and refused when it is asked for. A key
 * that our user may not read is not looked at, as the mail server reads it as
 * root; a chain that we may not read is UNKNOWN, and so is one that hangs on
 * the name asked for. Returns how many.
 */
unsigned int certificate_read_files(const struct tls_setup *setup,
				    struct presented ret[PRESENTED_MAX]);
