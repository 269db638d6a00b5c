/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define LEAST "bindback-state 1\nname mail.example.com\nip 192.0.2.25\n"

/* Every field differs from zero, so that one left out shows. */
static struct state state_full(void)
{
	struct state state = {
		.mta = xstrdup("postfix"),
		.config_dir = xstrdup("/etc/postfix"),
		.program = xstrdup("/usr/lib/postfix/sbin/master"),
		.program_dir = xstrdup("/usr/lib/postfix/sbin"),
		.overlay_dir = xstrdup("/run/bindback/mail/postfix"),
		.spool_dir = xstrdup("/var/spool/postfix"),
		.pid_file = xstrdup("/var/spool/postfix/pid/master.pid"),
		.log_file = xstrdup("/var/log/maillog"),
		.log_names = xstrdup("postfix postfix/out"),
		.master_pid = 4711,
		.master_start_ticks = UINT64_MAX,
		.unbound_transports = xstrdup("filter lmtp"),
		.bound_since_s = 1790000000,
		.held = true,
		.held_since_s = 1790000001,
		.clock_s = 1789900000,
		.untold = true,
		.first_delivery_s = 1790000002,
		.hold_reason = xstrdup("failed \\ ours:\n\ttwo \x01 lines"),
		.witnesses = xstrdup("w.partner.test"),
		.authkey = xstrdup("/etc/bindback/authkey"),
		.callback_port = 9322,
		.callback = xstrdup("smtp"),
		.verify_interval_ms = 300000,
		.hold_max_ms = INT64_MAX,
		.on_unverified = ON_UNVERIFIED_FAIL,
		.verdict = {
			.status = VERDICT_UNKNOWN,
			.blame = BLAME_PATH,
			.time_s = 1790000002,
			.duration_ms = UINT32_MAX,
			.summary = xstrdup("nobody answered"),
			.due_s = 1790000045,
			.due_clears = true,
			.no_remote_takes_us = true,
		},
		.last_notice = xstrdup(" leads and trails "),
	};
	const char *event = "9322 SPF IPv6 mx.example.net 1 2 3 4 open";

	assert_int_equal(identity_parse("mail.example.com",
					"192.0.2.25 2001:db8::25",
					"2001:db8::7 198.51.100.7",
					&state.identity, NULL), 0);
	assert_int_equal(endpoint_parse("192.0.2.53", 53,
					&state.resolvers[0]), 0);
	assert_int_equal(endpoint_parse("2001:db8::53#5353", 53,
					&state.resolvers[1]), 0);
	state.resolver_count = 2;
	assert_int_equal(endpoint_parse("192.0.2.25", 25,
					&state.listeners[0]), 0);
	state.listener_count = 1;
	assert_int_equal(state_file_add(&state.sources, "/etc/postfix/main.cf",
					UINT64_C(0x00ab00000000cdef)), 0);
	assert_int_equal(state_file_add(&state.sources, "/srv/two words\n",
					0), 0);
	assert_int_equal(state_file_add(&state.overlay, "/run/x/main.cf",
					UINT64_MAX), 0);
	assert_int_equal(state_file_add(&state.variants, "/run/x/held", 1), 0);
	assert_int_equal(state_copy_add(&state.copies, "/etc/a b\\x20",
					"/var/spool/etc/hosts"), 0);
	assert_int_equal(event_note_parse(span_of(event), &state.events), 0);
	return state;
}

static void test_print_is_the_documented_text(void **unused)
{
	static const char want[] =
		"bindback-state 1\n"
		"name mail.example.com\n"
		"ip 192.0.2.25 2001:db8::25\n"
		"public_ip 198.51.100.7 2001:db8::7\n"
		"mta postfix\n"
		"config_dir /etc/postfix\n"
		"program /usr/lib/postfix/sbin/master\n"
		"program_dir /usr/lib/postfix/sbin\n"
		"overlay_dir /run/bindback/mail/postfix\n"
		"spool_dir /var/spool/postfix\n"
		"pid_file /var/spool/postfix/pid/master.pid\n"
		"log_file /var/log/maillog\n"
		"log_names postfix postfix/out\n"
		"master_pid 4711\n"
		"master_start_ticks 18446744073709551615\n"
		"unbound_transports filter lmtp\n"
		"listener 192.0.2.25#25\n"
		"bound_since_s 1790000000\n"
		"first_delivery_s 1790000002\n"
		"held yes\n"
		"held_since_s 1790000001\n"
		"clock_s 1789900000\n"
		"hold_reason failed \\x5c ours:\\x0a\\x09two \\x01 lines\n"
		"untold yes\n"
		"verify_interval_ms 300000\n"
		"hold_max_ms 9223372036854775807\n"
		"on_unverified fail\n"
		"resolver 192.0.2.53\n"
		"resolver 2001:db8::53#5353\n"
		"witnesses w.partner.test\n"
		"authkey /etc/bindback/authkey\n"
		"callback_port 9322\n"
		"callback smtp\n"
		"source 00ab00000000cdef /etc/postfix/main.cf\n"
		"source 0000000000000000 /srv/two\\x20words\\x0a\n"
		"overlay ffffffffffffffff /run/x/main.cf\n"
		"variant 0000000000000001 /run/x/held\n"
		"copy /etc/a\\x20b\\x5cx20 /var/spool/etc/hosts\n"
		"verdict_status unknown\n"
		"verdict_blame path\n"
		"verdict_time_s 1790000002\n"
		"verdict_duration_ms 4294967295\n"
		"verdict_summary nobody answered\n"
		"verdict_due_s 1790000045\n"
		"verdict_due_clears yes\n"
		"verdict_no_remote_takes_us yes\n"
		"event 9322 SPF IPv6 mx.example.net 1 2 3 4 open\n"
		"last_notice  leads and trails \n"
		"end\n";
	struct state state = state_full();
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	state_print(&state, &out);
	assert_string_equal(out.data, want);
	state_done(&state);
}

static void test_reads_back_what_it_printed(void **unused)
{
	struct state state = state_full(), again = { 0 };
	BUF_CLEAN first;
	BUF_CLEAN second;

	(void)unused;
	buf_init(&first);
	buf_init(&second);
	state_print(&state, &first);
	assert_int_equal(state_parse((struct span){ first.data, first.len },
				     &again, NULL), 0);
	state_print(&again, &second);
	assert_string_equal(second.data, first.data);
	assert_string_equal(again.hold_reason, state.hold_reason);
	assert_string_equal(again.sources.items[1].path, "/srv/two words\n");
	assert_string_equal(again.copies.items[0].from, "/etc/a b\\x20");
	state_done(&again);
	state_done(&state);
}

static void test_skips_keys_it_does_not_know(void **unused)
{
	struct state state;

	(void)unused;
	assert_int_equal(state_parse(span_of(LEAST "guard_pid 12\n\nnew\n"
					     "end\n"), &state, NULL), 0);
	assert_string_equal(state.identity.name, "mail.example.com");
	assert_false(state.held);
	assert_null(state.mta);
	assert_int_equal(state.verdict.time_s, 0);
	state_done(&state);
}

static void refuse(const char *text, size_t len, int want, const char *reason)
{
	struct state state, before;
	struct why why = { "" };

	memset(&state, 0x5a, sizeof(state));
	memcpy(&before, &state, sizeof(state));
	assert_int_equal(state_parse((struct span){ text, len }, &state, &why),
			 want);
	assert_memory_equal(&state, &before, sizeof(state));
	if (!strstr(why.text, reason))
		fail_msg("\"%s\" lacks \"%s\"", why.text, reason);
}

static void test_refuses(void **unused)
{
	static const struct {
		const char *text, *reason;
		int r;
	} bad[] = {
		{ "", "does not start", -EPROTONOSUPPORT },
		{ "bindback-state 2\nend\n", "does not start",
		  -EPROTONOSUPPORT },
		{ "bindback-state 1\nend\n", "name: \"\" is empty", -EINVAL },
		{ LEAST, "is cut", -EINVAL },
		{ LEAST "en", "is cut", -EINVAL },
		{ LEAST "end\nheld no\n", "is cut", -EINVAL },
		{ LEAST "held maybe\nend\n", "\"held maybe\"", -EINVAL },
		{ LEAST "held\nend\n", "\"held\"", -EINVAL },
		{ LEAST "held no\nheld yes\nend\n", "\"held yes\"", -EINVAL },
		{ LEAST "mta a\nmta b\nend\n", "\"mta b\"", -EINVAL },
		{ LEAST "mta \\x0\nend\n", "cannot be read", -EINVAL },
		{ LEAST "mta \\x00\nend\n", "cannot be read", -EINVAL },
		{ LEAST "mta a\tb\nend\n", "cannot be read", -EINVAL },
		{ LEAST "mta \\n\nend\n", "cannot be read", -EINVAL },
		{ LEAST "master_pid -1\nend\n", "master_pid", -EINVAL },
		{ LEAST "master_pid 1a\nend\n", "master_pid", -EINVAL },
		{ LEAST "master_pid 9223372036854775808\nend\n", "master_pid",
		  -EINVAL },
		{ LEAST "master_start_ticks 18446744073709551616\nend\n",
		  "master_start_ticks", -EINVAL },
		{ LEAST "verdict_duration_ms 4294967296\nend\n",
		  "verdict_duration_ms", -EINVAL },
		{ LEAST "verdict_status fine\nend\n", "fine", -EINVAL },
		{ LEAST "verdict_blame them\nend\n", "them", -EINVAL },
		{ LEAST "on_unverified stop\nend\n", "stop", -EINVAL },
		{ LEAST "resolver mail.example.com\nend\n", "resolver",
		  -EINVAL },
		{ LEAST "source 12 /a b\nend\n", "source", -EINVAL },
		{ LEAST "source /a\nend\n", "source", -EINVAL },
		{ LEAST "source 10000000000000000 /a\nend\n", "source",
		  -EINVAL },
		{ LEAST "copy /a\nend\n", "copy", -EINVAL },
		{ LEAST "ip 192.0.2.26\nend\n", "ip 192.0.2.26", -EINVAL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(bad[i].text, strlen(bad[i].text), bad[i].r,
		       bad[i].reason);
	refuse(LEAST "mta a\0b\nend\n", sizeof(LEAST "mta a\0b\nend\n") - 1,
	       -EINVAL, "cannot be read");
}

static void test_bounds_lists_and_length(void **unused)
{
	struct state state = { 0 };
	BUF_CLEAN text;

	(void)unused;
	for (int i = 0; i < STATE_LIST_MAX; i++)
		assert_int_equal(state_file_add(&state.sources, "/a", 1), 0);
	assert_int_equal(state_file_add(&state.sources, "/a", 1), -E2BIG);
	for (int i = 0; i < STATE_LIST_MAX; i++)
		assert_int_equal(state_copy_add(&state.copies, "/a", "/b"), 0);
	assert_int_equal(state_copy_add(&state.copies, "/a", "/b"), -E2BIG);
	state_done(&state);

	buf_init(&text);
	buf_puts(&text, LEAST);
	for (int i = 0; i <= STATE_LIST_MAX; i++)
		buf_puts(&text, "source 1 /a\n");
	buf_puts(&text, "end\n");
	refuse(text.data, text.len, -EINVAL, "source 1 /a");
	while (text.len <= STATE_TEXT_MAX)
		buf_puts(&text, "unknown\n");
	refuse(text.data, text.len, -EFBIG, "at most 262144");
}

static void test_hold_follows_the_clock(void **unused)
{
	struct state state = { .held_since_s = 1790000000 };

	(void)unused;
	state_follow_clock(&state, 1789900000);
	assert_int_equal(state.held_since_s, 1790000000);
	state_follow_clock(&state, 1789903600);
	assert_int_equal(state.held_since_s, 1790003600);
	state_follow_clock(&state, 1789903602);
	assert_int_equal(state.held_since_s, 1790003600);
	state_follow_clock(&state, 1789896402);
	assert_int_equal(state.held_since_s, 1789996400);
	state.held_since_s = 0;
	state_follow_clock(&state, 1789900000);
	assert_int_equal(state.held_since_s, 0);
}

static void test_takes_all_the_resolvers_there_may_be(void **unused)
{
	struct state state;
	BUF_CLEAN text;

	(void)unused;
	buf_init(&text);
	buf_puts(&text, LEAST);
	for (int i = 1; i <= RESOLVERS_MAX; i++)
		buf_printf(&text, "resolver 192.0.2.%d#%d\n", i, i);
	buf_puts(&text, "end\n");
	assert_int_equal(state_parse(span_of(text.data), &state, NULL), 0);
	assert_int_equal(state.resolver_count, RESOLVERS_MAX);
	assert_int_equal(state.resolvers[RESOLVERS_MAX - 1].port,
			 RESOLVERS_MAX);
	state_done(&state);
	text.len -= strlen("end\n");
	buf_puts(&text, "resolver 192.0.2.99\nend\n");
	refuse(text.data, text.len, -EINVAL, "192.0.2.99");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_is_the_documented_text),
		cmocka_unit_test(test_reads_back_what_it_printed),
		cmocka_unit_test(test_skips_keys_it_does_not_know),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_bounds_lists_and_length),
		cmocka_unit_test(test_hold_follows_the_clock),
		cmocka_unit_test(test_takes_all_the_resolvers_there_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
