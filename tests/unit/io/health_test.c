/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/health.h"

#include "base/hash.h"
#include "fake_mta.h"
#include "io/proc.h"
#include "sandbox.h"

#define VIP "192.0.2.25"
#define PORT 2525

struct world {
	char root[64];
	char spool[PATH_MAX];
	char sbin[PATH_MAX];
	char overlay[PATH_MAX];
	char env[PATH_MAX + 16];
	pid_t master;
	struct state state;
};

/* A socket that whom we begin next inherits. */
static int listen_at(const char *addr, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int on = 1;

	assert_int_equal(inet_pton(AF_INET, addr, &in.sin_addr), 1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static pid_t begin(struct world *world, const char *name, const char *env)
{
	return fake_begin(&(struct fake_process){ .dir = world->sbin,
						  .name = name,
						  .cwd = world->spool,
						  .env = env });
}

static void put_overlay(struct world *world, const char *text)
{
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/main.cf", world->overlay);
	assert_int_equal(file_write(path, text, strlen(text), 0644, 0, NULL),
			 0);
}

static void record(struct world *world)
{
	struct state *state = &world->state;
	char path[2 * PATH_MAX];
	struct process process;

	assert_int_equal(identity_parse("mail.example.com", VIP, "",
					&state->identity, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/master", world->sbin);
	state->program = xstrdup(path);
	state->program_dir = xstrdup(world->sbin);
	state->spool_dir = xstrdup(world->spool);
	state->overlay_dir = xstrdup(world->overlay);
	(void)snprintf(path, sizeof(path), "%s/main.cf", world->overlay);
	assert_int_equal(state_file_add(&state->overlay, path,
					hash_fnv1a("a = b\n", 6)), 0);
	assert_int_equal(proc_stat(world->master, &process), 0);
	for (uint16_t i = 0; i < 2; i++)
		state->listeners[i] = (struct endpoint){
			state->identity.addrs[0], (uint16_t)(PORT + i) };
	state->listener_count = 2;
	state->master_pid = process.pid;
	state->master_start_ticks = process.start_ticks;
}

static void make_folder(const struct world *world, const char *name,
			char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s/%s", world->root, name);
	assert_int_equal(file_mkdirs(ret, 0755, NULL), 0);
}

/* A bound mail system, which listens on two ports of the virtual address. */
static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	int one, two, local;

	(void)strcpy(world->root, "/tmp/bindback-health.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	make_folder(world, "spool", world->spool);
	make_folder(world, "sbin", world->sbin);
	make_folder(world, "overlay", world->overlay);
	fake_program(world->sbin, "master");
	fake_program(world->sbin, "qmgr");
	put_overlay(world, "a = b\n");
	(void)snprintf(world->env, sizeof(world->env), "MAIL_CONFIG=%s",
		       world->overlay);
	assert_int_equal(sandbox_address(VIP, true), 0);
	one = listen_at(VIP, PORT);
	two = listen_at(VIP, PORT + 1);
	local = listen_at("127.0.0.1", PORT);
	world->master = begin(world, "master", world->env);
	(void)close(one);
	(void)close(two);
	(void)close(local);
	record(world);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	if (world->master)
		fake_kill(world->master);
	state_done(&world->state);
	(void)file_remove_tree(world->root, NULL);
	free(world);
	return 0;
}

static void assert_broken(const struct world *world, const char *reason)
{
	struct why why = { "" };
	enum health health = health_of_state(&world->state, &why);

	if (health != HEALTH_BROKEN || !strstr(why.text, reason))
		fail_msg("%d, \"%s\"", (int)health, why.text);
}

static void assert_bound(const struct world *world)
{
	struct why why = { "" };

	if (health_of_state(&world->state, &why) != HEALTH_BOUND)
		fail_msg("%s", why.text);
}

static void end_master(struct world *world)
{
	fake_kill(world->master);
	world->master = 0;
}

static void test_bound_is_bound(void **state)
{
	struct world *world = *state;

	assert_bound(world);
	/* As a package upgrade does. */
	assert_int_equal(unlink(world->state.program), 0);
	assert_bound(world);
}

static void test_a_master_that_died_is_told(void **state)
{
	struct world *world = *state;

	assert_int_equal(kill(world->master, SIGKILL), 0);
	while (!proc_stat(world->master, &(struct process){ 0 }) &&
	       health_of_state(&world->state, NULL) == HEALTH_BOUND)
		;
	assert_broken(world, "has died");	/* not collected yet */
	end_master(world);
	assert_broken(world, "has died");
}

/* Its number alone is no proof. */
static void test_another_process_of_that_number_is_no_master(void **state)
{
	struct world *world = *state;

	world->state.master_start_ticks--;
	assert_broken(world, "was not started by this resource");
	world->state.master_start_ticks++;
	free(world->state.program);
	world->state.program = xstrdup("/usr/lib/postfix/sbin/master");
	assert_broken(world, "was not started by this resource");
}

static void test_children_without_their_master_are_no_foreigners(void **state)
{
	struct world *world = *state;
	pid_t child = begin(world, "qmgr", NULL);

	end_master(world);
	assert_broken(world, "has died");
	fake_kill(child);
}

static void test_another_master_in_its_place_is_told(void **state)
{
	struct world *world = *state;

	end_master(world);
	world->master = begin(world, "master", NULL);
	assert_broken(world, "was not started by this resource");
}

static void test_a_stopped_master_is_told(void **state)
{
	struct world *world = *state;

	fake_freeze(world->master);
	assert_broken(world, "is stopped by a signal (state T)");
	assert_int_equal(kill(world->master, SIGCONT), 0);
}

static void test_another_configuration_is_told(void **state)
{
	struct world *world = *state;

	free(world->state.overlay_dir);
	world->state.overlay_dir = xstrdup("/run/bindback/mail/postfix");
	assert_broken(world, "does not read /run/bindback/mail/postfix");
}

static void test_a_virtual_address_that_went_is_told(void **state)
{
	struct world *world = *state;

	assert_int_equal(sandbox_address(VIP, false), 0);
	assert_broken(world, VIP " is not on this node");
}

/* Who else listens there does not count. */
static void test_a_listener_that_went_is_told(void **state)
{
	struct world *world = *state;
	int fd = listen_at(VIP, PORT + 2);

	world->state.listeners[1].port = PORT + 2;
	assert_broken(world, "no longer listens on " VIP "#2527");
	(void)close(fd);
	/* What it has besides is its own business. */
	world->state.listener_count = 1;
	assert_bound(world);
}

static void test_a_changed_overlay_is_told(void **state)
{
	struct world *world = *state;

	put_overlay(world, "a = c\n");
	assert_broken(world, "/overlay/main.cf was changed");
	assert_int_equal(unlink(world->state.overlay.items[0].path), 0);
	assert_broken(world, "/overlay/main.cf: No such file");
}

static enum health health_there(const struct world *world, struct why *why)
{
	struct mta_place place;

	mta_place_of_state(&world->state, &place);
	return health_of_place(&place, why);
}

static void test_without_a_record_only_nothing_is_stopped(void **state)
{
	struct world *world = *state;
	struct why why = { "" };
	pid_t child;

	assert_int_equal(health_there(world, &why), HEALTH_BROKEN);
	assert_non_null(strstr(why.text, "/sbin/master"));
	assert_non_null(strstr(why.text, "is not bound"));
	end_master(world);
	child = begin(world, "qmgr", NULL);
	assert_int_equal(health_there(world, &why), HEALTH_BROKEN);
	assert_non_null(strstr(why.text, "/sbin/qmgr"));
	fake_kill(child);
	assert_int_equal(health_there(world, &why), HEALTH_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_bound_is_bound),
		TEST(test_a_master_that_died_is_told),
		TEST(test_another_process_of_that_number_is_no_master),
		TEST(test_children_without_their_master_are_no_foreigners),
		TEST(test_another_master_in_its_place_is_told),
		TEST(test_a_stopped_master_is_told),
		TEST(test_another_configuration_is_told),
		TEST(test_a_virtual_address_that_went_is_told),
		TEST(test_a_listener_that_went_is_told),
		TEST(test_a_changed_overlay_is_told),
		TEST(test_without_a_record_only_nothing_is_stopped),
	};

	if (sandbox_enter("", "") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
