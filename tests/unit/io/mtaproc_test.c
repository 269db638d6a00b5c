/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/mtaproc.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "fake_mta.h"
#include "io/proc.h"

struct world {
	char root[64];
	struct mta_place place;
	char elsewhere[PATH_MAX];
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	(void)strcpy(world->root, "/tmp/bindback-mtaproc.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	(void)snprintf(world->place.spool_dir, PATH_MAX, "%s/spool",
		       world->root);
	(void)snprintf(world->place.program_dir, PATH_MAX, "%s/sbin",
		       world->root);
	world->place.owner = -1;
	(void)snprintf(world->elsewhere, PATH_MAX, "%s/other", world->root);
	assert_int_equal(file_mkdirs(world->place.spool_dir, 0755, NULL), 0);
	assert_int_equal(file_mkdirs(world->place.program_dir, 0755, NULL), 0);
	assert_int_equal(file_mkdirs(world->elsewhere, 0755, NULL), 0);
	fake_program(world->place.program_dir, "master");
	fake_program(world->place.program_dir, "qmgr");
	fake_program(world->elsewhere, "master");
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	(void)file_remove_tree(world->root, NULL);
	free(world);
	return 0;
}

static pid_t begin(const char *dir, const char *name, const char *cwd,
		   const char *env, bool deaf)
{
	return fake_begin(&(struct fake_process){ .dir = dir, .name = name,
						  .cwd = cwd, .env = env,
						  .deaf = deaf });
}

/* mta_end looks at processes that our wait has not collected yet: zombies
 * are no longer the mail system. */
static void test_sees_and_ends_what_works_in_the_spool(void **state)
{
	struct world *world = *state;
	const struct mta_place *place = &world->place;
	struct mta_processes found = { 0 };
	pid_t master, child, stranger;

	master = begin(place->program_dir, "master", place->spool_dir, NULL,
		       false);
	child = begin(place->program_dir, "qmgr", place->spool_dir, NULL,
		      false);
	stranger = begin(world->elsewhere, "master", place->spool_dir, NULL,
			 false);
	assert_int_equal(mta_find(place, &found, NULL), 0);
	assert_int_equal(found.master_count, 1);
	assert_int_equal(found.masters[0], master);
	assert_int_equal(found.other_count, 1);
	assert_int_equal(found.others[0], child);
	mta_processes_done(&found);
	assert_int_equal(mta_end(place, 5000, clock_ms() + 20000, NULL), 0);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	assert_int_equal(fake_ended_by(child), SIGKILL);
	assert_int_equal(kill(stranger, 0), 0);
	fake_kill(stranger);
}

static void test_another_instance_is_left_alone(void **state)
{
	struct world *world = *state;
	pid_t other = begin(world->place.program_dir, "master",
			    world->elsewhere, NULL, false);

	assert_int_equal(mta_end(&world->place, 5000, clock_ms() + 20000,
				 NULL), 0);
	assert_int_equal(kill(other, 0), 0);
	fake_kill(other);
}

/* A container's Postfix has the same paths, in a world of its own. */
static void test_a_container_is_left_alone(void **state)
{
	struct world *world = *state;
	pid_t other;

	if (geteuid())
		skip();
	other = fake_begin(&(struct fake_process){
		.dir = world->place.program_dir, .name = "master",
		.cwd = world->place.spool_dir, .contained = true });
	assert_int_equal(mta_end(&world->place, 1000, clock_ms() + 5000,
				 NULL), 0);
	assert_int_equal(kill(other, 0), 0);
	assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
	fake_kill(other);
}

static void test_a_bound_master_is_known_by_its_overlay(void **state)
{
	struct world *world = *state;
	struct mta_place place = world->place;
	pid_t master = begin(place.program_dir, "master", world->elsewhere,
			     "MAIL_CONFIG=/run/bindback/x/postfix", false);

	(void)strcpy(place.overlay_dir, "/run/bindback/x/postfix");
	assert_int_equal(mta_end(&place, 5000, clock_ms() + 20000, NULL), 0);
	assert_int_equal(fake_ended_by(master), SIGTERM);
}

static void test_a_stopped_master_is_killed(void **state)
{
	struct world *world = *state;
	pid_t master = begin(world->place.program_dir, "master",
			     world->place.spool_dir, NULL, false);

	fake_freeze(master);
	assert_int_equal(mta_end(&world->place, 60000, clock_ms() + 20000,
				 NULL), 0);
	assert_int_equal(fake_ended_by(master), SIGKILL);
}

static void test_a_deaf_master_is_killed_in_the_end(void **state)
{
	struct world *world = *state;
	pid_t master = begin(world->place.program_dir, "master",
			     world->place.spool_dir, NULL, true);

	assert_int_equal(mta_end(&world->place, 50, clock_ms() + 20000, NULL),
			 0);
	assert_int_equal(fake_ended_by(master), SIGKILL);
}

static void test_what_is_left_at_the_deadline_is_named(void **state)
{
	struct world *world = *state;
	struct why why = { "" };
	pid_t master = begin(world->place.program_dir, "master",
			     world->place.spool_dir, NULL, true);
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", master);
	assert_int_equal(mta_end(&world->place, 60000, clock_ms() + 50, &why),
			 -EBUSY);
	assert_non_null(strstr(why.text, pid));
	fake_kill(master);
}

static void test_nothing_there_is_success(void **state)
{
	struct world *world = *state;

	assert_int_equal(mta_end(&world->place, 0, 0, NULL), 0);
}

static void test_place_of_config_reads_main_cf(void **state)
{
	struct world *world = *state;
	struct mta_place place;
	char path[PATH_MAX + 16], text[PATH_MAX * 2];
	int n;

	(void)snprintf(path, sizeof(path), "%s/main.cf", world->elsewhere);
	n = snprintf(text, sizeof(text), "queue_directory = %s\n",
		     world->place.spool_dir);
	assert_int_equal(file_write(path, text, (size_t)n, 0644, 0, NULL), 0);
	mta_place_of_config(world->elsewhere, "/run/x", &place);
	assert_string_equal(place.spool_dir, world->place.spool_dir);
	assert_string_equal(place.program_dir, "");
	assert_string_equal(place.overlay_dir, "/run/x");
	assert_true(place.owner < 0);
}

/* In doubt no place at all: another mail system may be at the default one. */
static void test_an_unknown_queue_is_not_guessed(void **state)
{
	static const char text[] = "base = /srv\nqueue_directory = $base/q\n";
	struct world *world = *state;
	struct mta_place place;
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/main.cf", world->elsewhere);
	assert_int_equal(file_write(path, text, strlen(text), 0644, 0, NULL),
			 0);
	mta_place_of_config(world->elsewhere, "", &place);
	assert_string_equal(place.spool_dir, "");
	mta_place_of_config("/nowhere", "", &place);
	assert_string_equal(place.spool_dir, "");
	mta_place_of_config(NULL, "", &place);
	assert_string_not_equal(place.spool_dir, "");
}

static void test_another_users_program_is_no_mail_system(void **state)
{
	struct world *world = *state;
	struct mta_processes found = { 0 };
	pid_t users;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(world->root, 0755), 0);
	users = fake_begin(&(struct fake_process){
		.dir = world->place.program_dir,
		.name = "qmgr",
		.cwd = world->place.spool_dir,
		.user = 65534,
	});
	assert_int_equal(mta_find(&world->place, &found, NULL), 0);
	assert_int_equal(found.other_count, 1);
	mta_processes_done(&found);
	world->place.owner = 4711;
	assert_int_equal(mta_find(&world->place, &found, NULL), 0);
	assert_int_equal(found.other_count, 0);
	mta_processes_done(&found);
	world->place.owner = 65534;
	assert_int_equal(mta_find(&world->place, &found, NULL), 0);
	assert_int_equal(found.other_count, 1);
	mta_processes_done(&found);
	fake_kill(users);
}

/* A master that has started a command of its own, as local(8) does. */
static pid_t begin_with_command(struct world *world, pid_t *ret_command)
{
	char script[] = "sleep 600 & echo $!; wait", path[PATH_MAX + 16];
	char exe[PATH_MAX];
	char *argv[] = { (char *)"master", (char *)"-c", script, NULL };
	BUF_CLEAN shell = { 0 };
	int fds[2];
	FILE *out;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/master",
		       world->place.program_dir);
	assert_int_equal(file_read("/bin/sh", FAKE_PROGRAM_MAX, &shell, NULL),
			 0);
	assert_int_equal(file_write(path, shell.data, shell.len, 0755, 0,
				    NULL), 0);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		(void)setpgid(0, 0);
		(void)dup2(fds[1], 1);
		if (!chdir(world->place.spool_dir))
			(void)execv(path, argv);
		_exit(1);
	}
	(void)close(fds[1]);
	out = fdopen(fds[0], "r");
	assert_int_equal(fscanf(out, "%d", ret_command), 1);
	(void)fclose(out);
	do {
		assert_int_equal(proc_link(*ret_command, PROC_EXE, exe), 0);
	} while (!strcmp(exe, path));
	return pid;
}

static void test_its_commands_end_with_it(void **state)
{
	struct world *world = *state;
	struct process process;
	pid_t master, command;

	master = begin_with_command(world, &command);
	assert_int_equal(mta_end(&world->place, 5000, clock_ms() + 20000,
				 NULL), 0);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	assert_true(proc_stat(command, &process) < 0 || process.state == 'Z');
}

#define CHILDREN 60

static void test_few_descriptors_are_no_end(void **state)
{
	struct rlimit before, few;
	struct world *world = *state;
	pid_t children[CHILDREN];

	for (int i = 0; i < CHILDREN; i++)
		children[i] = begin(world->place.program_dir, "qmgr",
				    world->place.spool_dir, NULL, false);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = CHILDREN - 10;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(mta_end(&world->place, 0, clock_ms() + 60000, NULL),
			 0);
	for (int i = 0; i < CHILDREN; i++)
		assert_int_equal(fake_ended_by(children[i]), SIGKILL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* "Cannot look" must never read as "nothing there". */
static void test_no_descriptors_are_no_answer(void **state)
{
	struct rlimit before, none;
	struct world *world = *state;
	pid_t child = begin(world->place.program_dir, "qmgr",
			    world->place.spool_dir, NULL, false);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 4;	/* /proc itself can be opened, no more */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_true(mta_end(&world->place, 0, clock_ms(), NULL) < 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	fake_kill(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_sees_and_ends_what_works_in_the_spool),
		TEST(test_another_instance_is_left_alone),
		TEST(test_a_container_is_left_alone),
		TEST(test_a_bound_master_is_known_by_its_overlay),
		TEST(test_a_stopped_master_is_killed),
		TEST(test_a_deaf_master_is_killed_in_the_end),
		TEST(test_what_is_left_at_the_deadline_is_named),
		TEST(test_nothing_there_is_success),
		TEST(test_place_of_config_reads_main_cf),
		TEST(test_an_unknown_queue_is_not_guessed),
		TEST(test_another_users_program_is_no_mail_system),
		TEST(test_its_commands_end_with_it),
		TEST(test_few_descriptors_are_no_end),
		TEST(test_no_descriptors_are_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
