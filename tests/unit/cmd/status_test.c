/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `bindback status` where a guard runs, or has run: BINDBACK is the program.
 * The guard is this process as far as its lock goes. /run is an empty one of
 * our own; where that is not permitted all is skipped.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/run.h"
#include "io/guard_files.h"

#define PATIENCE_MS 20000

struct room {
	struct guard_files files;
	struct guard_view view;
	int lock;
};

static bool have_own_run(void)
{
	return !unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("run", "/run", "tmpfs", 0, "mode=0755");
}

static void save(const struct room *room)
{
	assert_int_equal(guard_view_save(&room->files, &room->view, NULL), 0);
}

/* A guard that owns the identity, and has verified it a minute ago. */
static int setup(void **ret)
{
	struct room *room = xcalloc(1, sizeof(*room));
	struct instance instance;

	assert_int_equal(instance_init("mta", &instance, NULL), 0);
	guard_files_of(&instance, &room->files);
	room->view = (struct guard_view){
		.version = BINDBACK_VERSION,
		.self = 1,
		.time_s = clock_wall_s(),
		.connected = true,
		.synced = true,
		.quorum = QUORUM_STATE_YES,
		.own = OWN_OWNER,
		.may_send = true,
		.owner = { .node = 1 },
		.verdict = { .time_s = clock_wall_s() - 60 },
		.current = true,
		.nodes = { { .node = 1, .name = "node1", .member = true } },
		.node_count = 1,
	};
	*ret = room;
	if (access("/run/own", F_OK) < 0)
		return 0;
	assert_int_equal(guard_files_make(&room->files, geteuid(), getegid(),
					  NULL), 0);
	save(room);
	assert_int_equal(guard_lock(room->files.lock, &room->lock, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	if (room->lock > 0)
		(void)close(room->lock);
	(void)file_remove_tree(GUARD_ROOT, NULL);
	free(room);
	return 0;
}

static void need_own_run(void)
{
	if (access("/run/own", F_OK) < 0)
		skip();
}

/* Another process looks: of our own lock we would not be told. */
static void expect(const char *option, int status, const char *out,
		   const char *err)
{
	const char *argv[] = { getenv("BINDBACK"), "status", option, NULL };
	const char *envp[] = { "LC_ALL=C", NULL };
	const struct run_spec spec = { .argv = argv, .envp = envp, .cwd = "/",
				       .timeout_ms = PATIENCE_MS,
				       .output_limit = 65536 };
	struct run_result result;

	assert_non_null(argv[0]);
	assert_int_equal(run(&spec, &result, NULL), 0);
	if (result.exit_status != status || !strstr(result.out.data, out) ||
	    !strstr(result.err.data, err))
		fail_msg("status %s: %d\n%s%s", option ? option : "",
			 result.exit_status, result.out.data, result.err.data);
	run_result_done(&result);
}

static void test_a_guard_that_lives(void **state)
{
	BUF_CLEAN life = { 0 };

	(void)state;
	need_own_run();
	expect(NULL, 0, "\n  owner    node1, this node\n", "");
	buf_printf(&life, "\n  guard    process %d\n", getpid());
	expect("--resource=mta", 0, life.data, "");
	expect("--output-as=xml", 0, "<owner known=\"true\" node=\"1\"/>", "");
	expect("--output-as=html", 0, "<title>bindback: verified</title>", "");
	expect("--output-as=json", 64, "", "\"json\" is no format");
	expect("--watch", 64, "", "--watch: standard output is no terminal");
}

static void test_a_guard_of_another_version(void **state)
{
	struct room *room = *state;

	need_own_run();
	strcpy(room->view.version, "0.0.1");
	save(room);
	expect(NULL, 0, ", of version 0.0.1; this is " BINDBACK_VERSION "\n",
	       "");
	expect("--output-as=xml", 0, " version=\"0.0.1\"", "");
	*room->view.version = '\0';
	save(room);
	expect(NULL, 0, ", of an older version; this is ", "");
}

static void test_a_guard_that_is_gone(void **state)
{
	struct room *room = *state;
	int keeper;

	need_own_run();
	(void)close(room->lock);
	room->lock = -1;
	expect(NULL, 3, "IS GONE: no process holds its lock; what it knew", "");
	assert_int_equal(guard_lock(room->files.keeper_lock, &keeper, NULL),
			 0);
	expect(NULL, 3, "is to start it again; what it knew", "");
	(void)close(keeper);
}

static void test_a_guard_that_writes_nothing_sound(void **state)
{
	struct room *room = *state;

	need_own_run();
	room->view.time_s -= 3600;
	save(room);
	expect(NULL, 3, "WHICH IS SILENT; what it knew is of 1 h ago", "");
	assert_int_equal(file_write(room->files.state, "bindback-guard 1\n",
				    17, 0644, 0, NULL), 0);
	expect(NULL, 3, "the guard's state is cut", "");
	assert_int_equal(unlink(room->files.state), 0);
	expect(NULL, 3, ", which has written nothing yet", "");
	/* What it has others read must be its own. */
	assert_int_equal(symlink("/etc/passwd", room->files.state), 0);
	expect(NULL, 3, room->files.state, "");
}

struct watched {
	int terminal;
	pid_t pid;
	struct buf seen;
};

/* Read on until it has shown this; what was before is forgotten. */
static void await(struct watched *watched, const char *text)
{
	int64_t end_ms = clock_ms() + PATIENCE_MS;
	struct pollfd ready = { watched->terminal, POLLIN, 0 };
	char *found;

	while (!(found = strstr(watched->seen.data, text))) {
		char bytes[4096];
		ssize_t len;

		if (poll(&ready, 1, (int)(end_ms - clock_ms())) <= 0)
			fail_msg("\"%s\" is not in %s", text,
				 watched->seen.data);
		len = read(watched->terminal, bytes, sizeof(bytes));
		if (len <= 0)
			fail_msg("over without \"%s\"", text);
		buf_add(&watched->seen, bytes, (size_t)len);
	}
	watched->seen.len -= (size_t)(found - watched->seen.data);
	memmove(watched->seen.data, found, watched->seen.len + 1);
}

static void watch_begin(struct watched *ret)
{
	const struct winsize size = { .ws_row = 9, .ws_col = 40 };

	buf_init(&ret->seen);
	ret->pid = forkpty(&ret->terminal, NULL, NULL, &size);
	assert_true(ret->pid >= 0);
	if (!ret->pid) {
		execl(getenv("BINDBACK"), "bindback", "status", "--watch",
		      NULL);
		_exit(99);
	}
}

/* It leaves the terminal as it was. */
static void watch_end(struct watched *watched, int want)
{
	struct termios now;
	int status;

	await(watched, "\x1b[?25h\x1b[?1049l");
	assert_int_equal(waitpid(watched->pid, &status, 0), watched->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
	assert_int_equal(tcgetattr(watched->terminal, &now), 0);
	assert_int_equal(now.c_lflag & (ICANON | ECHO), ICANON | ECHO);
	assert_true(now.c_iflag & IXON);
	(void)close(watched->terminal);
	buf_done(&watched->seen);
}

/* proc(5), fdinfo: "inotify wd:3 ino:9e7e sdev:800013 mask:800afce ...". */
static bool has_watch(pid_t pid, int fd, ino_t folder)
{
	BUF_CLEAN path = { 0 };
	BUF_CLEAN text = { 0 };
	struct span rest, line;
	unsigned long ino;
	unsigned int mask;

	buf_printf(&path, "/proc/%d/fdinfo/%d", pid, fd);
	if (file_read(path.data, 65536, &text, NULL) < 0)
		return false;
	rest = span_of(text.data);
	while (span_line(&rest, &line))
		if (sscanf(line.p, "inotify wd:%*x ino:%lx sdev:%*x mask:%x",
			   &ino, &mask) == 2 &&
		    ino == folder && mask & IN_MOVED_TO)
			return true;
	return false;
}

/* A change is not only found by looking each second. */
static void test_watch_is_told_of_changes(void **state)
{
	const struct room *room = *state;
	struct watched watched;
	struct stat live;
	bool has = false;

	need_own_run();
	assert_int_equal(stat(room->files.live, &live), 0);
	watch_begin(&watched);
	await(&watched, "node1, this node");
	for (int fd = 3; fd < 10; fd++)
		has = has || has_watch(watched.pid, fd, live.st_ino);
	assert_true(has);
	assert_int_equal(write(watched.terminal, "q", 1), 1);
	watch_end(&watched, 0);
}

static void test_watch_shows_changes(void **state)
{
	struct room *room = *state;
	struct watched watched;

	need_own_run();
	watch_begin(&watched);
	await(&watched, "\x1b[?1049h");
	await(&watched, "node1, this node");
	await(&watched, "more lines");
	room->view.owner.node = 0;
	save(room);
	await(&watched, "no node");
	(void)close(room->lock);
	room->lock = -1;
	await(&watched, "IS GONE");
	assert_int_equal(write(watched.terminal, "xq", 2), 2);
	watch_end(&watched, 3);
}

static void test_watch_ends_by_signals(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

	(void)state;
	need_own_run();
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct watched watched;

		watch_begin(&watched);
		await(&watched, "node1, this node");
		assert_int_equal(kill(watched.pid, signals[i]), 0);
		watch_end(&watched, 0);
	}
}

static void test_watch_fits_the_terminal(void **state)
{
	const struct winsize size = { .ws_row = 3, .ws_col = 12 };
	struct watched watched;

	(void)state;
	need_own_run();
	watch_begin(&watched);
	await(&watched, "more lines");
	assert_int_equal(ioctl(watched.terminal, TIOCSWINSZ, &size), 0);
	await(&watched, "bindback sta\x1b[0m\x1b[K");
	await(&watched, "... and ");
	await(&watched, "\x1b[J");
	assert_int_equal(write(watched.terminal, "\x03", 1), 1);
	watch_end(&watched, 0);
}

#define WITH_ROOM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOM(test_a_guard_that_lives),
		WITH_ROOM(test_a_guard_of_another_version),
		WITH_ROOM(test_a_guard_that_is_gone),
		WITH_ROOM(test_a_guard_that_writes_nothing_sound),
		WITH_ROOM(test_watch_is_told_of_changes),
		WITH_ROOM(test_watch_shows_changes),
		WITH_ROOM(test_watch_ends_by_signals),
		WITH_ROOM(test_watch_fits_the_terminal),
	};

	if (have_own_run())
		(void)file_write("/run/own", "", 0, 0644, 0, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
