/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every field differs from zero, so that one left out shows. */
static void view_fill(struct guard_view *view)
{
	*view = (struct guard_view){
		.version = "1.2.3",
		.self = 2,
		.time_s = 1790000000,
		.verify_interval_ms = 300000,
		.observe = true,
		.connected = true,
		.quorum = QUORUM_STATE_UNUSED,
		.view = { { 1, UINT64_MAX }, UINT64_C(0x00ab00000000cdef) },
		.synced = true,
		.own = OWN_HOLDING,
		.may_send = true,
		.owner = { 2, true, { 1, 4660 }, 3 },
		.bound = true,
		.held = true,
		.held_since_s = 1790000001,
		.due_s = 1790000002,
		.better = true,
		.verdict = {
			.claim = { UINT32_MAX, false, { 3, 4 }, 5 },
			.status = VERDICT_UNKNOWN,
			.blame = BLAME_PATH,
			.held = true,
			.time_s = 1790000003,
			.duration_ms = UINT32_MAX,
			.reasons = {
				{ VERDICT_FAILED, BLAME_OURS, REASON_SPF,
				  false, " leads \\ and\n" },
				{ VERDICT_UNKNOWN, BLAME_PATH, REASON_PATH,
				  false, "" },
			},
			.reason_count = 2,
			.left_out = 7,
		},
		.current = true,
		.event_s = 1790000004,
		.event = "node2 owns the identity",
		.node_count = 2,
	};
	assert_int_equal(identity_parse("mail.example.com",
					"192.0.2.25 2001:db8::25",
					"198.51.100.7 2001:db8::25",
					&view->identity, NULL), 0);
	view->nodes[0] = (struct guard_view_node){
		.node = 1, .name = "alpha", .member = true,
		.clock_ahead_s = -3, .score = -2147483647,
		.preflight = {
			.time_s = 1790000005, .settings_digest = UINT64_MAX,
			.items = {
				{ PREFLIGHT_NAMESERVER, VERDICT_FAILED,
				  "2001:db8::53#53", "is silent" },
				{ PREFLIGHT_CLOCK, VERDICT_VERIFIED, "", "" },
				{ PREFLIGHT_CHROOT, VERDICT_UNKNOWN, "a b",
				  "cannot be read" },
			},
			.count = 3,
		},
	};
	view->nodes[1] = (struct guard_view_node){ .node = 2 };
}

static const char want[] =
	"bindback-guard 1\n"
	"version 1.2.3\n"
	"self 2\n"
	"time_s 1790000000\n"
	"identity mail.example.com 192.0.2.25 2001:db8::25 = 198.51.100.7 "
	"2001:db8::25\n"
	"verify_interval_ms 300000\n"
	"observe yes\n"
	"connected yes\n"
	"quorum unused\n"
	"ring 1 18446744073709551615\n"
	"digest 00ab00000000cdef\n"
	"synced yes\n"
	"own unconfirmed\n"
	"may_send yes\n"
	"owner 2 yes 1 4660 3\n"
	"bound yes\n"
	"held yes\n"
	"held_since_s 1790000001\n"
	"due_s 1790000002\n"
	"better yes\n"
	"verdict_claim 4294967295 no 3 4 5\n"
	"verdict_status unknown\n"
	"verdict_blame path\n"
	"verdict_held yes\n"
	"verdict_time_s 1790000003\n"
	"verdict_duration_ms 4294967295\n"
	"verdict_reason failed ours SPF  leads \\x5c and\\x0a\n"
	"verdict_reason unknown path PATH \n"
	"verdict_left_out 7\n"
	"current yes\n"
	"event_s 1790000004\n"
	"event node2 owns the identity\n"
	"node 1\n"
	"node_name alpha\n"
	"node_member yes\n"
	"node_clock_ahead_s -3\n"
	"node_score -2147483647\n"
	"node_preflight_s 1790000005\n"
	"node_settings ffffffffffffffff\n"
	"node_check failed nameserver 2001:db8::53#53 is silent\n"
	"node_check verified clock  \n"
	"node_check unknown chroot a\\x20b cannot be read\n"
	"node 2\n"
	"node_name \n"
	"node_member no\n"
	"node_clock_ahead_s 0\n"
	"node_score 0\n"
	"node_preflight_s 0\n"
	"node_settings 0000000000000000\n"
	"end\n";

static void test_print_is_the_documented_text(void **unused)
{
	struct guard_view *view = xcalloc(1, sizeof(*view));
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	view_fill(view);
	guard_view_print(view, &out);
	assert_string_equal(out.data, want);
	free(view);
}

static void test_times_before_the_epoch_stay_readable(void **unused)
{
	struct guard_view *view = xcalloc(1, sizeof(*view));
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	view->time_s = -1;
	guard_view_print(view, &out);
	assert_non_null(strstr(out.data, "\ntime_s 0\n"));
	assert_int_equal(guard_view_parse(span_of(out.data), view, NULL), 0);
	free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_is_the_documented_text),
		cmocka_unit_test(test_times_before_the_epoch_stay_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
