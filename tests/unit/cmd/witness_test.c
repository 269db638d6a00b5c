/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bindback-witness as it is started: WITNESS is the program. /run and the
 * network are our own; where that is not permitted all is skipped. A callback
 * needs two hosts: tests/witness has those.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/run.h"
#include "io/key_file.h"
#include "io/psk.h"

#define PATIENCE_MS 20000
#define CONFIG "/run/witness.conf"
#define KEYS "/run/witness.keys"
#define BASIC "keys = " KEYS "\nuser = nobody\nlisten = 127.0.0.1\n"

static bool have_own_host(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, "mode=0755"))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &lo) && !close(fd);
}

static void put(const char *path, const char *text, mode_t mode)
{
	assert_int_equal(file_write(path, text, strlen(text), mode, 0, NULL),
			 0);
}

/* A key of 32 times the digit. */
static struct key key_of(const char *name, uint32_t serial, uint8_t digit)
{
	struct key key = { .serial = serial };

	strcpy(key.name, name);
	memset(key.secret, digit, sizeof(key.secret));
	return key;
}

static void put_keys(struct key *keys, size_t count)
{
	const struct keyring ring = { keys, count };
	struct why why = { "" };

	if (key_file_write(KEYS, &ring, &why) < 0)
		fail_msg("%s", why.text);
}

/* One that runs, and what it says; pid 0: none. */
struct daemon {
	pid_t pid;
	int err;
};

static int setup(void **state)
{
	struct key key = key_of("example", 1, 0x11);

	*state = calloc(1, sizeof(struct daemon));
	put(CONFIG, BASIC, 0644);
	put_keys(&key, 1);
	return 0;
}

static int teardown(void **state)
{
	struct daemon *d = *state;

	if (d->pid) {
		(void)kill(d->pid, SIGKILL);
		(void)waitpid(d->pid, NULL, 0);
	}
	free(d);
	return 0;
}

static int witness(const char *option, struct buf *ret_out,
		   struct buf *ret_err)
{
	const char *argv[] = { getenv("WITNESS"), "--config=" CONFIG, option,
			       NULL };
	const char *envp[] = { "LC_ALL=C", NULL };
	struct run_spec spec = { .argv = argv, .envp = envp, .cwd = "/",
				 .timeout_ms = PATIENCE_MS,
				 .output_limit = 65536 };
	struct run_result result;
	struct why why = { "" };

	assert_non_null(argv[0]);
	if (run(&spec, &result, &why) < 0)
		fail_msg("%s", why.text);
	*ret_out = result.out;
	*ret_err = result.err;
	return result.exit_status;
}

static void expect_run(const char *option, int status, const char *says)
{
	BUF_CLEAN out = { 0 };
	BUF_CLEAN err = { 0 };
	int got = witness(option, &out, &err);

	if (got != status || (!strstr(out.data, says) &&
			      !strstr(err.data, says)))
		fail_msg("exit %d, said \"%s\", \"%s\"; wanted %d, \"%s\"",
			 got, out.data, err.data, status, says);
}

static void test_check(void **state)
{
	(void)state;
	expect_run("--check", 0, CONFIG " is fine, with 1 key of 1 cluster\n"
		   "listen = 127.0.0.1:9322\n");
	put(CONFIG, BASIC "[key partner]\nports = 25\n", 0644);
	expect_run("--check", 0, "no key of that name");
	put(CONFIG, BASIC "liste = 1\n", 0644);
	expect_run("--check", 6, CONFIG ": line 4");
	expect_run(NULL, 6, CONFIG ": line 4");
	put(CONFIG, BASIC, 0644);
	assert_int_equal(chmod(KEYS, 0644), 0);
	expect_run("--check", 6, KEYS);
	expect_run(NULL, 6, "chmod");
	assert_int_equal(unlink(KEYS), 0);
	expect_run("--check", 6, KEYS);
	assert_int_equal(unlink(CONFIG), 0);
	expect_run("--check", 6, CONFIG);
}

static void test_usage(void **state)
{
	(void)state;
	expect_run("--help", 0, "Usage: bindback-witness");
	expect_run("--version", 0, "bindback-witness ");
	expect_run("--fast", 64, "fast");
	expect_run("now", 64, "\"now\"");
}

static void await_line(const struct daemon *d, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	struct pollfd poll_fd = { .fd = d->err, .events = POLLIN };
	char said[8192] = "";
	size_t len = 0;

	while (!strstr(said, text)) {
		ssize_t n;

		if (clock_ms() > until_ms || len == sizeof(said) - 1)
			fail_msg("\"%s\" was awaited; it said \"%s\"", text,
				 said);
		if (poll(&poll_fd, 1, 200) < 1)
			continue;
		n = read(d->err, said + len, sizeof(said) - 1 - len);
		if (n <= 0)
			fail_msg("it has ended; it said \"%s\"", said);
		len += (size_t)n;
		said[len] = '\0';
	}
}

static void daemon_begin(struct daemon *d)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	d->pid = fork();
	assert_true(d->pid >= 0);
	if (!d->pid) {
		(void)dup2(fds[1], STDERR_FILENO);
		(void)execl(getenv("WITNESS"), "bindback-witness",
			    "--config=" CONFIG, NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	d->err = fds[0];
	await_line(d, "ready");
}

static void daemon_end(struct daemon *d)
{
	int status;

	assert_int_equal(kill(d->pid, SIGTERM), 0);
	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(d->err);
	d->pid = 0;
}

struct exchange {
	qb_loop_t *loop;
	enum bind_end end;
	struct witness_msg msg;
};

static void on_answer(void *ctx, const struct psk_client_result *result)
{
	struct exchange *exchange = ctx;
	struct why why = { "" };

	exchange->end = result->end;
	if (result->end == BIND_DONE &&
	    witness_decode(result->frame, result->len, &exchange->msg,
			   &why) < 0)
		fail_msg("%s", why.text);
	qb_loop_stop(exchange->loop);
}

static struct witness_msg bind_of(const char *name, uint8_t nonce)
{
	struct witness_msg msg = {
		.type = WITNESS_BIND,
		.bind = { .addr_count = 1, .way = WAY_SOURCE, .port = 9322,
			  .timeout_ms = 500 },
	};

	strcpy(msg.bind.name, name);
	assert_int_equal(addr_parse("192.0.2.25", &msg.bind.addrs[0]), 0);
	memset(msg.bind.nonce, nonce, sizeof(msg.bind.nonce));
	return msg;
}

static enum bind_end ask(const struct key *key, const struct witness_msg *msg,
			 struct witness_msg *ret)
{
	uint8_t frame[WITNESS_MAX];
	struct psk_client_request request = {
		.server.port = WITNESS_PORT,
		.key = key,
		.frame = frame,
		.len = witness_encode(msg, frame),
		.timeout_ms = PATIENCE_MS,
	};
	struct exchange exchange = { .loop = qb_loop_create() };

	assert_int_equal(addr_parse("127.0.0.1", &request.server.addr), 0);
	(void)psk_client_start(exchange.loop, &request, on_answer, &exchange);
	qb_loop_run(exchange.loop);
	qb_loop_destroy(exchange.loop);
	*ret = exchange.msg;
	return exchange.end;
}

static void expect_refusal(const struct key *key, const char *name,
			   uint8_t nonce, enum refusal_code code)
{
	struct witness_msg msg = bind_of(name, nonce), answer;

	assert_int_equal(ask(key, &msg, &answer), BIND_DONE);
	assert_int_equal(answer.type, WITNESS_REFUSAL);
	assert_int_equal(answer.refusal.code, code);
	assert_true(answer.refusal.said[0]);
}

static void expect_result(const struct key *key, const char *name,
			  uint8_t nonce)
{
	struct witness_msg msg = bind_of(name, nonce), answer;

	assert_int_equal(ask(key, &msg, &answer), BIND_DONE);
	assert_int_equal(answer.type, WITNESS_RESULT);
	assert_string_equal(addr_text(&answer.result.source.addr).s,
			    "127.0.0.1");
	/* Not even whoever asks from there: it is no host's. */
	assert_int_equal(answer.result.callback.end, CALL_ADDRESS_DENIED);
}

static void test_binds(void **state)
{
	const struct key key = key_of("example", 1, 0x11);
	const struct key wrong = key_of("example", 1, 0x12);
	const struct key other = key_of("other", 1, 0x11);
	struct witness_msg msg = bind_of("mail.example.com", 9), answer;
	struct daemon *d = *state;

	put(CONFIG, BASIC "[key example]\nallow = mail.example.com\n", 0644);
	daemon_begin(d);
	expect_result(&key, "mail.example.com", 1);
	expect_refusal(&key, "mail.example.com", 1, REFUSAL_REPLAYED);
	expect_refusal(&key, "www.example.com", 2, REFUSAL_NAME);
	assert_int_equal(ask(&wrong, &msg, &answer), BIND_DENIED);
	assert_int_equal(ask(&other, &msg, &answer), BIND_DENIED);
	/* What is refused was not the nonce's use. */
	expect_result(&key, "mail.example.com", 2);
	msg.type = WITNESS_ECHO;
	assert_int_equal(ask(&key, &msg, &answer), BIND_DONE);
	assert_int_equal(answer.type, WITNESS_REFUSAL);
	assert_int_equal(answer.refusal.code, REFUSAL_UNREADABLE);
	daemon_end(d);
}

static void test_rate(void **state)
{
	const struct key key = key_of("example", 1, 0x11);
	struct daemon *d = *state;

	put(CONFIG, BASIC "[key example]\nper_minute = 2\n", 0644);
	daemon_begin(d);
	expect_result(&key, "mail.example.com", 1);
	expect_result(&key, "mail.example.com", 2);
	expect_refusal(&key, "mail.example.com", 3, REFUSAL_RATE);
	daemon_end(d);
}

static int connect_silently(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(WITNESS_PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Whoever only holds a place loses it to who wants to speak. */
static void test_strangers_make_way(void **state)
{
	const struct key key = key_of("example", 1, 0x11);
	struct daemon *d = *state;
	int fds[4];

	put(CONFIG, BASIC "connections = 2\nhandshake = 30s\n", 0644);
	daemon_begin(d);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = connect_silently();
	expect_result(&key, "mail.example.com", 1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
	daemon_end(d);
}

/* Keys are readable for root alone; so here they belong to the user that the
 * daemon has become. */
static void test_reload(void **state)
{
	struct key keys[] = { key_of("example", 2, 0x22),
			      key_of("example", 1, 0x11) };
	struct daemon *d = *state;

	daemon_begin(d);
	put(CONFIG, "listen = everywhere\n", 0644);
	assert_int_equal(kill(d->pid, SIGHUP), 0);
	await_line(d, "goes on with what was read before: " CONFIG);
	expect_result(&keys[1], "mail.example.com", 1);
	/* Started as root it cannot read what only root can. */
	put(CONFIG, BASIC "[key example]\nallow = mail.example.com\n", 0644);
	assert_int_equal(kill(d->pid, SIGHUP), 0);
	await_line(d, "goes on with the keys that it has: ");
	expect_refusal(&keys[1], "www.example.com", 4, REFUSAL_NAME);
	put(CONFIG, BASIC, 0644);
	put_keys(keys, ARRAY_SIZE(keys));
	assert_int_equal(chown(KEYS, 65534, 65534), 0);
	assert_int_equal(kill(d->pid, SIGHUP), 0);
	await_line(d, "read anew");
	expect_result(&keys[0], "mail.example.com", 2);
	expect_result(&keys[1], "mail.example.com", 3);
	daemon_end(d);
}

static void test_port_is_taken(void **state)
{
	struct daemon *d = *state;

	daemon_begin(d);
	expect_run(NULL, 1, "cannot listen at 127.0.0.1#9322: Address "
		   "already in use");
	daemon_end(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_check, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_usage, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_binds, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_rate, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_strangers_make_way, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_reload, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_port_is_taken, setup,
						teardown),
	};

	if (!have_own_host()) {
		(void)puts("1..0 # SKIP no namespaces of our own");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
