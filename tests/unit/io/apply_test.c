/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/clock.h"
#include "fake_mta.h"

#define PATIENT_MS 8000
#define ENOUGH 4096

struct world {
	char root[64];
	char path[PATH_MAX];	/* what the step under test is about */
	struct plan plan;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	(void)strcpy(world->root, "/tmp/bindback-apply.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	(void)snprintf(world->path, PATH_MAX, "%s/a/b", world->root);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	plan_done(&world->plan);
	(void)file_remove_tree(world->root, NULL);
	free(world);
	return 0;
}

static char *below(const struct world *world, const char *name)
{
	BUF_CLEAN path;

	buf_init(&path);
	buf_printf(&path, "%s/%s", world->root, name);
	return buf_steal(&path);
}

static void put(const char *path, const char *text, mode_t mode)
{
	assert_int_equal(file_write(path, text, strlen(text), mode, 0, NULL),
			 0);
}

static void assert_text(const char *path, const char *wanted)
{
	BUF_CLEAN text = { 0 };

	assert_int_equal(file_read(path, ENOUGH, &text, NULL), 0);
	assert_string_equal(text.data, wanted);
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st;
}

static void assert_age(const char *path, time_t age_s)
{
	time_t off = time(NULL) - stat_of(path).st_mtime - age_s;

	assert_in_range((uintmax_t)(off + 30), 0, 60);
}

static void assert_carried_out(struct world *world)
{
	struct why why = { "" };

	if (apply(&world->plan, NULL, INT64_MAX, &why) < 0 || *why.text)
		fail_msg("%s", why.text);
}

/* The result is `want`, and the reason begins with the step's purpose. */
static void assert_fails(struct world *world, int want, const char *reason)
{
	struct why why = { "" };
	int r = apply(&world->plan, NULL, INT64_MAX, &why);

	if (r != want || strncmp(why.text, "the purpose: ", 13) != 0 ||
	    !strstr(why.text, reason))
		fail_msg("%d, \"%s\"", r, why.text);
}

/* Done, and the reason says what did not arrive. */
static void assert_not_poked(struct world *world, const char *reason)
{
	struct why why = { "" };
	int r = apply(&world->plan, NULL, INT64_MAX, &why);

	if (r < 0 || strncmp(why.text, "the purpose: ", 13) != 0 ||
	    !strstr(why.text, reason))
		fail_msg("%d, \"%s\"", r, why.text);
}

static struct plan_step *want(struct world *world, enum plan_op op)
{
	return plan_add(&world->plan, op, world->path, "the purpose");
}

static void test_makes_a_folder(void **state)
{
	struct world *world = *state;

	want(world, PLAN_DIR)->mode = 0711;
	assert_carried_out(world);
	assert_int_equal(stat_of(world->path).st_mode, S_IFDIR | 0711);
	assert_carried_out(world);
}

static void test_puts_a_file_of_the_wanted_age(void **state)
{
	struct world *world = *state;
	struct plan_step *step;

	(void)snprintf(world->path, PATH_MAX, "%s/main.cf", world->root);
	step = want(world, PLAN_FILE);
	step->text = xstrdup("a\0b");
	step->text_len = 1;
	step->mode = 0640;
	step->age_s = 3600;
	assert_carried_out(world);
	assert_text(world->path, "a");
	assert_int_equal(stat_of(world->path).st_mode, S_IFREG | 0640);
	assert_age(world->path, 3600);
}

static void test_copies_once_with_mode_and_age(void **state)
{
	struct world *world = *state;
	struct plan_step *step = want(world, PLAN_COPY);
	ino_t first;

	step->from = below(world, "resolv.conf");
	step->age_s = 60;
	put(step->from, "nameserver 192.0.2.53\n", 0604);
	assert_carried_out(world);
	assert_text(world->path, "nameserver 192.0.2.53\n");
	assert_int_equal(stat_of(world->path).st_mode, S_IFREG | 0604);
	assert_age(world->path, 60);
	first = stat_of(world->path).st_ino;
	assert_carried_out(world);
	assert_int_equal(stat_of(world->path).st_ino, first);
	/* As long, but another text. */
	put(step->from, "nameserver 192.0.2.54\n", 0604);
	assert_carried_out(world);
	assert_text(world->path, "nameserver 192.0.2.54\n");
}

static void test_copy_of_nothing_fails(void **state)
{
	struct world *world = *state;

	want(world, PLAN_COPY)->from = below(world, "missing");
	assert_fails(world, -ENOENT, "/missing");
}

static struct plan_step *want_shell(struct world *world, const char *script)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const char *const env[] = { "MAIL_CONFIG=/overlay", NULL };
	struct plan_step *step = want(world, PLAN_RUN);

	step->argv = plan_strings(argv);
	step->env = plan_strings(env);
	step->cwd = xstrdup(world->root);
	step->timeout_ms = PATIENT_MS;
	return step;
}

static void test_runs_with_this_environment_alone(void **state)
{
	struct world *world = *state;
	char *made = below(world, "made");

	assert_int_equal(setenv("LEAKED", "yes", 1), 0);
	(void)want_shell(world, "echo $MAIL_CONFIG $LEAKED >made");
	assert_carried_out(world);
	assert_text(made, "/overlay\n");
	free(made);
}

static void test_runs_unless_all_are_there(void **state)
{
	struct world *world = *state;
	char *one = below(world, "one"), *two = below(world, "two");
	const char *const unless[] = { one, two, NULL };
	char *made = below(world, "made");

	want_shell(world, "echo . >>made")->unless = plan_strings(unless);
	put(one, "", 0644);
	assert_carried_out(world);
	assert_text(made, ".\n");
	put(two, "", 0644);
	assert_carried_out(world);
	assert_text(made, ".\n");
	free(one);
	free(two);
	free(made);
}

static void test_a_program_that_fails_is_quoted(void **state)
{
	struct world *world = *state;

	(void)want_shell(world, "echo 'no such table' >&2; exit 75");
	assert_fails(world, -EIO,
		     "/bin/sh ended with status 75: no such table");
}

static void test_a_program_that_fails_in_silence_points_to_the_log(void **state)
{
	struct world *world = *state;

	(void)want_shell(world, "exit 1");
	assert_fails(world, -EIO, "status 1; the mail log has the reason");
}

static void test_a_program_that_hangs_is_killed(void **state)
{
	struct world *world = *state;

	want_shell(world, "exec sleep 600")->timeout_ms = 50;
	assert_fails(world, -ETIMEDOUT, "did not end within 50 ms");
}

static void test_stops_at_the_first_failure(void **state)
{
	struct world *world = *state;
	struct stat st;

	(void)want_shell(world, "exit 1");
	want(world, PLAN_DIR)->mode = 0755;
	assert_fails(world, -EIO, "");
	assert_int_equal(stat(world->path, &st), -1);
}

static void want_poke(struct world *world, const char *text)
{
	struct plan_step *step = want(world, PLAN_POKE);

	step->text = xstrdup(text);
	step->text_len = strlen(text);
}

static void assert_arrived(int fd, const char *wanted)
{
	char text[16] = "";

	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(wanted));
	assert_string_equal(text, wanted);
}

static void test_pokes_a_fifo(void **state)
{
	struct world *world = *state;
	int fd;

	(void)snprintf(world->path, PATH_MAX, "%s/qmgr", world->root);
	assert_int_equal(mkfifo(world->path, 0600), 0);
	fd = open(world->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	want_poke(world, "IR");
	assert_carried_out(world);
	assert_arrived(fd, "IR");
	(void)close(fd);
	assert_not_poked(world, world->path);
}

static void test_pokes_a_socket(void **state)
{
	struct world *world = *state;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	(void)snprintf(world->path, PATH_MAX, "%s/qmgr", world->root);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/qmgr",
		       world->root);
	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof(un)),
			 0);
	assert_int_equal(listen(listener, 1), 0);
	want_poke(world, "IR");
	assert_carried_out(world);
	fd = accept(listener, NULL, NULL);
	assert_arrived(fd, "IR");
	(void)close(fd);
	(void)close(listener);
	assert_not_poked(world, world->path);
}

/* A queue manager that is gone scans its queue when it comes back. */
static void test_a_poke_that_fails_stops_nothing(void **state)
{
	struct world *world = *state;
	struct plan_step *after;
	char *dir = below(world, "after");

	want_poke(world, "IR");
	after = plan_add(&world->plan, PLAN_DIR, dir, "what comes behind");
	after->mode = 0755;
	assert_not_poked(world, world->path);
	assert_int_equal(stat_of(dir).st_mode, S_IFDIR | 0755);
	free(dir);
}

/* ... and one that is just starting is poked again until it listens. */
static void test_a_poke_is_tried_until_its_timeout(void **state)
{
	struct world *world = *state;
	int64_t before = clock_ms();
	int status;
	pid_t late;

	(void)snprintf(world->path, PATH_MAX, "%s/qmgr", world->root);
	assert_int_equal(mkfifo(world->path, 0600), 0);
	want_poke(world, "IR");
	world->plan.steps[0].timeout_ms = PATIENT_MS;
	late = fork();
	if (!late) {
		char text[2];
		int fd;

		(void)poll(NULL, 0, 200);
		fd = open(world->path, O_RDWR | O_CLOEXEC);
		_exit(read(fd, text, 2) == 2 && text[0] == 'I' ? 0 : 1);
	}
	assert_carried_out(world);
	assert_true(clock_ms() - before < PATIENT_MS);
	assert_int_equal(waitpid(late, &status, 0), late);
	assert_int_equal(status, 0);
}

/* The folder is the MTA's user's; root must not write where that one says. */
static void test_pokes_no_file_and_follows_no_link(void **state)
{
	struct world *world = *state;
	char *secret = below(world, "shadow"), *fifo = below(world, "fifo");
	int fd;

	(void)snprintf(world->path, PATH_MAX, "%s/qmgr", world->root);
	put(secret, "root", 0600);
	want_poke(world, "FADI");
	put(world->path, "file", 0600);
	assert_not_poked(world, "neither a FIFO nor a socket");
	assert_text(world->path, "file");
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(symlink(secret, world->path), 0);
	assert_not_poked(world, "neither a FIFO nor a socket");
	assert_text(secret, "root");
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(symlink(fifo, world->path), 0);
	assert_not_poked(world, "neither a FIFO nor a socket");
	(void)close(fd);
	free(secret);
	free(fifo);
}

/* A master, and a child of its that lives for some seconds. */
static pid_t begin(struct world *world, const char *name, const char *seconds,
		   pid_t group)
{
	fake_program(world->root, name);
	return fake_begin(&(struct fake_process){ .dir = world->root,
						  .name = name,
						  .cwd = world->root,
						  .seconds = seconds,
						  .group = group });
}

static bool is_over(pid_t pid)
{
	struct process process;

	return proc_stat(pid, &process) < 0 || process.state == 'Z';
}

static struct process process_of(pid_t pid)
{
	struct process process;

	assert_int_equal(proc_stat(pid, &process), 0);
	return process;
}

static void want_signal(struct world *world, const char *awaited,
			unsigned int timeout_ms)
{
	struct plan_step *step = want(world, PLAN_SIGNAL);

	step->signal = SIGTERM;
	step->awaited = awaited ? xstrdup(awaited) : NULL;
	step->timeout_ms = timeout_ms;
}

static void test_a_signal_waits_for_the_awaited_children(void **state)
{
	struct world *world = *state;
	pid_t pid = begin(world, "master", NULL, 0);
	pid_t awaited = begin(world, "qmgr", "0.3", pid);
	pid_t other = begin(world, "smtpd", NULL, pid);
	pid_t stranger = begin(world, "qmgr2", NULL, 0);
	struct process master = process_of(pid);
	int64_t before = clock_ms();

	want_signal(world, "qmgr", PATIENT_MS);
	assert_int_equal(apply(&world->plan, &master,
			       INT64_MAX, NULL), 0);
	assert_true(clock_ms() - before < PATIENT_MS / 2);
	assert_true(is_over(awaited));
	assert_false(is_over(other));
	assert_int_equal(fake_ended_by(pid), SIGTERM);
	(void)fake_ended_by(awaited);
	fake_kill(other);
	fake_kill(stranger);
}

/* The same program in another group is another mail system's. */
static void test_a_signal_waits_for_no_stranger(void **state)
{
	struct world *world = *state;
	pid_t pid = begin(world, "master", NULL, 0);
	pid_t stranger = begin(world, "qmgr", NULL, 0);
	struct process master = process_of(pid);
	int64_t before = clock_ms();

	want_signal(world, "qmgr", PATIENT_MS);
	assert_int_equal(apply(&world->plan, &master,
			       INT64_MAX, NULL), 0);
	assert_true(clock_ms() - before < PATIENT_MS / 2);
	assert_int_equal(fake_ended_by(pid), SIGTERM);
	fake_kill(stranger);
}

static void test_a_child_that_stays_is_no_error(void **state)
{
	struct world *world = *state;
	pid_t pid = begin(world, "master", NULL, 0);
	pid_t child = begin(world, "qmgr", NULL, pid);
	struct process master = process_of(pid);

	want_signal(world, "qmgr", 50);
	assert_int_equal(apply(&world->plan, &master,
			       INT64_MAX, NULL), 0);
	assert_false(is_over(child));
	assert_int_equal(fake_ended_by(pid), SIGTERM);
	fake_kill(child);
}

/* Its number may be another process's by now: that one is spared. */
static void test_a_master_that_has_gone_is_told(void **state)
{
	struct world *world = *state;
	pid_t pid = begin(world, "master", NULL, 0);
	struct process master = process_of(pid);
	struct why why = { "" };

	master.start_ticks++;
	want_signal(world, NULL, 0);
	assert_int_equal(apply(&world->plan, &master,
			       INT64_MAX, &why), -ESRCH);
	assert_non_null(strstr(why.text, "the purpose: the master process"));
	assert_false(is_over(pid));
	fake_kill(pid);
	assert_int_equal(apply(&world->plan, &master,
			       INT64_MAX, NULL), -ESRCH);
}

static void test_nothing_waits_beyond_the_deadline(void **state)
{
	struct world *world = *state;
	pid_t pid = begin(world, "master", NULL, 0);
	pid_t child = begin(world, "qmgr", NULL, pid);
	struct process master = process_of(pid);
	int64_t before = clock_ms();
	char *made = below(world, "made");
	struct why why = { "" };

	want_signal(world, "qmgr", PATIENT_MS);
	want_poke(world, "IR");
	world->plan.steps[1].timeout_ms = PATIENT_MS;
	assert_int_equal(apply(&world->plan, &master, before + 100, NULL), 0);
	assert_int_equal(fake_ended_by(pid), SIGTERM);
	fake_kill(child);
	plan_done(&world->plan);
	(void)want_shell(world, "exec sleep 600");
	assert_int_equal(apply(&world->plan, NULL, clock_ms() + 100, NULL),
			 -ETIMEDOUT);
	plan_done(&world->plan);
	/* Without any time left it is not begun. */
	(void)want_shell(world, "echo >made");
	assert_int_equal(apply(&world->plan, NULL, clock_ms(), &why),
			 -ETIMEDOUT);
	assert_non_null(strstr(why.text, "no time is left to run /bin/sh"));
	assert_int_equal(access(made, F_OK), -1);
	assert_true(clock_ms() - before < PATIENT_MS / 2);
	free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_makes_a_folder),
		TEST(test_puts_a_file_of_the_wanted_age),
		TEST(test_copies_once_with_mode_and_age),
		TEST(test_copy_of_nothing_fails),
		TEST(test_runs_with_this_environment_alone),
		TEST(test_runs_unless_all_are_there),
		TEST(test_a_program_that_fails_is_quoted),
		TEST(test_a_program_that_fails_in_silence_points_to_the_log),
		TEST(test_a_program_that_hangs_is_killed),
		TEST(test_nothing_waits_beyond_the_deadline),
		TEST(test_stops_at_the_first_failure),
		TEST(test_pokes_a_fifo),
		TEST(test_pokes_a_socket),
		TEST(test_a_poke_that_fails_stops_nothing),
		TEST(test_a_poke_is_tried_until_its_timeout),
		TEST(test_pokes_no_file_and_follows_no_link),
		TEST(test_a_signal_waits_for_the_awaited_children),
		TEST(test_a_signal_waits_for_no_stranger),
		TEST(test_a_child_that_stays_is_no_error),
		TEST(test_a_master_that_has_gone_is_told),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
