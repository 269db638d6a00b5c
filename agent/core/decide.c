/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide.h"

static bool is_our_failure(enum verdict_status status, enum blame blame)
{
	return status == VERDICT_FAILED && blame == BLAME_OURS;
}

struct decide_output decide_hold(const struct decide_input *in)
{
	int64_t since_s = in->held_since_s ? in->held_since_s : in->now_s;

	if (!in->hold)
		return (struct decide_output){
			.reason = "hold is not wanted" };
	if (!is_our_failure(in->status, in->blame))
		return (struct decide_output){
			.reason = "the verdict is not a failure of ours" };
	if (in->hold_max_ms && (in->now_s - since_s) * 1000 >= in->hold_max_ms)
		return (struct decide_output){
			.held_since_s = since_s,
			.reason = "hold_max has passed" };
	return (struct decide_output){
		.held = true,
		.held_since_s = since_s,
		.reason = "the verdict is failed and laid to us" };
}

enum service decide_service(enum on_unverified policy,
			    enum verdict_status status, enum blame blame)
{
	if (status == VERDICT_VERIFIED)
		return SERVICE_GOOD;
	switch (policy) {
	case ON_UNVERIFIED_IGNORE:
	case ON_UNVERIFIED_ATTRIBUTE:
		return SERVICE_GOOD;
	case ON_UNVERIFIED_DEGRADE:
		return SERVICE_DEGRADED;
	case ON_UNVERIFIED_FAIL:
		return is_our_failure(status, blame) ? SERVICE_FAILED :
						       SERVICE_DEGRADED;
	}
	return SERVICE_DEGRADED;
}
