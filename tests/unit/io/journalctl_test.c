/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A journald of its own, in a sandbox; a copy of this program plays smtp(8). */
#include "io/journalctl.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "io/maillog.h"
#include "sandbox.h"

#define JOURNALD "/usr/lib/systemd/systemd-journald"
#define SOCKET "/run/systemd/journal/dev-log"
#define REJECTED "said: 450 4.7.25 Client host rejected: cannot find your " \
	"hostname, [10.50.0.100] (in reply to RCPT TO command)"

static const char *const programs[] = { "smtp", NULL };

struct world {
	pid_t journald;
	struct state state;
	struct verdict verdict;
	struct why notice;
};

/* Until `done`; a test that hangs here fails after ten seconds. */
static bool wait_for(bool (*done)(void *ctx), void *ctx)
{
	int64_t until = clock_ms() + 10000;

	while (!done(ctx)) {
		if (clock_ms() > until)
			return false;
		(void)poll(NULL, 0, 10);
	}
	return true;
}

static int send_line(const char *message)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char line[1000];
	int r;

	(void)snprintf(line, sizeof(line), "<22>postfix/smtp[1]: %s", message);
	r = sendto(fd, line, strlen(line), 0, (struct sockaddr *)&un,
		   sizeof(un)) < 0 ? -1 : 0;
	(void)close(fd);
	return r;
}

/* As smtp(8): it says something, and lives until its input ends, so that
 * journald can see what it is. */
static int play(const char *message)
{
	char byte;

	if (send_line(message) < 0)
		return 1;
	return read(STDIN_FILENO, &byte, 1) < 0;
}

static bool is_listening(void *ctx)
{
	(void)ctx;
	return !access(SOCKET, F_OK);
}

static pid_t start_journald(void)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	(void)execl(JOURNALD, JOURNALD, (char *)NULL);
	_exit(127);
}

static int world_make(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	BUF_CLEAN self = { 0 };

	*state = w;
	if (geteuid() != 0 || access(JOURNALD, X_OK) < 0 ||
	    access("/usr/bin/journalctl", X_OK) < 0 ||
	    access("/etc/machine-id", R_OK) < 0 ||
	    sandbox_enter("", "") < 0 || sandbox_own_run() < 0 ||
	    mount("log", "/var/log", "tmpfs", 0, "mode=0755") < 0)
		return 0;
	if (mkdir("/run/sbin", 0755) < 0 ||
	    file_read("/proc/self/exe", 64 << 20, &self, NULL) < 0 ||
	    file_write("/run/sbin/smtp", self.data, self.len, 0755, 0, NULL) <
		    0 ||
	    identity_parse("mail.cluster.test", "10.50.0.100", "",
			   &w->state.identity, NULL) < 0)
		return -1;
	state_set_text(&w->state.program_dir, "/run/sbin");
	state_set_text(&w->state.log_names, "postfix");
	w->state.bound_since_s = clock_wall_s() - 60;
	w->journald = start_journald();
	return wait_for(is_listening, NULL) ? 0 : -1;
}

static int world_free(void **state)
{
	struct world *w = *state;

	if (w->journald) {
		(void)kill(w->journald, SIGKILL);
		(void)waitpid(w->journald, NULL, 0);
	}
	state_done(&w->state);
	verdict_done(&w->verdict);
	free(w);
	return 0;
}

static void collect(struct world *w, bool keep)
{
	verdict_done(&w->verdict);
	w->verdict.identity = w->state.identity;
	if (keep) {
		struct why unused;

		(void)maillog_follow(&w->state, "/run/deliveries",
				     MAILLOG_TIMEOUT_MS, &w->notice);
		maillog_recall(&w->state, "/run/deliveries", &w->verdict,
			       &unused);
	} else {
		maillog_collect(&w->state, "/run/deliveries",
				MAILLOG_TIMEOUT_MS, &w->verdict, &w->notice);
	}
}

static bool has_remotes(struct world *w, unsigned int count)
{
	collect(w, false);
	return w->verdict.observation_count == 2 * (size_t)count;
}

static bool has_one(void *ctx)
{
	return has_remotes(ctx, 1);
}

static bool has_two(void *ctx)
{
	return has_remotes(ctx, 2);
}

static void log_as_smtp(struct world *w, const char *message,
			bool (*seen)(void *ctx))
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		(void)dup2(ends[0], STDIN_FILENO);
		(void)execl("/run/sbin/smtp", "smtp", message, (char *)NULL);
		_exit(127);
	}
	assert_true(wait_for(seen, w));
	(void)close(ends[1]);
	(void)close(ends[0]);
	(void)waitpid(pid, NULL, 0);
}

static void test_deliveries(void **state)
{
	struct world *w = *state;

	if (!w->journald)
		skip();
	/* Anybody can say that it is Postfix. */
	assert_int_equal(send_line("A0: host forged.test[192.0.2.6] "
				   REJECTED), 0);
	log_as_smtp(w, "A1: host mx.a.test[192.0.2.1] " REJECTED, has_one);
	assert_string_equal(w->verdict.observations[0].vantage.host,
			    "mx.a.test");
	collect(w, true);
	collect(w, true);
	assert_int_equal(w->verdict.observation_count, 2);
	assert_string_equal(w->notice.text, "");
	/* Read on behind the last entry, which the record knows. */
	log_as_smtp(w, "A1: host mx.b.test[192.0.2.1] " REJECTED, has_two);
}

static void test_what_journalctl_refuses(void **state)
{
	struct world *w = *state;
	struct journalctl_request request = {
		.program_dir = "/run/sbin",
		.programs = programs,
		.cursor = "no cursor",
		.entries_max = 10,
		.bytes_max = 1000,
		.timeout_ms = 10000,
	};
	static const char record[] = "bindback-deliveries 1\njournal x\nend\n";
	struct why why = { "" };
	struct buf text;

	if (!w->journald)
		skip();
	assert_int_equal(journalctl_read(&request, &text, &why), -EIO);
	assert_non_null(strstr(why.text, "Failed to seek to cursor"));
	/* The next time it begins anew. */
	assert_int_equal(file_write("/run/deliveries", record,
				    sizeof(record) - 1, 0600, 0, NULL), 0);
	w->notice.text[0] = '\0';
	collect(w, true);
	assert_non_null(strstr(w->notice.text, "journalctl failed"));
	collect(w, true);
	assert_string_equal(w->notice.text, "");
}

/* From the begin it would take all the longer. */
static void test_what_journalctl_has_no_time_for(void **state)
{
	static const char record[] = "bindback-deliveries 1\njournal x\nend\n";
	static const char hangs[] = "#!/bin/sh\nexec sleep 60\n";
	struct world *w = *state;
	BUF_CLEAN kept = { 0 };

	if (!w->journald)
		skip();
	assert_int_equal(file_write("/run/hangs", hangs, sizeof(hangs) - 1,
				    0755, 0, NULL), 0);
	assert_int_equal(file_write("/run/deliveries", record,
				    sizeof(record) - 1, 0600, 0, NULL), 0);
	assert_int_equal(mount("/run/hangs", "/usr/bin/journalctl", NULL,
			       MS_BIND, NULL), 0);
	(void)maillog_follow(&w->state, "/run/deliveries", 100, &w->notice);
	assert_int_equal(umount("/usr/bin/journalctl"), 0);
	assert_non_null(strstr(w->notice.text, "did not end within 100 ms"));
	assert_int_equal(file_read("/run/deliveries", 65536, &kept, NULL), 0);
	assert_non_null(strstr(kept.data, "\njournal x\n"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_what_journalctl_refuses),
		cmocka_unit_test(test_what_journalctl_has_no_time_for),
	};

	if (argc == 2)
		return play(argv[1]);
	return cmocka_run_group_tests(tests, world_make, world_free);
}
