/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/dns/inquiry.h"
#include "core/msg/witness.h"
#include "core/witness/rules.h"

/*
 * One bind at the witness, as a machine without fd or clock: it resolves the
 * announced name in both families and the source's PTR with this host's own
 * nameservers (an inquiry), decides whether and whom to call back, and makes
 * the result.
 *
 * Called is only an address in the source's family that the name leads to (or,
 * WAY_SOURCE, the source itself), and that is the source or in one of the
 * rule's networks; only on the rule's ports; never one that no host may have or
 * that hides another (callable.c has the list), one of this host's own, or the
 * broadcast address of one of its networks. At most one call. Of several
 * addresses that may be called the source comes first, then those of the
 * identity.
 */

/** This host, in what matters for it. */
struct binding_host {
	const struct addr *own;		/* addresses */
	size_t own_count;
	const struct network *networks;	/* of its interfaces */
	size_t network_count;
	const struct addr *hosts[WITNESS_FAMILIES];	/* what its hosts file
							 * has for the name */
	size_t host_counts[WITNESS_FAMILIES];
};

struct binding_request {
	const struct witness_bind *bind;
	struct endpoint source;
	const struct rule *rule;
	const struct binding_host *host;
};

struct binding;

/** All is copied. Never fails: rule_allows_name was asked before. */
struct binding *binding_new(const struct binding_request *request);
/** NULL-safe. */
void binding_free(struct binding *binding);

/** The lookups; lives as long as the binding. */
struct inquiry binding_inquiry(struct binding *binding);

/** After the lookups: whom to call. False: nobody, and the result says why. */
bool binding_call(struct binding *binding, struct endpoint *ret);
/** What came of it. */
void binding_called(struct binding *binding,
		    const struct witness_callback *callback);

/** What was found, as far as it was. */
const struct witness_result *binding_result(const struct binding *binding);

/**
 * Does DNS lead to none of the identity's addresses in the source's family, so
 * that a line in the hosts file helps: `ret name`? False also where that could
 * not be told (`ret_known` false), or the address is not one to be called.
 */
bool binding_wants_hosts(const struct binding *binding, struct addr *ret,
			 bool *ret_known);
