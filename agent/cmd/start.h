/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/bind.h"
#include "cmd/judge.h"
#include "cmd/ocf.h"
#include "cmd/past.h"

/*
 * From prepared to bound; roles.c says when.
 */

/** The call without the time that it takes to take a start back. */
struct ocf_call start_without_undo(const struct ocf_call *call);

/** Are the virtual addresses here, to be used, and none of corosync's own? */
enum ocf start_check_host(const struct ocf_call *call,
			  const struct params *params, struct why *why);

/**
 * Start the mail system, bound and held as the verdict asks, and write the
 * record. What fails is taken back, within the time left for that.
 */
enum ocf start_bound(const struct ocf_call *call, struct bind *bind,
		     struct judge *judge, struct past *past, struct why *why);
