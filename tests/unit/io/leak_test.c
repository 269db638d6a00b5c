/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivering processes are copies of cat(1): it takes the arguments that
 * master(8) gives, and waits for what nobody writes into a FIFO. */
#include "io/leak.h"

#include "fake_mta.h"
#include "sandbox.h"

#define VIP "192.0.2.25"
#define REMOTE VIP	/* its loopback side stands for another address */
#define PROGRAM_MAX (1024 * 1024)

struct world {
	char root[64];
	char spool[PATH_MAX];
	char sbin[PATH_MAX];
	int listener;
	int client;
	struct state state;
};

static void put_program(const struct world *world, const char *name)
{
	BUF_CLEAN program = { 0 };
	char path[PATH_MAX + 16];

	assert_int_equal(file_read("/bin/cat", PROGRAM_MAX, &program, NULL),
			 0);
	(void)snprintf(path, sizeof(path), "%s/%s", world->sbin, name);
	assert_int_equal(file_write(path, program.data, program.len, 0755, 0,
				    NULL), 0);
}

static void put_fifo(const struct world *world, const char *name)
{
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/%s", world->spool, name);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	*state = world;
	(void)strcpy(world->root, "/tmp/bindback-leak.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	(void)snprintf(world->spool, PATH_MAX, "%s/spool", world->root);
	(void)snprintf(world->sbin, PATH_MAX, "%s/sbin", world->root);
	assert_int_equal(file_mkdirs(world->spool, 0755, NULL), 0);
	assert_int_equal(file_mkdirs(world->sbin, 0755, NULL), 0);
	put_program(world, "smtp");
	put_program(world, "smtpd");
	put_fifo(world, "unix");
	put_fifo(world, "filter");
	put_fifo(world, "relay");
	world->client = -1;
	assert_int_equal(sandbox_address(VIP, true), 0);
	assert_int_equal(identity_parse("mail.example.com", VIP, "",
					&world->state.identity, NULL), 0);
	world->state.spool_dir = xstrdup(world->spool);
	world->state.program_dir = xstrdup(world->sbin);
	world->state.overlay_dir = xstrdup("/run/bindback/mail/postfix");
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	state_done(&world->state);
	(void)file_remove_tree(world->root, NULL);
	free(world);
	return sandbox_address(VIP, false);
}

static struct sockaddr_in at(const char *addr, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, addr, &in.sin_addr), 1);
	return in;
}

/* A connection that whom we begin next inherits. */
static void connect_to(struct world *world, const char *from, uint16_t port)
{
	struct sockaddr_in local = at(from, 0), remote = at(REMOTE, port);
	int on = 1;

	world->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(world->listener, SOL_SOCKET, SO_REUSEADDR, &on,
			 sizeof(on));
	assert_int_equal(bind(world->listener, (struct sockaddr *)&remote,
			      sizeof(remote)), 0);
	assert_int_equal(listen(world->listener, 1), 0);
	world->client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(world->client, (struct sockaddr *)&local,
			      sizeof(local)), 0);
	assert_int_equal(connect(world->client, (struct sockaddr *)&remote,
				 sizeof(remote)), 0);
}

static pid_t begin(const struct world *world, const char *name,
		   char *const *argv)
{
	char path[PATH_MAX + 16], link[64], exe[PATH_MAX] = "";
	pid_t pid = fork();

	(void)snprintf(path, sizeof(path), "%s/%s", world->sbin, name);
	if (!pid) {
		if (!chdir(world->spool))
			(void)execv(path, argv);
		_exit(1);
	}
	(void)snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	while (strcmp(exe, path) != 0) {
		ssize_t n = readlink(link, exe, sizeof(exe) - 1);

		assert_true(n > 0);
		exe[n] = '\0';
	}
	return pid;
}

/* What is found while such a process holds such a connection. */
static int found(struct world *world, const char *from, uint16_t port,
		 const char *program, char *const *argv, struct why *why)
{
	pid_t pid;
	int r;

	connect_to(world, from, port);
	pid = begin(world, program, argv);
	(void)close(world->client);
	r = leak_find(&world->state, why);
	fake_kill(pid);
	(void)close(world->listener);
	return r;
}

/* As master(8) calls it for the service of that name. */
#define SMTP { (char *)"smtp", (char *)"-t", (char *)"unix", (char *)"-u", \
	       NULL }

static void test_another_source_is_a_leak(void **state)
{
	static const uint16_t mail[] = { 25, 465, 587 };
	char *const argv[] = SMTP;
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(mail) / sizeof(mail[0]); i++) {
		struct why why = { "" };
		char wanted[64];

		(void)snprintf(wanted, sizeof(wanted), "to %s#%d from "
			       "127.0.0.1,", REMOTE, mail[i]);
		assert_int_equal(found(world, "127.0.0.1", mail[i], "smtp",
				       argv, &why), -EADDRNOTAVAIL);
		assert_non_null(strstr(why.text, wanted));
	}
	assert_int_equal(found(world, "127.0.0.1", 2525, "smtp", argv, NULL),
			 0);
}

static void test_the_virtual_address_is_none(void **state)
{
	char *const argv[] = SMTP;
	struct world *world = *state;

	assert_int_equal(found(world, VIP, 25, "smtp", argv, NULL), 0);
}

/* smtpd_proxy_filter, and lmtp where that is a link to smtp. */
static void test_only_what_delivers_by_smtp_counts(void **state)
{
	char *const smtp[] = SMTP;
	char *const smtpd[] = { (char *)"smtpd", (char *)"-t", (char *)"unix",
				NULL };
	char *const lmtp[] = { (char *)"lmtp", (char *)"-t", (char *)"unix",
			       NULL };
	struct world *world = *state;

	assert_int_equal(found(world, "127.0.0.1", 25, "smtpd", smtpd, NULL),
			 0);
	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", lmtp, NULL),
			 0);
	/* What it is, not only what it is called. */
	assert_int_equal(found(world, "127.0.0.1", 25, "smtpd", smtp, NULL),
			 0);
}

static void test_unbound_transports_may(void **state)
{
	char *const filter[] = { (char *)"smtp", (char *)"-n",
				 (char *)"filter", (char *)"-t", (char *)"unix",
				 NULL };
	char *const relay[] = { (char *)"smtp", (char *)"-n", (char *)"relay",
				(char *)"-t", (char *)"unix", NULL };
	char *const plain[] = SMTP;
	struct world *world = *state;

	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", filter, NULL),
			 -EADDRNOTAVAIL);
	world->state.unbound_transports = xstrdup("local2 filter");
	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", filter, NULL),
			 0);
	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", relay, NULL),
			 -EADDRNOTAVAIL);
	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", plain, NULL),
			 -EADDRNOTAVAIL);
	free(world->state.unbound_transports);
	world->state.unbound_transports = xstrdup("smtp");
	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", plain, NULL),
			 0);
	assert_int_equal(found(world, "127.0.0.1", 25, "smtp", relay, NULL),
			 -EADDRNOTAVAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_another_source_is_a_leak),
		TEST(test_the_virtual_address_is_none),
		TEST(test_only_what_delivers_by_smtp_counts),
		TEST(test_unbound_transports_may),
	};

	if (sandbox_enter("", "") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
