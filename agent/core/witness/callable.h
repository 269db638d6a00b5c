/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/witness/binding.h"

/* Whom the witness may call back: what keeps it from being a weapon. */

struct callable {
	struct addr peer;
	struct addr *own;		/* this host's */
	size_t own_count;
	struct network *local;		/* this host's interfaces' */
	size_t local_count;
	struct network *allowed;	/* the rule's */
	size_t allowed_count;
	uint16_t ports[RULE_PORTS_MAX];
	size_t port_count;
};

/** Copies what it needs. */
void callable_init(const struct rule *rule, const struct binding_host *host,
		   const struct addr *peer, struct callable *ret);
/** Safe on a zeroed one. */
void callable_done(struct callable *callable);

/** Why this address must not be called, static; NULL: it may be. */
const char *callable_fault(const struct callable *callable,
			   const struct addr *addr);
bool callable_port(const struct callable *callable, uint16_t port);
