/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/maillog.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/timetext.h"
#include "sandbox.h"

#define REJECTED "said: 450 4.7.25 Client host rejected: cannot find your " \
	"hostname, [10.50.0.100] (in reply to RCPT TO command)"

struct node {
	char dir[32];
	char log[64];
	char record[64];
	struct state state;
	struct verdict verdict;
	struct why notice;
	int64_t now_s;
	bool news;
};

static int node_make(void **state)
{
	struct node *n = xcalloc(1, sizeof(*n));

	strcpy(n->dir, "/tmp/maillog-XXXXXX");
	if (!mkdtemp(n->dir) ||
	    identity_parse("mail.cluster.test", "10.50.0.100 fd50::100", "",
			   &n->state.identity, NULL) < 0)
		return -1;
	(void)snprintf(n->log, sizeof(n->log), "%s/maillog", n->dir);
	(void)snprintf(n->record, sizeof(n->record), "%s/deliveries", n->dir);
	n->now_s = clock_wall_s();
	n->state.bound_since_s = n->now_s - 3600;
	state_set_text(&n->state.log_file, n->log);
	state_set_text(&n->state.log_names, "postfix");
	state_set_text(&n->state.sender_domains, "cluster.test");
	n->verdict.identity = n->state.identity;
	*state = n;
	return 0;
}

static int node_free(void **state)
{
	struct node *n = *state;

	(void)file_remove_tree(n->dir, NULL);
	state_done(&n->state);
	verdict_done(&n->verdict);
	free(n);
	return 0;
}

/* One message of smtp(8), so many seconds ago. */
static void add_as(const struct node *n, int64_t age_s, const char *host,
		   const char *message)
{
	FILE *file = fopen(n->log, "a");

	assert_non_null(file);
	(void)fprintf(file, "%s %s postfix/smtp[1]: A1: %s\n",
		      time_text(n->now_s - age_s).s, host, message);
	assert_int_equal(fclose(file), 0);
}

static void add(const struct node *n, int64_t age_s, const char *message)
{
	add_as(n, age_s, "mail", message);
}

static const struct observation *collect(struct node *n, bool keep,
					 size_t wanted)
{
	verdict_done(&n->verdict);
	n->verdict.identity = n->state.identity;
	if (keep) {
		struct why unused;

		n->news = maillog_follow(&n->state, n->record,
					 MAILLOG_TIMEOUT_MS, &n->notice);
		maillog_recall(&n->state, n->record, &n->verdict, &unused);
	} else {
		maillog_collect(&n->state, n->record, MAILLOG_TIMEOUT_MS,
				&n->verdict, &n->notice);
	}
	if (n->verdict.observation_count != wanted)
		fail_msg("%zu observations, %zu wanted; %s",
			 n->verdict.observation_count, wanted, n->notice.text);
	return n->verdict.observations;
}

static void test_from_where_it_left_off(void **state)
{
	struct node *n = *state;

	add(n, 100, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, true, 2);
	assert_true(n->news);
	assert_string_equal(n->notice.text, "");
	assert_int_equal(n->verdict.observations[0].time_s, n->now_s - 100);
	/* It stands although the log says no more, and even is gone. */
	collect(n, true, 2);
	assert_false(n->news);
	assert_int_equal(unlink(n->log), 0);
	collect(n, true, 2);
	assert_non_null(strstr(n->notice.text, n->log));
	/* Said once, until there is nothing to say. */
	collect(n, true, 2);
	assert_string_equal(n->notice.text, "");
	/* Until it accepts. */
	add(n, 50, "to=<a@a.test>, relay=mx.a.test[192.0.2.1]:25, delay=1, "
	    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)");
	assert_int_equal(collect(n, true, 1)->outcome, OUTCOME_MATCH);
	assert_true(n->news);
	assert_int_equal(collect(n, true, 1)->time_s, n->now_s - 50);
	assert_false(n->news);
}

static void test_read_only(void **state)
{
	struct node *n = *state;

	add(n, 100, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, false, 2);
	assert_int_equal(access(n->record, F_OK), -1);
	collect(n, true, 2);
	add(n, 90, "host mx.b.test[192.0.2.2] " REJECTED);
	collect(n, false, 4);
	collect(n, false, 4);
	collect(n, true, 4);
}

static void test_window(void **state)
{
	struct node *n = *state;

	add(n, 3700, "host mx.a.test[192.0.2.1] " REJECTED);
	add(n, 3500, "host mx.b.test[192.0.2.2] " REJECTED);
	collect(n, true, 2);
	/* A new binding; what was before is not its own. */
	n->state.bound_since_s = n->now_s - 3000;
	collect(n, true, 0);
	n->state.bound_since_s = n->now_s - 10 * MAILLOG_WINDOW_S;
	collect(n, true, 0);
	assert_int_equal(unlink(n->record), 0);
	add(n, MAILLOG_WINDOW_S + 60, "host mx.c.test[192.0.2.2] " REJECTED);
	add(n, MAILLOG_WINDOW_S - 60, "host mx.d.test[192.0.2.2] " REJECTED);
	collect(n, true, 6);
}

/* The file is shared with other nodes. */
static void test_hosts(void **state)
{
	struct node *n = *state;
	char host[80] = "";

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	add_as(n, 9, "node7", "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, true, 0);
	add_as(n, 8, "mail", "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, true, 2);
	add_as(n, 7, host, "host mx.b.test[192.0.2.1] " REJECTED);
	collect(n, true, 4);
	strcat(host, ".elsewhere.test");
	add_as(n, 7, host, "host mx.c.test[192.0.2.1] " REJECTED);
	collect(n, true, 6);
}

/* 127.0.0.1 is on every node. */
/* Bound with a clock that was two hours ahead, an hour ago. */
static void test_clock_set_back(void **state)
{
	struct node *n = *state;
	struct timespec up;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &up), 0);
	if (up.tv_sec < 3600)
		skip();
	n->state.bound_since_s = n->now_s + 3600;
	n->state.master_start_ticks = (uint64_t)(up.tv_sec - 3600) *
				      (uint64_t)sysconf(_SC_CLK_TCK);
	add(n, 3700, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, false, 0);
	add(n, 3500, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, false, 2);
	assert_string_equal(n->notice.text, "");
}

static void test_leak(void **state)
{
	struct node *n = *state;

	assert_int_equal(sandbox_address("192.0.2.78", true), 0);
	add(n, 9, "host mx.a.test[192.0.2.1] said: 550 5.7.25 no PTR of "
	    "[192.0.2.78] (in reply to RCPT TO command)");
	add(n, 9, "host mx.b.test[192.0.2.1] said: 550 5.7.25 no PTR of "
	    "[192.0.2.77] (in reply to RCPT TO command)");
	collect(n, true, 4);
	for (size_t i = 1; i < 4; i += 2) {
		const struct observation *obs = &n->verdict.observations[i];

		assert_int_equal(obs->check, CHECK_SOURCE);
		assert_int_equal(obs->outcome, OUTCOME_MISMATCH);
		assert_int_equal(obs->local,
				 !strcmp(obs->vantage.host, "mx.a.test"));
	}
}

static void test_another_file(void **state)
{
	struct node *n = *state;

	add(n, 100, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, true, 2);
	strcat(n->log, "2");
	state_set_text(&n->state.log_file, n->log);
	add(n, 90, "host mx.b.test[192.0.2.2] " REJECTED);
	assert_string_equal(collect(n, true, 2)->vantage.host, "mx.b.test");
}

static void test_bad_record(void **state)
{
	static const char *const records[] = {
		"", "x\n", "bindback-deliveries 2\nend\n",
		"bindback-deliveries 1\n", "bindback-deliveries 1\nx\nend\n",
		"bindback-deliveries 1\nfile 1 2 3 4\nend\n",
		"bindback-deliveries 1\nfile 1 2 3 g 5 /a\nend\n",
		"bindback-deliveries 1\nfile 1 2 3 4 5 \\xzz\nend\n",
		"bindback-deliveries 1\nremote 1\nend\n",
	};
	struct node *n = *state;

	add(n, 100, "host mx.a.test[192.0.2.1] " REJECTED);
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		assert_int_equal(file_write(n->record, records[i],
					    strlen(records[i]), 0600, 0, NULL),
				 0);
		collect(n, true, 2);
		assert_non_null(strstr(n->notice.text, n->record));
		collect(n, true, 2);
		assert_string_equal(n->notice.text, "");
	}
}

/* A folder, or one that grew beyond all bounds, in the record's place. */
static void test_unreadable_record(void **state)
{
	struct node *n = *state;
	struct delivery first;

	assert_int_equal(mkdir(n->record, 0700), 0);
	assert_false(maillog_first(n->record, &first));
	add(n, 100, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, false, 2);
	assert_non_null(strstr(n->notice.text, n->record));
	collect(n, true, 0);
	assert_non_null(strstr(n->notice.text, n->record));
}

static void test_notices(void **state)
{
	struct node *n = *state;
	BUF_CLEAN text;

	buf_init(&text);
	add(n, 100, "host mx.a.test[192.0.2.1] " REJECTED);
	collect(n, true, 2);
	assert_int_equal(unlink(n->log), 0);
	add(n, 90, "host mx.b.test[192.0.2.1] " REJECTED);
	collect(n, true, 4);
	assert_non_null(strstr(n->notice.text, "was rotated"));
	while (text.len <= MAILLOG_READ_MAX)
		buf_printf(&text, "%s mail x[1]: %0500d\n",
			   time_text(n->now_s).s, 0);
	add(n, 80, text.data);
	add(n, 70, "host mx.c.test[192.0.2.1] " REJECTED);
	collect(n, true, 6);
	assert_non_null(strstr(n->notice.text, "grew too fast"));
	state_set_text(&n->state.log_file, "/dev/null");
	collect(n, false, 0);
	assert_non_null(strstr(n->notice.text, "deliveries are not looked"));
	assert_non_null(strstr(n->notice.text, "/dev/null"));
}

static void test_too_many_remotes(void **state)
{
	struct node *n = *state;
	char message[300];

	for (unsigned int i = 0; i <= 64; i++) {
		collect(n, true, 2 * (size_t)i);
		(void)snprintf(message, sizeof(message), "host mx%u.test"
			       "[192.0.2.1] " REJECTED, i);
		add(n, 100 - i, message);
		if (i)
			assert_string_equal(n->notice.text, "");
	}
	collect(n, true, 128);
	assert_non_null(strstr(n->notice.text, "more servers than the 64"));
	assert_string_equal(n->verdict.observations[0].vantage.host,
			    "mx64.test");
}

/* By hand: the whole file, whoever wrote it, as long ago as it may be. */
static void test_file_alone(void **state)
{
	struct node *n = *state;
	struct why why = { "" };

	add_as(n, 90 * 86400, "node7", "host mx.a.test[192.0.2.1] " REJECTED);
	assert_int_equal(maillog_collect_file(n->log, "postfix", "",
					      &n->verdict, &why), 0);
	assert_int_equal(n->verdict.observation_count, 2);
	assert_int_equal(maillog_collect_file(n->dir, "postfix", "",
					      &n->verdict, &why), -EINVAL);
	assert_non_null(strstr(why.text, n->dir));
}

#define NODE_TEST(f) cmocka_unit_test_setup_teardown(f, node_make, node_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODE_TEST(test_from_where_it_left_off),
		NODE_TEST(test_read_only),
		NODE_TEST(test_window),
		NODE_TEST(test_hosts),
		NODE_TEST(test_clock_set_back),
		NODE_TEST(test_leak),
		NODE_TEST(test_another_file),
		NODE_TEST(test_bad_record),
		NODE_TEST(test_unreadable_record),
		NODE_TEST(test_notices),
		NODE_TEST(test_too_many_remotes),
		NODE_TEST(test_file_alone),
	};

	if (sandbox_enter("", "") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
