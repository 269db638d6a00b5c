/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/verdict/verdict.h"

/* Verdicts for the tests of events: what mail.example.com heard at NOW_S. */

#define NOW_S 1790000000

static inline struct verdict world_verdict(int64_t now_s)
{
	struct verdict verdict = { .time_s = now_s };

	assert_int_equal(identity_parse("mail.example.com",
					"192.0.2.25 2001:db8::25", "",
					&verdict.identity, NULL), 0);
	return verdict;
}

/** What the remote `host` (or, if "", 198.51.100.1) showed, over IPv4. */
static inline struct observation world_remote(const char *host,
					      enum check check,
					      enum outcome outcome)
{
	struct observation obs = {
		.vantage = { .kind = VANTAGE_REMOTE, .index = 1 },
		.check = check,
		.family = AF_INET,
		.outcome = outcome,
		.rcode = -1,
	};

	assert_int_equal(endpoint_parse("198.51.100.1", 25,
					&obs.vantage.server), 0);
	(void)snprintf(obs.vantage.host, sizeof(obs.vantage.host), "%s", host);
	return obs;
}

/** ... that it turned us away. */
static inline struct observation world_refusal(const char *host,
					       enum reply_class class)
{
	struct observation obs = world_remote(host, CHECK_HELO,
					      OUTCOME_MISMATCH);

	obs.class = class;
	obs.code = 450;
	(void)snprintf(obs.evidence, sizeof(obs.evidence), "450 go away");
	return obs;
}
