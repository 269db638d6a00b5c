/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/why.h"
#include "core/guard/claim.h"
#include "core/params.h"
#include "io/instance.h"

/** Exit codes of the OCF resource agent API 1.1. */
enum ocf {
	OCF_SUCCESS = 0,
	OCF_ERR_GENERIC = 1,
	OCF_ERR_ARGS = 2,	/* not with this node's set-up */
	OCF_ERR_UNIMPLEMENTED = 3,
	OCF_ERR_PERM = 4,
	OCF_ERR_INSTALLED = 5,
	OCF_ERR_CONFIGURED = 6,	/* these parameters are wrong everywhere */
	OCF_NOT_RUNNING = 7,
	OCF_RUNNING_PROMOTED = 8,
	OCF_FAILED_PROMOTED = 9,
	OCF_DEGRADED = 190,
	OCF_DEGRADED_PROMOTED = 191,
};

/** How Pacemaker called us, from the environment. */
struct ocf_call {
	const char *action;
	struct instance instance;
	const char *resource;		/* its id, as the cluster has it */
	char node[NODE_NAME_MAX];	/* this one, as the cluster has it */
	bool promotable;		/* a clone with two roles: bound is
					 * the promoted one */
	bool observe;			/* mode=observe: nothing is bound */
	unsigned int check_level;	/* OCF_CHECK_LEVEL */
	int64_t deadline_ms;		/* clock_ms, with some time to spare */
	int64_t timeout_ms;		/* the whole, as the manager gave it */
	bool knows_degraded;		/* speaks OCF 1.1: 190 is no failure */
};

/**
 * Read the call. Without a timeout in the environment (run by hand) it is
 * 60 s.
 */
void ocf_call_init(const char *action, struct ocf_call *ret);

/** OCF_SUCCESS, OCF_ERR_GENERIC and OCF_DEGRADED of what is bound, in the words
 *  of its role. */
enum ocf ocf_of_bound(const struct ocf_call *call, enum ocf code);

/** `wanted_ms`, or what is left of the call's time when that is less. */
int64_t ocf_at_most(const struct ocf_call *call, int64_t wanted_ms);

/** Read and check the parameters OCF_RESKEY_*. 0 or -EINVAL. */
int ocf_params(struct params *ret, struct why *why);
/** A params_get_fn of OCF_RESKEY_*. */
const char *ocf_param_get(void *ctx, const char *name);
/** One parameter as it is, unchecked; NULL when not set or empty. */
const char *ocf_param(const char *name);

/**
 * Tell why: one line on standard error behind the manager's reason prefix,
 * which crm_mon shows, and one in the log. Returns `code`, for returning it.
 */
enum ocf ocf_reason(enum ocf code, const struct why *why);
