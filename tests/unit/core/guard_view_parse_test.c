/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/guard_view.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define HEAD "bindback-guard 1\n"

struct room {
	struct guard_view view, again;
};

static int setup(void **room)
{
	*room = xcalloc(1, sizeof(struct room));
	return 0;
}

static int teardown(void **room)
{
	free(*room);
	return 0;
}

static void fill(char *text, size_t size, char with)
{
	memset(text, with, size - 1);
	text[size - 1] = '\0';
}

/* The longest file that there can be: backslashes take four bytes each. */
static void fill_node(struct guard_view_node *node, uint32_t id, char with)
{
	node->node = id;
	fill(node->name, sizeof(node->name), with);
	node->member = true;
	node->clock_ahead_s = -INT64_MAX;
	node->score = INT32_MAX;
	node->preflight.time_s = INT64_MAX;
	node->preflight.settings_digest = UINT64_MAX;
	node->preflight.count = PREFLIGHT_ITEMS_MAX;
	for (size_t i = 0; i < PREFLIGHT_ITEMS_MAX; i++) {
		struct preflight_item *item = &node->preflight.items[i];

		item->check = (enum preflight_check)(i % PREFLIGHT_CHECKS);
		item->status = (enum verdict_status)(i % 4);
		fill(item->subject, sizeof(item->subject), with);
		fill(item->text, sizeof(item->text), with);
	}
}

static void fill_identity(struct identity *ret)
{
	char name[NAME_MAX_LEN + 1];

	fill(name, sizeof(name), 'a');
	for (size_t i = 60; i < NAME_MAX_LEN - 2; i += 60)
		name[i] = '.';
	assert_int_equal(identity_parse(
		name, "198.151.100.254 2001:db8:1111:2222:3333:4444:5555:6666",
		"198.251.100.252 2001:db8:1111:2222:3333:4444:5555:7777", ret,
		NULL), 0);
}

static void fill_view(struct guard_view *view, char with)
{
	const struct claim claim = {
		UINT32_MAX, true, { UINT32_MAX, UINT64_MAX }, UINT32_MAX
	};
	struct msg_verdict *verdict = &view->verdict;

	fill(view->version, sizeof(view->version), with);
	view->self = UINT32_MAX;
	view->time_s = view->held_since_s = view->due_s = INT64_MAX;
	view->verify_interval_ms = INT64_MAX;
	fill_identity(&view->identity);
	view->observe = view->connected = view->synced = true;
	view->may_send = view->bound = view->held = view->better = true;
	view->quorum = QUORUM_STATE_UNUSED;
	view->view = (struct view_id){ claim.ring, UINT64_MAX };
	view->own = OWN_LOST;
	view->owner = verdict->claim = claim;
	verdict->status = VERDICT_UNKNOWN;
	verdict->blame = BLAME_PATH;
	verdict->held = view->current = true;
	verdict->time_s = view->event_s = INT64_MAX;
	verdict->duration_ms = UINT32_MAX;
	verdict->left_out = UINT32_MAX;
	verdict->reason_count = MSG_REASONS_MAX;
	for (size_t i = 0; i < MSG_REASONS_MAX; i++) {
		struct msg_reason *reason = &verdict->reasons[i];

		*reason = (struct msg_reason){
			VERDICT_UNKNOWN, BLAME_PATH,
			REASON_SENDER_DOMAIN_UNRESOLVED, false, ""
		};
		fill(reason->text, sizeof(reason->text), with);
	}
	fill(view->event, sizeof(view->event), with);
	view->node_count = GUARD_NODES_MAX;
	for (uint32_t i = 0; i < GUARD_NODES_MAX; i++)
		fill_node(&view->nodes[i],
			  UINT32_MAX - GUARD_NODES_MAX + 1 + i, with);
}

static void test_reads_back_everything_at_its_maximum(void **state)
{
	struct room *room = *state;
	BUF_CLEAN text;

	buf_init(&text);
	fill_view(&room->view, '\\');
	guard_view_print(&room->view, &text);
	assert_in_range(text.len, 1, GUARD_VIEW_MAX);
	assert_int_equal(guard_view_parse((struct span){ text.data, text.len },
					  &room->again, NULL), 0);
	assert_memory_equal(&room->again, &room->view, sizeof(room->view));
}

static void test_reads_back_nothing(void **state)
{
	struct room *room = *state;
	BUF_CLEAN text;

	buf_init(&text);
	memset(&room->again, 0x5a, sizeof(room->again));
	guard_view_print(&room->view, &text);
	assert_int_equal(guard_view_parse(span_of(text.data), &room->again,
					  NULL), 0);
	assert_memory_equal(&room->again, &room->view,
			    offsetof(struct guard_view, nodes));
}

static void test_skips_keys_it_does_not_know(void **state)
{
	struct room *room = *state;

	assert_int_equal(guard_view_parse(span_of(
		HEAD "weather fine\nself 7\n\nnew\nnode 1\nnode_mood good\n"
		"node_name alpha\nend\n"), &room->view, NULL), 0);
	assert_int_equal(room->view.self, 7);
	assert_int_equal(room->view.node_count, 1);
	assert_string_equal(room->view.nodes[0].name, "alpha");
	assert_int_equal(room->view.nodes[0].preflight.time_s, 0);
}

/* A newer guard's: the rest of what it says is not lost with them. */
static void test_takes_words_it_does_not_know(void **state)
{
	struct room *room = *state;
	const struct guard_view *view = &room->view;

	assert_int_equal(guard_view_parse(span_of(
		HEAD "own lost\nverdict_reason failed ours NEW_CLASS why\n"
		"verdict_reason failed ours SPF that\nnode 1\n"
		"node_check failed moon mx x\nend\n"), &room->view, NULL), 0);
	assert_int_equal(view->own, OWN_LOST);
	assert_true(view->verdict.reasons[0].other);
	assert_string_equal(view->verdict.reasons[0].text, "why");
	assert_false(view->verdict.reasons[1].other);
	assert_int_equal(view->verdict.reasons[1].class, REASON_SPF);
	assert_int_equal(view->nodes[0].preflight.items[0].check,
			 PREFLIGHT_OTHER);
	assert_int_equal(view->nodes[0].preflight.items[0].status,
			 VERDICT_FAILED);
	assert_int_equal(preflight_judge(&view->nodes[0].preflight),
			 VERDICT_FAILED);
}

static void test_makes_texts_printable_and_cuts_them(void **state)
{
	struct room *room = *state;
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(&text, HEAD "event a\\x1b[2J\xff\nnode 1\nnode_name ");
	for (int i = 0; i < NODE_NAME_MAX + 10; i++)
		buf_puts(&text, "n");
	buf_puts(&text, "\nend\n");
	assert_int_equal(guard_view_parse(span_of(text.data), &room->view,
					  NULL), 0);
	assert_string_equal(room->view.event, "a\\x1b[2J\\xff");
	assert_int_equal(strlen(room->view.nodes[0].name), NODE_NAME_MAX - 1);
}

static void refuse(struct room *room, struct span text, int want,
		   const char *reason)
{
	struct why why = { "" };

	memset(&room->view, 0x5a, sizeof(room->view));
	memset(&room->again, 0x5a, sizeof(room->again));
	assert_int_equal(guard_view_parse(text, &room->view, &why), want);
	assert_memory_equal(&room->view, &room->again, sizeof(room->view));
	if (!strstr(why.text, reason))
		fail_msg("\"%s\" lacks \"%s\"", why.text, reason);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *reason;
		int r;
	} bad[] = {
		{ "", "does not start", -EPROTONOSUPPORT },
		{ "bindback-guard 2\nend\n", "does not start",
		  -EPROTONOSUPPORT },
		{ HEAD, "is cut", -EINVAL },
		{ HEAD "self 1\nen", "is cut", -EINVAL },
		{ HEAD "end\nself 1\n", "is cut", -EINVAL },
		{ HEAD "self\nend\n", "\"self\"", -EINVAL },
		{ HEAD "self 4294967296\nend\n", "self", -EINVAL },
		{ HEAD "self 1\nself 1\nend\n", "self", -EINVAL },
		{ HEAD "identity mail.example.com 192.0.2.25\nend\n",
		  "identity", -EINVAL },
		{ HEAD "identity mail 192.0.2.25 = 192.0.2.25\nend\n",
		  "identity", -EINVAL },
		{ HEAD "identity mail.example.com 192.0.2.25 = x\nend\n",
		  "identity", -EINVAL },
		{ HEAD "time_s -1\nend\n", "time_s", -EINVAL },
		{ HEAD "time_s 9223372036854775808\nend\n", "time_s",
		  -EINVAL },
		{ HEAD "quorum maybe\nend\n", "maybe", -EINVAL },
		{ HEAD "own Owner\nend\n", "Owner", -EINVAL },
		{ HEAD "bound true\nend\n", "bound", -EINVAL },
		{ HEAD "digest 0x1\nend\n", "digest", -EINVAL },
		{ HEAD "digest 10000000000000000\nend\n", "digest", -EINVAL },
		{ HEAD "ring 1\nend\n", "ring", -EINVAL },
		{ HEAD "ring 1 2 3\nend\n", "ring", -EINVAL },
		{ HEAD "owner 1 yes 1 2\nend\n", "owner", -EINVAL },
		{ HEAD "owner 1 yes 1 2 3 4\nend\n", "owner", -EINVAL },
		{ HEAD "owner 1  1 2 3\nend\n", "owner", -EINVAL },
		{ HEAD "owner 1 yes 1 2 \nend\n", "owner", -EINVAL },
		{ HEAD "verdict_status fine\nend\n", "fine", -EINVAL },
		{ HEAD "verdict_blame them\nend\n", "them", -EINVAL },
		{ HEAD "verdict_reason failed ours SPF\nend\n", "SPF",
		  -EINVAL },
		{ HEAD "verdict_left_out 4294967296\nend\n", "left_out",
		  -EINVAL },
		{ HEAD "event a\tb\nend\n", "event", -EINVAL },
		{ HEAD "event a\\x00\nend\n", "event", -EINVAL },
		{ HEAD "node_name alpha\nend\n", "node_name", -EINVAL },
		{ HEAD "node\nend\n", "node", -EINVAL },
		{ HEAD "node x\nend\n", "node x", -EINVAL },
		{ HEAD "node 2\nnode 2\nend\n", "node 2", -EINVAL },
		{ HEAD "node 2\nnode 1\nend\n", "node 1", -EINVAL },
		{ HEAD "node 1\nnode_score 2147483648\nend\n", "score",
		  -EINVAL },
		{ HEAD "node 1\nnode_score --1\nend\n", "score", -EINVAL },
		{ HEAD "node 1\nnode_clock_ahead_s -9223372036854775808\n"
		  "end\n", "clock", -EINVAL },
		{ HEAD "node 1\nnode_score 1\nnode_score 1\nend\n", "score",
		  -EINVAL },
		{ HEAD "node 1\nnode_check failed remote mx\nend\n", "mx",
		  -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(*state, span_of(bad[i].text), bad[i].r, bad[i].reason);
	refuse(*state, (struct span){ HEAD "event a\0b\nend\n",
				      sizeof(HEAD "event a\0b\nend\n") - 1 },
	       -EINVAL, "cannot be read");
}

/* One line more than there may be. */
static void refuse_more(struct room *room, const char *head, int count,
			const char *line)
{
	BUF_CLEAN text;

	buf_init(&text);
	buf_puts(&text, head);
	for (int i = 0; i < count; i++)
		buf_puts(&text, line);
	buf_puts(&text, "end\n");
	assert_int_equal(guard_view_parse(span_of(text.data), &room->view,
					  NULL), 0);
	text.len -= strlen("end\n");
	text.data[text.len] = '\0';
	buf_puts(&text, line);
	buf_puts(&text, "end\n");
	refuse(room, span_of(text.data), -EINVAL, "cannot be read");
}

static void test_bounds_lists_and_length(void **state)
{
	BUF_CLEAN text;

	refuse_more(*state, HEAD, MSG_REASONS_MAX,
		    "verdict_reason failed ours SPF no\n");
	refuse_more(*state, HEAD "node 1\n", PREFLIGHT_ITEMS_MAX,
		    "node_check verified remote mx \n");
	buf_init(&text);
	buf_puts(&text, HEAD);
	for (int i = 0; i <= GUARD_NODES_MAX; i++)
		buf_printf(&text, "node %d\n", i + 1);
	buf_puts(&text, "end\n");
	refuse(*state, span_of(text.data), -EINVAL, "\"node 65\"");
	text.len = strlen(HEAD);
	text.data[text.len] = '\0';
	for (int i = 0; i < 16384; i++)
		buf_puts(&text, "\n");
	buf_puts(&text, "end\n");
	assert_int_equal(guard_view_parse(span_of(text.data),
					  &((struct room *)*state)->view,
					  NULL), 0);
	text.len -= strlen("end\n");
	text.data[text.len] = '\0';
	buf_puts(&text, "\nend\n");
	refuse(*state, span_of(text.data), -EINVAL, "more than 16384 lines");
	while (text.len <= GUARD_VIEW_MAX)
		buf_puts(&text, "unknown\n");
	refuse(*state, (struct span){ text.data, text.len }, -EFBIG,
	       "at most 4194304");
}

#define WITH_ROOM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOM(test_reads_back_everything_at_its_maximum),
		WITH_ROOM(test_reads_back_nothing),
		WITH_ROOM(test_takes_words_it_does_not_know),
		WITH_ROOM(test_skips_keys_it_does_not_know),
		WITH_ROOM(test_makes_texts_printable_and_cuts_them),
		WITH_ROOM(test_refuses),
		WITH_ROOM(test_bounds_lists_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
