/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guards cost each other: 2, 8 and 32 of them on virtual time, in a group
 * that orders messages as corosync does and in which nothing goes wrong. An
 * hour of quiet, a node that joins, one that leaves, and a failover are counted;
 * more than there must be fails.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "core/guard/guard.h"
#include "core/guard/guard_view.h"

#define NEVER INT64_MAX
#define WALL_S 1790000000
#define DELIVERY_MS 2
#define PREFLIGHT_TAKES_MS 500
#define VERIFY_TAKES_MS 300
#define TURN_TAKES_MS 50
#define CALM_MS 120000		/* after which a change has had its effects */
#define CHANGE_MS 5000		/* ... most of them by now */
#define HOUR_MS 3600000
#define SERVERS 3		/* of each node's resolv.conf */
#define REMOTES 4

struct counts {
	uint64_t messages;
	uint64_t hellos;
	uint64_t preflights;	/* messages that tell one */
	uint64_t bytes;
	uint64_t steps;		/* of all nodes, as all below */
	uint64_t tells;		/* state files written ... */
	uint64_t written;	/* ... and their bytes */
	uint64_t checks;	/* preflights made */
};

struct member {
	uint32_t node;
	uint32_t pid;
	struct guard *guard;	/* NULL: not in the group */
	struct guard_settings settings;
	int64_t tick_ms;
	int64_t checked_ms;	/* when what is under way ends, or NEVER */
	int64_t verified_ms;
	int64_t turned_ms;
	bool turn_held;
	bool granted;
};

/** A frame on its way to all. */
struct frame {
	int64_t at_ms;
	uint32_t node;
	size_t len;
	uint8_t bytes[MSG_MAX];
};

struct group {
	int64_t now_ms;
	uint64_t ring;
	struct member members[GUARD_NODES_MAX];
	size_t size;
	struct frame *frames;
	size_t first, count;
	struct counts counts;
	bool wasteful;		/* more was done than there must be */
	struct guard_view view;		/* large */
};

static struct guard_time now(const struct group *group)
{
	return (struct guard_time){ group->now_ms,
				    WALL_S + group->now_ms / 1000 };
}

/* What a node in order finds: as many items as in a real cluster. */
static void look(const struct group *group, struct preflight *ret)
{
	char subject[32];

	memset(ret, 0, sizeof(*ret));
	ret->time_s = now(group).wall_s;
	ret->settings_digest = 0x1234567890abcdef;
	for (int i = 0; i < SERVERS; i++) {
		(void)snprintf(subject, sizeof(subject), "192.0.2.%d", 53 + i);
		preflight_add(ret, PREFLIGHT_NAMESERVER, VERDICT_VERIFIED,
			      subject, "%s", "");
	}
	for (int i = 0; i < REMOTES; i++) {
		(void)snprintf(subject, sizeof(subject), "mx%d.partner.example",
			       i);
		preflight_add(ret, PREFLIGHT_REMOTE, VERDICT_DEGRADED, subject,
			      "cannot be reached from a node's address: no "
			      "answer");
	}
	for (int i = 0; i < 2; i++) {
		(void)snprintf(subject, sizeof(subject), "2001:db8::%d", i);
		preflight_add(ret, PREFLIGHT_INTERFACE, VERDICT_VERIFIED,
			      subject, "on lan");
		preflight_add(ret, PREFLIGHT_ROUTE, VERDICT_VERIFIED,
			      i ? "IPv6" : "IPv4", "%s", "");
	}
	preflight_add(ret, PREFLIGHT_MTA, VERDICT_VERIFIED, "", "%s", "");
	preflight_add(ret, PREFLIGHT_CHROOT, VERDICT_VERIFIED, "", "%s", "");
	preflight_add(ret, PREFLIGHT_CERTIFICATE, VERDICT_VERIFIED,
		      "/etc/ssl/mail.pem", "%s", "");
}

static void count_frame(struct group *group, const struct msg *msg, size_t len)
{
	group->counts.messages++;
	group->counts.hellos += msg->type == MSG_HELLO;
	group->counts.preflights += msg->type == MSG_PREFLIGHT;
	group->counts.bytes += len;
}

static void send_msg(struct group *group, const struct member *from,
		     const struct msg *msg)
{
	struct frame *frame;

	group->frames = xgrow(group->frames, group->count,
			      sizeof(*group->frames));
	frame = &group->frames[group->count++];
	frame->at_ms = group->now_ms + DELIVERY_MS;
	frame->node = from->node;
	frame->len = msg_encode(msg, frame->bytes);
	count_frame(group, msg, frame->len);
}

static void tell(struct group *group, const struct member *member)
{
	BUF_CLEAN text;

	buf_init(&text);
	guard_tell(member->guard, now(group), &group->view);
	guard_view_print(&group->view, &text);
	group->counts.tells++;
	group->counts.written += text.len;
}

static void carry_out(struct group *group, struct member *member,
		      const struct guard_action *action)
{
	switch (action->type) {
	case GUARD_DO_SEND:
		send_msg(group, member, &action->msg);
		break;
	case GUARD_DO_ANSWER:
		member->granted = action->answer == CLAIMS_GRANTED;
		break;
	case GUARD_DO_VERIFY:
		member->verified_ms = group->now_ms + VERIFY_TAKES_MS;
		break;
	case GUARD_DO_PREFLIGHT:
		group->counts.checks++;
		member->checked_ms = group->now_ms + PREFLIGHT_TAKES_MS;
		break;
	case GUARD_DO_TURN:
		member->turn_held = action->turn.held;
		member->turned_ms = group->now_ms + TURN_TAKES_MS;
		break;
	case GUARD_DO_TELL:
		tell(group, member);
		break;
	case GUARD_DO_SCORE:
		break;
	}
}

static void step(struct group *group, struct member *member,
		 const struct guard_event *event)
{
	struct guard_actions actions = { 0 };

	if (!member->guard)
		return;
	group->counts.steps++;
	guard_step(member->guard, event, now(group), &actions);
	for (size_t i = 0; i < actions.count; i++)
		carry_out(group, member, &actions.items[i]);
	guard_actions_done(&actions);
	member->tick_ms = guard_next_ms(member->guard);
	if (member->tick_ms <= group->now_ms)
		member->tick_ms = group->now_ms + 1;
}

static void deliver(struct group *group)
{
	/* Steps add frames, and may move them. */
	const size_t place = group->first++;
	struct guard_event event = { .type = GUARD_MESSAGE };
	struct why why;
	struct msg msg;

	if (msg_decode(group->frames[place].bytes, group->frames[place].len,
		       &msg, &why) < 0) {
		fprintf(stderr, "a frame cannot be read: %s\n", why.text);
		exit(1);
	}
	event.message.node = group->frames[place].node;
	event.message.msg = &msg;
	for (size_t i = 0; i < group->size; i++)
		step(group, &group->members[i], &event);
	msg_done(&msg);
	if (group->first == group->count)
		group->first = group->count = 0;
}

static bool is_due(const struct group *group, int64_t *at_ms)
{
	if (*at_ms > group->now_ms)
		return false;
	*at_ms = NEVER;
	return true;
}

static void act(struct group *group, struct member *member)
{
	struct guard_event event = { .type = GUARD_TICK };
	struct verdict verdict = { .time_s = now(group).wall_s };
	struct preflight preflight;

	if (is_due(group, &member->checked_ms)) {
		look(group, &preflight);
		event.type = GUARD_CHECKED;
		event.preflight = &preflight;
	} else if (is_due(group, &member->verified_ms)) {
		verdict.status = VERDICT_VERIFIED;
		verdict.identity = member->settings.identity;
		event.type = GUARD_VERIFIED;
		event.verdict = &verdict;
	} else if (is_due(group, &member->turned_ms)) {
		event.type = GUARD_TURNED;
		event.turned.held = member->turn_held;
		event.turned.done = true;
	} else if (!is_due(group, &member->tick_ms)) {
		return;
	}
	step(group, member, &event);
}

static void at_most(int64_t ms, int64_t *ret)
{
	if (ms < *ret)
		*ret = ms;
}

static int64_t next_ms(const struct group *group)
{
	int64_t next = group->first < group->count ?
			       group->frames[group->first].at_ms : NEVER;

	for (size_t i = 0; i < group->size; i++) {
		const struct member *member = &group->members[i];

		if (!member->guard)
			continue;
		at_most(member->tick_ms, &next);
		at_most(member->checked_ms, &next);
		at_most(member->verified_ms, &next);
		at_most(member->turned_ms, &next);
	}
	return next;
}

static void pass(struct group *group, int64_t ms)
{
	const int64_t until_ms = group->now_ms + ms;

	while (next_ms(group) <= until_ms) {
		group->now_ms = next_ms(group);
		if (group->first < group->count &&
		    group->frames[group->first].at_ms <= group->now_ms)
			deliver(group);
		for (size_t i = 0; i < group->size; i++)
			act(group, &group->members[i]);
	}
	group->now_ms = until_ms;
}

/* The group is another one; what was on its way has arrived. */
static void change(struct group *group)
{
	struct claims_member members[GUARD_NODES_MAX];
	struct guard_event view = { .type = GUARD_VIEW };
	struct guard_event quorum = { .type = GUARD_QUORUM };

	group->ring += 4;
	view.view.id.ring = (struct ring_id){ 1, group->ring };
	view.view.members = members;
	quorum.quorum.state = QUORUM_STATE_YES;
	quorum.quorum.ring = view.view.id.ring;
	for (size_t i = 0; i < group->size; i++)
		if (group->members[i].guard)
			members[view.view.count++] = (struct claims_member){
				.node = group->members[i].node,
				.pid = group->members[i].pid };
	for (size_t i = 0; i < group->size; i++) {
		step(group, &group->members[i], &quorum);
		step(group, &group->members[i], &view);
	}
}

static void join(struct group *group, struct member *member)
{
	member->guard = guard_new(&member->settings, now(group));
	member->pid++;
	member->tick_ms = group->now_ms;
	member->checked_ms = member->verified_ms = member->turned_ms = NEVER;
	change(group);
}

static void leave(struct group *group, struct member *member)
{
	guard_free(member->guard);
	member->guard = NULL;
	change(group);
}

static void take_over(struct group *group, struct member *member)
{
	const struct guard_event ask = {
		.type = GUARD_ASK,
		.ask.deadline_ms = group->now_ms + 10000,
	};
	const struct guard_event bound = { .type = GUARD_BOUND,
					   .bound.held = true };

	member->granted = false;
	step(group, member, &ask);
	pass(group, 1000);
	if (!member->granted) {
		fprintf(stderr, "node %u was not given the identity\n",
			member->node);
		exit(1);
	}
	step(group, member, &bound);
}

static struct group *group_of(size_t size)
{
	struct group *group = xcalloc(1, sizeof(*group));
	struct why why;

	group->size = size;
	for (size_t i = 0; i < size; i++) {
		struct guard_settings *settings = &group->members[i].settings;

		group->members[i].node = (uint32_t)i + 1;
		settings->self = (uint32_t)i + 1;
		(void)snprintf(settings->name, sizeof(settings->name),
			       "node%zu", i + 1);
		if (identity_parse("mail.example.com", "192.0.2.25", "",
				   &settings->identity, &why) < 0)
			abort();
		settings->require_quorum = settings->hold = true;
		settings->verify_interval_ms = 300000;
		settings->score_max = 1000;
	}
	/* Nodes boot when they do, and so their minutes differ. */
	for (size_t i = 0; i + 1 < size; i++) {
		join(group, &group->members[i]);
		pass(group, 7919);
	}
	take_over(group, &group->members[0]);
	pass(group, CALM_MS);
	return group;
}

static void group_free(struct group *group)
{
	for (size_t i = 0; i < group->size; i++)
		guard_free(group->members[i].guard);
	free(group->frames);
	free(group);
}

static struct counts counted(struct group *group, int64_t ms)
{
	struct counts counts;

	pass(group, ms);
	counts = group->counts;
	return counts;
}

static void show(const char *what, size_t size, const struct counts *counts,
		 double per)
{
	const double each = (double)size * per;

	printf("%-24s %4zu %9.1f %7.1f %10.1f %10.1f %9.1f %10.1f %8.2f\n",
	       what, size, (double)counts->messages / per,
	       (double)counts->preflights / per, (double)counts->bytes / per,
	       (double)counts->steps / each, (double)counts->tells / each,
	       (double)counts->written / each, (double)counts->checks / each);
}

static void at_most_seen(struct group *group, const char *what, uint64_t seen,
			 uint64_t most)
{
	if (seen <= most)
		return;
	fprintf(stderr, "%zu nodes: %s: %" PRIu64 ", at most %" PRIu64 " are "
		"needed\n", group->size, what, seen, most);
	group->wasteful = true;
}

/* The node that joins is told by all, and tells all; who stay know. Beside that
 * there is what all say each minute. */
static void joins(struct group *group)
{
	const size_t size = group->size;
	struct counts counts;

	group->counts = (struct counts){ 0 };
	join(group, &group->members[size - 1]);
	counts = counted(group, CHANGE_MS);
	show("a node joins", size, &counts, 1);
	pass(group, CALM_MS);
	at_most_seen(group, "hellos at a join", counts.hellos, size);
	at_most_seen(group, "preflights at a join", counts.preflights,
		     2 * size);
	at_most_seen(group, "state files at a join", counts.tells, 8 * size);
}

static void rests(struct group *group)
{
	const uint64_t minutes = HOUR_MS / 60000;
	const size_t size = group->size;
	struct counts counts;

	group->counts = (struct counts){ 0 };
	counts = counted(group, HOUR_MS);
	show("quiet, a minute of", size, &counts, (double)minutes);
	/* A verdict each five minutes beside the preflights. */
	at_most_seen(group, "messages of a quiet hour", counts.messages,
		     size * minutes + minutes / 5 + 2);
	at_most_seen(group, "state files of a quiet hour", counts.tells,
		     size * minutes * 4);
}

/* The owner's node is gone, and another takes over. */
static void fails_over(struct group *group)
{
	const size_t size = group->size;
	struct counts counts;

	group->counts = (struct counts){ 0 };
	leave(group, &group->members[0]);
	counts = counted(group, CHANGE_MS);
	show("the owner's node leaves", size, &counts, 1);
	at_most_seen(group, "hellos when one leaves", counts.hellos, size - 1);
	at_most_seen(group, "preflights when one leaves", counts.preflights,
		     1 + size / 4);
	pass(group, CALM_MS);
	group->counts = (struct counts){ 0 };
	take_over(group, &group->members[1]);
	counts = counted(group, CHANGE_MS);
	show("another takes over", size, &counts, 1);
}

int main(void)
{
	static const size_t sizes[] = { 2, 8, 32 };
	bool wasteful = false;

	printf("%-24s %4s %9s %7s %10s %10s %9s %10s %8s\n", "", "", "",
	       "of that", "", "each node:", "files", "", "pre-");
	printf("%-24s %4s %9s %7s %10s %10s %9s %10s %8s\n", "", "N",
	       "messages", "pre-", "bytes", "wakeups", "written", "bytes",
	       "flights");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct group *group = group_of(sizes[i]);

		joins(group);
		rests(group);
		fails_over(group);
		wasteful = wasteful || group->wasteful;
		group_free(group);
	}
	return wasteful ? EXIT_FAILURE : EXIT_SUCCESS;
}
