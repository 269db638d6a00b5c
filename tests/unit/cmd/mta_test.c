/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent's front answers by itself. */
#include "../io/fake_mta.h"
#include "io/health.h"
#include "io/instance.h"
#include "io/proc.h"
#include "ocf_world.h"

#define OVERLAY_DIR INSTANCE_DIR "/postfix"
#define PORT 2525
#define CLONE "OCF_RESKEY_CRM_meta_promoted_max=1"
#define OBSERVE "OCF_RESKEY_mode=observe"

/* In a namespace where we only look like root there is nobody else to be. */
static bool world_may_be_nobody(void)
{
	const char *const argv[] = { "/usr/bin/setpriv", "--reuid=65534",
				     "/bin/true", NULL };
	struct answer answer;
	bool may;

	if (!world_has(argv[0]))
		return false;
	answer = world_run(argv, WITH(), "/");
	may = !answer.status;
	answer_done(&answer);
	return may;
}

static void test_metadata_as_nobody_anywhere(void **unused)
{
	const char *const argv[] = { "/usr/bin/setpriv", "--reuid=65534",
				     "--regid=65534", "--clear-groups",
				     "/run/mta", "meta-data", NULL };
	struct answer answer;

	(void)unused;
	if (!world_may_be_nobody())
		skip();
	assert_int_equal(world_copy(getenv("MTA"), "/run/mta"), 0);
	assert_int_equal(file_mkdirs("/run/secret", 0700, NULL), 0);
	answer = world_run(argv, WITH("OCF_RESOURCE_INSTANCE=../x"),
			   "/run/secret");
	assert_int_equal(answer.status, 0);
	assert_string_equal(answer.err.data, "");
	assert_int_equal(strncmp(answer.out.data, "<?xml version=\"1.0\"?>",
				 21), 0);
	assert_non_null(strstr(answer.out.data,
			       "<resource-agent name=\"mta\""));
	answer_done(&answer);
}

static void test_what_it_does_not_know(void **unused)
{
	static const char *const actions[] = { "reload", "migrate_to", "hold", "" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		struct answer answer = world_call(actions[i], WITH());

		assert_int_equal(answer.status, 3);
		assert_int_equal(strncmp(answer.err.data, "usage: ", 7), 0);
		answer_done(&answer);
	}
}

static void test_no_action_is_wrong_usage(void **unused)
{
	struct answer answer = world_call(NULL, WITH());

	(void)unused;
	assert_int_equal(answer.status, 2);
	assert_int_equal(strncmp(answer.err.data, "usage: ", 7), 0);
	answer_done(&answer);
}

/* The cluster accepts ids that make no folder name; a stop that failed for
 * that would be fencing. */
static void test_any_id_can_be_stopped(void **unused)
{
	(void)unused;
	world_expect("monitor", WITH("OCF_RESOURCE_INSTANCE=../x"), 7, NULL);
	world_expect("stop", WITH("OCF_RESOURCE_INSTANCE=../x"), 0, NULL);
	world_expect("stop", WITH("OCF_RESOURCE_INSTANCE=m\xc3\xa9l"), 0,
		     NULL);
	assert_int_equal(access("/run/x", F_OK), -1);
}

static void test_stopped_is_stopped(void **unused)
{
	(void)unused;
	world_expect("monitor", WITH(), 7, NULL);
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=20"), 7, NULL);
	world_expect("stop", WITH(), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	world_expect("monitor", WITH("OCF_RESKEY_config_dir=/nowhere"), 7,
		     NULL);
	world_expect("stop", WITH("OCF_RESKEY_config_dir=/nowhere"), 0, NULL);
}

static pid_t begin(const char *env, bool deaf)
{
	fake_program(PROGRAM_DIR, "master");
	return fake_begin(&(struct fake_process){ .dir = PROGRAM_DIR,
						  .name = "master",
						  .cwd = SPOOL_DIR,
						  .env = env,
						  .deaf = deaf });
}

static void test_a_foreign_master_is_told_and_ended(void **unused)
{
	pid_t master = begin(NULL, false);

	(void)unused;
	world_expect("monitor", WITH(), 1, "/run/sbin/master");
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=20"), 1,
		     "was not started by this resource");
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	world_expect("monitor", WITH(), 7, NULL);
}

static void test_a_deaf_master_is_killed(void **unused)
{
	pid_t master = begin(NULL, true);

	(void)unused;
	world_expect("stop", WITH("OCF_RESKEY_CRM_meta_timeout=1500"), 0,
		     NULL);
	assert_int_equal(fake_ended_by(master), SIGKILL);
}

/* It was bound, who knows where: that is not "surely stopped". */
static void test_a_record_that_cannot_be_read_is_in_doubt(void **unused)
{
	static const char *const texts[] = { "", "bindback-state 1\nname ma",
					     "bindback-state 9\nend\n" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(file_mkdirs(INSTANCE_DIR, 0755, NULL), 0);
		world_put(INSTANCE_DIR "/state", texts[i], 0644);
		world_expect("monitor", WITH(), 1, INSTANCE_DIR "/state: ");
		world_expect("stop", WITH(), 0, NULL);
		assert_false(world_has(INSTANCE_DIR));
		world_expect("monitor", WITH(), 7, NULL);
	}
}

static void test_stop_finds_the_master_without_its_record(void **unused)
{
	pid_t master = begin(NULL, false);

	(void)unused;
	assert_int_equal(file_mkdirs(INSTANCE_DIR, 0755, NULL), 0);
	world_put(INSTANCE_DIR "/state", "", 0644);
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGTERM);
}

/* A record as start leaves it, of a master that listens at `fd`. */
static pid_t bind_one(uint16_t port)
{
	struct state state = { .master_pid = begin(
				       "MAIL_CONFIG=" OVERLAY_DIR, false) };
	struct instance instance;
	struct process process;

	assert_int_equal(identity_parse("mail.example.com", VIP, "",
					&state.identity, NULL), 0);
	assert_int_equal(proc_stat((pid_t)state.master_pid, &process), 0);
	state.master_start_ticks = process.start_ticks;
	state.program = xstrdup(PROGRAM_DIR "/master");
	state.program_dir = xstrdup(PROGRAM_DIR);
	state.overlay_dir = xstrdup(OVERLAY_DIR);
	state.spool_dir = xstrdup(SPOOL_DIR);
	state.listener_count = 1;
	state.listeners[0] = (struct endpoint){ state.identity.addrs[0],
						port };
	assert_int_equal(file_mkdirs(OVERLAY_DIR, 0755, NULL), 0);
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	assert_int_equal(instance_save(&instance, &state, NULL), 0);
	state_done(&state);
	return process.pid;
}

static int listen_here(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };

	assert_int_equal(sandbox_address(VIP, true), 0);
	assert_int_equal(inet_pton(AF_INET, VIP, &in.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Keeper and guard of the instance, as far as the front looks. */
static void begin_guard(void)
{
	char path[PATH_MAX];
	const char *const argv[] = { path, "mail", NULL };
	struct guard_files files;
	struct instance instance;
	struct answer answer;

	(void)snprintf(path, sizeof(path), "%s", getenv("AGENT_PATH"));
	strcpy(strrchr(path, '/'), "/keeper");
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	guard_files_of(&instance, &files);
	assert_int_equal(guard_files_make(&files, 0, 0, NULL), 0);
	answer = world_run(argv, WITH(), "/");
	assert_int_equal(answer.status, 0);
	answer_done(&answer);
}

static void test_bound_until_it_is_not(void **unused)
{
	int fd = listen_here();
	pid_t master = bind_one(PORT);

	(void)unused;
	begin_guard();
	(void)close(fd);
	world_expect("monitor", WITH(), 0, NULL);
	fake_freeze(master);
	world_expect("monitor", WITH(), 1, "is stopped by a signal");
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGKILL);
	assert_false(world_has(INSTANCE_DIR));
}

static struct guard_files files_of_guard(void)
{
	struct guard_files files;
	struct instance instance;

	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	guard_files_of(&instance, &files);
	return files;
}

/* Both are gone, and nobody keeps what was theirs. */
static void expect_no_guard(void)
{
	const struct guard_files files = files_of_guard();

	assert_false(world_has(files.dir));
	world_expect("monitor", WITH(), 7, NULL);
	world_expect("monitor", WITH(CLONE), 7, NULL);
	world_expect("monitor", WITH(OBSERVE), 7, NULL);
}

static void assert_holds(const char *path, const char *text)
{
	BUF_CLEAN found = { 0 };

	assert_int_equal(file_read(path, PROGRAM_MAX, &found, NULL), 0);
	assert_string_equal(found.data, text);
}

static bool runs(pid_t pid)
{
	struct process process;

	return !proc_stat(pid, &process) && process.state != 'Z';
}

static void test_the_guard_alone(void **unused)
{
	(void)unused;
	begin_guard();
	world_expect("monitor", WITH(), 1, "no mail system is bound");
	world_expect("monitor", WITH(CLONE), 0, NULL);
	world_expect("monitor", WITH(OBSERVE), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	expect_no_guard();
}

/* Whose mail system it is, an observer does not ask. */
static void test_a_foreign_master_beside_the_guard(void **unused)
{
	pid_t master = begin(NULL, false);

	(void)unused;
	begin_guard();
	world_expect("monitor", WITH(), 1, "was not started by this resource");
	world_expect("monitor", WITH(CLONE), 1,
		     "was not started by this resource");
	world_expect("monitor", WITH(OBSERVE), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	expect_no_guard();
}

static void test_bound_without_a_guard(void **unused)
{
	int fd = listen_here();
	pid_t master = bind_one(PORT);

	(void)unused;
	(void)close(fd);
	world_expect("monitor", WITH(), 1, "the guard is gone");
	world_expect("monitor", WITH(CLONE), 9, "the guard is gone");
	world_expect("monitor", WITH(OBSERVE), 1, "still bound from before");
	begin_guard();
	world_expect("monitor", WITH(), 0, NULL);
	world_expect("monitor", WITH(CLONE), 8, NULL);
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	expect_no_guard();
}

static void put_view(enum ownership own, uint32_t owner)
{
	const struct guard_files files = files_of_guard();
	struct guard_view *view = xcalloc(1, sizeof(*view));

	view->self = 1;
	view->own = own;
	view->owner.node = owner;
	view->node_count = 1;
	view->nodes[0].node = 2;
	strcpy(view->nodes[0].name, "node2");
	assert_int_equal(guard_view_save(&files, view, NULL), 0);
	free(view);
}

static void test_a_lost_claim_fails(void **unused)
{
	static const struct {
		enum ownership own;
		uint32_t owner;
		bool lost;
	} rows[] = {
		{ OWN_OWNER, 1, false }, { OWN_HOLDING, 1, false },
		{ OWN_CLAIMING, 0, false }, { OWN_CLAIMING, 2, false },
		{ OWN_NONE, 0, false }, { OWN_NONE, 1, false },
		{ OWN_LOST, 2, true }, { OWN_NONE, 2, true },
	};
	int fd = listen_here();

	(void)unused;
	(void)bind_one(PORT);
	(void)close(fd);
	begin_guard();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *says = rows[i].lost ? "node2 has the identity now" :
						  NULL;

		put_view(rows[i].own, rows[i].owner);
		world_expect("monitor", WITH(), rows[i].lost, says);
		world_expect("monitor", WITH(CLONE), rows[i].lost ? 9 : 8,
			     says);
	}
	world_expect("stop", WITH(), 0, NULL);
	expect_no_guard();
}

/* It could not: there is no room for it, say. */
static void test_a_guard_that_says_nothing_fails(void **unused)
{
	const struct guard_files files = files_of_guard();
	int fd = listen_here();

	(void)unused;
	(void)bind_one(PORT);
	(void)close(fd);
	begin_guard();
	assert_int_equal(unlink(files.state), 0);
	world_expect("monitor", WITH(), 1, "does not write down whose");
	world_expect("monitor", WITH(CLONE), 9, "does not write down whose");
	put_view(OWN_OWNER, 1);
	world_expect("monitor", WITH(), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	expect_no_guard();
}

/* Promoted is what has a record, whatever became of its mail system. */
static void test_the_mail_system_ends_beside_the_guard(void **unused)
{
	int fd = listen_here();
	pid_t master = bind_one(PORT);

	(void)unused;
	(void)close(fd);
	begin_guard();
	assert_int_equal(kill(master, SIGKILL), 0);
	assert_int_equal(fake_ended_by(master), SIGKILL);
	world_expect("monitor", WITH(), 1, "has died");
	world_expect("monitor", WITH(CLONE), 9, "has died");
	world_expect("demote", WITH(CLONE), 0, NULL);
	world_expect("monitor", WITH(CLONE), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	expect_no_guard();
}

static void test_demote_keeps_the_guard(void **unused)
{
	const struct guard_files files = files_of_guard();
	int fd = listen_here();
	pid_t master, keeper;

	(void)unused;
	world_expect("demote", WITH(CLONE), 7, NULL);
	world_expect("demote", WITH(), 3, "mail is no promotable clone");
	(void)close(fd);
	master = bind_one(PORT);
	begin_guard();
	world_put("/run/guard.asked", "", 0666);
	keeper = guard_lock_owner(files.keeper_lock, NULL);
	world_expect("demote", WITH(CLONE), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	assert_false(world_has(INSTANCE_DIR));
	assert_int_equal(guard_lock_owner(files.keeper_lock, NULL), keeper);
	assert_holds("/run/guard.asked", "release\n");
	world_expect("demote", WITH(CLONE), 0, NULL);
	assert_holds("/run/guard.asked", "release\nrelease\n");
	assert_int_equal(unlink("/run/guard.asked"), 0);
	world_expect("stop", WITH(CLONE), 0, NULL);
}

/* The claim must not stay with who does not answer. */
static void test_demote_ends_a_guard_that_hangs(void **unused)
{
	const struct guard_files files = files_of_guard();
	int fd = listen_here();
	pid_t keeper, guard;

	(void)unused;
	(void)close(fd);
	(void)bind_one(PORT);
	begin_guard();
	keeper = guard_lock_owner(files.keeper_lock, NULL);
	guard = guard_lock_owner(files.lock, NULL);
	assert_int_equal(kill(guard, SIGSTOP), 0);
	world_expect("demote", WITH(CLONE), 0, NULL);
	assert_true(guard_lock_owner(files.keeper_lock, NULL) > 0);
	assert_int_not_equal(guard_lock_owner(files.keeper_lock, NULL),
			     keeper);
	assert_false(runs(guard));
	world_expect("monitor", WITH(CLONE), 0, NULL);
	world_expect("stop", WITH(CLONE), 0, NULL);
	expect_no_guard();
}

static void test_stop_ends_who_hangs(void **unused)
{
	const struct guard_files files = files_of_guard();
	pid_t keeper, guard;

	(void)unused;
	begin_guard();
	keeper = guard_lock_owner(files.keeper_lock, NULL);
	guard = guard_lock_owner(files.lock, NULL);
	assert_int_equal(kill(keeper, SIGSTOP), 0);
	assert_int_equal(kill(guard, SIGSTOP), 0);
	world_expect("stop", WITH("OCF_RESKEY_CRM_meta_timeout=6000"), 0,
		     NULL);
	assert_false(runs(keeper));
	assert_false(runs(guard));
	expect_no_guard();
}

/* The folder is the guard's user's, who may put any process's lock there. */
static void test_stop_ends_no_other(void **unused)
{
	const struct guard_files files = files_of_guard();
	int ready[2], lock;
	pid_t other;

	(void)unused;
	assert_int_equal(guard_files_make(&files, 0, 0, NULL), 0);
	assert_int_equal(pipe(ready), 0);
	other = fork();
	if (!other) {
		if (!guard_lock(files.lock, &lock, NULL))
			(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &(char){ 0 }, 1), 1);
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(waitpid(other, NULL, 0), other);
	(void)close(ready[0]);
	(void)close(ready[1]);
	expect_no_guard();
}

/* Nothing but what is written down already is looked at. */
static void test_notify_is_quiet(void **unused)
{
	(void)unused;
	world_expect("notify", WITH(CLONE), 0, NULL);
	world_expect("notify", WITH(), 0, NULL);
}

/* Of a clone that numbers its instances, the folder is the same. */
static void test_a_number_is_no_part_of_the_name(void **unused)
{
	const char *const numbered = "OCF_RESOURCE_INSTANCE=mail:17";

	(void)unused;
	begin_guard();
	world_expect("monitor", WITH(numbered, CLONE), 0, NULL);
	world_expect("monitor", WITH("OCF_RESOURCE_INSTANCE=mail:x", CLONE), 7,
		     NULL);
	world_expect("stop", WITH(numbered, CLONE), 0, NULL);
	expect_no_guard();
}

/* Neither configuration nor the right parameters are needed for it. */
static void test_stop_goes_by_the_record(void **unused)
{
	pid_t master = bind_one(PORT);

	(void)unused;
	assert_int_equal(file_remove_tree(CONFIG_DIR, NULL), 0);
	world_expect("stop", WITH("OCF_RESKEY_name=", "OCF_RESKEY_ip=x",
				  "OCF_RESKEY_config_dir=/nowhere"), 0, NULL);
	assert_int_equal(fake_ended_by(master), SIGTERM);
	assert_false(world_has(INSTANCE_DIR));
}

static void test_stop_does_not_lie_about_a_listener(void **unused)
{
	int fd = listen_here();
	pid_t master;

	(void)unused;
	assert_int_equal(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	master = bind_one(PORT);
	world_expect("stop", WITH(), 1,
		     "something still listens on " VIP "#2525");
	assert_int_equal(fake_ended_by(master), SIGTERM);
	assert_true(world_has(INSTANCE_DIR "/state"));
	(void)close(fd);
	world_expect("stop", WITH(), 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, world_setup, world_teardown)
		TEST(test_metadata_as_nobody_anywhere),
		TEST(test_what_it_does_not_know),
		TEST(test_no_action_is_wrong_usage),
		TEST(test_any_id_can_be_stopped),
		TEST(test_stopped_is_stopped),
		TEST(test_a_foreign_master_is_told_and_ended),
		TEST(test_a_deaf_master_is_killed),
		TEST(test_a_record_that_cannot_be_read_is_in_doubt),
		TEST(test_stop_finds_the_master_without_its_record),
		TEST(test_bound_until_it_is_not),
		TEST(test_the_guard_alone),
		TEST(test_a_foreign_master_beside_the_guard),
		TEST(test_bound_without_a_guard),
		TEST(test_a_lost_claim_fails),
		TEST(test_a_guard_that_says_nothing_fails),
		TEST(test_the_mail_system_ends_beside_the_guard),
		TEST(test_demote_keeps_the_guard),
		TEST(test_demote_ends_a_guard_that_hangs),
		TEST(test_stop_ends_who_hangs),
		TEST(test_stop_ends_no_other),
		TEST(test_notify_is_quiet),
		TEST(test_a_number_is_no_part_of_the_name),
		TEST(test_stop_goes_by_the_record),
		TEST(test_stop_does_not_lie_about_a_listener),
	};

	if (world_enter() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
