/* SPDX-License-Identifier: GPL-2.0-or-later */
/* start, monitor beyond level 0, reload-agent and validate-all. */
#include <poll.h>
#include <signal.h>

#include "ocf_postfix.h"

#include "base/addr.h"
#include "base/clock.h"
#include "io/guard_files.h"
#include "io/instance.h"
#include "io/verdict_xml.h"

#define GUARD_DIR GUARD_ROOT "/mail"

#define LONG_LABEL \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

static void test_good_parameters_are_accepted(void **unused)
{
	(void)unused;
	world_expect("validate-all", WITH(), 0, NULL);
	world_expect("validate-all",
		     WITH("OCF_RESKEY_ip=" VIP " 2001:db8::25",
			  "OCF_RESKEY_public_ip=198.51.100.7 2001:db8::25",
			  "OCF_RESKEY_resolvers=192.0.2.53 2001:db8::53#5353",
			  "OCF_RESKEY_on_unverified=fail",
			  "OCF_RESKEY_hold=no", "OCF_RESKEY_hold_max=1h",
			  "OCF_RESKEY_unbound_transports=amavis",
			  "OCF_RESKEY_parameters=-v -v"), 0, NULL);
	/* Level 0 looks at nothing of the host. */
	world_expect("validate-all", WITH("OCF_RESKEY_binary=/nowhere",
					  "OCF_RESKEY_config_dir=/nowhere"),
		     0, NULL);
}

static void test_each_bad_parameter_is_named(void **unused)
{
	static const char *const bad[] = {
		"mta=qmail", "mta=",
		"name=", "name=mail", "name=mail.example.com.",
		"name=m\xc3\xa4il.example.com", "name=mail.$example.com",
		"name=mail.{a}.com", "name=mail.example.com\nx = y",
		"name=192.0.2.25", "name=" LONG_LABEL ".example.com",
		"ip=", "ip=mail.example.com", "ip=192.0.2.256",
		"ip=192.0.2.25/24", "ip=127.0.0.1", "ip=224.0.0.1",
		"ip=0.0.0.0", "ip=192.0.2.25 192.0.2.25",
		"ip=192.0.2.25 192.0.2.26", "ip=192.0.2.25\n",
		"public_ip=x", "public_ip=2001:db8::1",
		"public_ip=192.0.2.1 192.0.2.2",
		"config_dir=etc", "config_dir=/etc/../x", "config_dir=/",
		"config_dir=/etc/$x",
		"binary=postfix", "binary=/usr/sbin/post fix",
		"parameters=-c /etc/other", "parameters=start",
		"resolvers=ns1", "resolvers=192.0.2.1#0x",
		"resolvers=192.0.2.1 192.0.2.1", "resolvers=0.0.0.0",
		"witnesses=w", "witnesses=mx:w.test", "witnesses=w.test/x.test",
		"witnesses=w.test:0", "witnesses=w.test w.test:9322",
		"authkey=", "authkey=key", "authkey=/etc/../key",
		"callback_port=25", "callback_port=0", "callback_port=",
		"callback=", "callback=echo",
		"on_unverified=maybe", "on_unverified=",
		"hold=perhaps", "hold_max=soon", "hold_max=-1",
		"verify_timeout=0", "verify_timeout=11m", "verify_timeout=x",
		"verify_interval=0", "verify_interval=1000h",
		"require_quorum=2", "unbound_transports=a/b",
		"unbound_transports=a a",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char env[256], reason[64];

		(void)snprintf(env, sizeof(env), "OCF_RESKEY_%s", bad[i]);
		(void)snprintf(reason, sizeof(reason), PREFIX "%.*s: ",
			       (int)strcspn(bad[i], "="), bad[i]);
		world_expect("validate-all", WITH(env), 6, reason);
	}
	world_expect("start", WITH("OCF_RESKEY_name=mail"), 6, "name: ");
}

static void test_level_10_looks_at_the_host(void **unused)
{
	const char *const deep = "OCF_CHECK_LEVEL=10";

	(void)unused;
	world_expect("validate-all", WITH(deep), 0, NULL);
	world_expect("validate-all", WITH(deep, "OCF_RESKEY_unbound_transports"
					  "=nosuch"), 2, "nosuch");
	world_put(CONFIG_DIR "/master.cf", "smtp inet n\n", 0644);
	world_expect("validate-all", WITH(deep), 2, CONFIG_DIR "/master.cf");
	assert_int_equal(unlink(CONFIG_DIR "/master.cf"), 0);
	world_expect("validate-all", WITH(deep), 5, "config_dir: ");
	world_expect("validate-all",
		     WITH(deep, "OCF_RESKEY_config_dir=/nowhere"), 5,
		     "config_dir: cannot use /nowhere");
	world_expect("validate-all", WITH(deep, "OCF_RESKEY_binary=/nowhere"),
		     5, "binary: cannot use /nowhere");
	world_expect("validate-all", WITH(deep, "OCF_RESKEY_binary=/run"), 2,
		     "binary: cannot use /run");
	world_put(PROGRAM_DIR "/postfix", "", 0644);
	world_expect("validate-all", WITH(deep), 4, "binary: ");
	assert_false(world_has("/run/bindback"));
}

/* 2 would bar the node for what a moment's load did. */
static void test_a_passing_failure_bars_no_node(void **unused)
{
	const char *const deep = "OCF_CHECK_LEVEL=10";
	int fd = open(PROGRAM_DIR "/postconf", O_WRONLY | O_CLOEXEC);

	(void)unused;
	assert_true(fd >= 0);
	world_expect("validate-all", WITH(deep), 1, strerror(ETXTBSY));
	(void)close(fd);
	world_put(PROGRAM_DIR "/postconf", "#!/bin/sh\nexit 1\n", 0755);
	world_expect("validate-all", WITH(deep), 2, "failed (status 1)");
}

/* Nothing of ours is left, and no guard. */
static void expect_nothing(void)
{
	assert_false(world_has(INSTANCE_DIR));
	assert_false(world_has(GUARD_DIR));
	world_expect("monitor", WITH(), 7, NULL);
}

static void test_start_wants_claim_and_address(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";

	(void)unused;
	world_expect("start", WITH(alone), 1,
		     "ip: " VIP " is not on this node");
	expect_nothing();
	assert_int_equal(sandbox_address(VIP, true), 0);
	/* There is no corosync here. */
	world_expect("start", WITH(), 1,
		     PREFIX "require_quorum: corosync cannot be reached");
	expect_nothing();
}

static void test_start_wants_an_installed_mail_server(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, "OCF_RESKEY_binary=/nowhere"), 5,
		     "binary: cannot use /nowhere");
	world_expect("start", WITH(alone, "OCF_RESKEY_config_dir=/nowhere"),
		     5, "config_dir: cannot use /nowhere");
	assert_false(world_has("/run/bindback"));
}

static void test_a_start_that_fails_leaves_nothing(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(PROGRAM_DIR "/master", "#!/bin/sh\n"
		  "echo 'fatal: open lock file' >&2\nexit 1\n", 0755);
	world_expect("start", WITH(alone), 1, "fatal: open lock file");
	assert_false(world_has(INSTANCE_DIR));
	world_put(PROGRAM_DIR "/master", "#!/bin/sh\n", 0755);
	world_expect("start", WITH(alone), 1, "0 master processes");
	assert_false(world_has(INSTANCE_DIR));
}

/* The mail server runs unbound: taking it over would not bind it. */
static void test_start_refuses_a_foreign_master(void **unused)
{
	const char *const argv[] = { PROGRAM_DIR "/master", "-w", NULL };
	struct answer answer;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	answer = world_run(argv, WITH(), SPOOL_DIR);
	assert_int_equal(answer.status, 0);
	answer_done(&answer);
	world_expect("start", WITH("OCF_RESKEY_require_quorum=no"), 1,
		     "was not started by this resource");
}

/* smtpd_delay_reject = no and reject_unknown_client_hostname: without a PTR
 * record the mail server says so instead of its name. It is alive. */
static void test_a_server_that_turns_us_away_is_alive(void **unused)
{
	static const char *const alive[] = {
		"450 4.7.25 Client host rejected: cannot find your hostname, "
			"[" VIP "]\r\n",
		"421 4.3.2 mail.example.com Error: too many\r\n",
		"554 5.7.1 Client host rejected: see http://rbl.example.org\r\n",
		"521\r\n",
	};
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";
	const char *const deep = "OCF_CHECK_LEVEL=10";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(SPOOL_DIR "/greeting", alive[0], 0644);
	world_expect("start", WITH(alone, quick), 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(alive); i++) {
		world_put(SPOOL_DIR "/greeting", alive[i], 0644);
		world_expect("monitor", WITH(deep), 0, NULL);
	}
	world_put(SPOOL_DIR "/greeting", "421 4.3.2 node1.example.com Error\r\n",
		  0644);
	world_expect("monitor", WITH(deep), 1, "as node1.example.com, not");
	world_put(SPOOL_DIR "/greeting", "554 node1.example.com\r\n", 0644);
	world_expect("monitor", WITH(deep), 1, "as node1.example.com, not");
	world_put(SPOOL_DIR "/greeting", "220 node1.example.com\r\n", 0644);
	world_put(SPOOL_DIR "/ehlo", alive[0], 0644);
	world_expect("monitor", WITH(deep), 1, "node1.example.com");
	assert_int_equal(unlink(SPOOL_DIR "/greeting"), 0);
	world_expect("monitor", WITH(deep), 0, NULL);
}

static void assert_holds(const char *path, const char *text)
{
	BUF_CLEAN found = { 0 };

	assert_int_equal(file_read(path, PROGRAM_MAX, &found, NULL), 0);
	assert_string_equal(found.data, text);
}

/* What the host's files say may change under a mail server that is well. */
static void test_copies_for_the_chroot_follow(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";
	const char *const deep = "OCF_CHECK_LEVEL=10";
	const char *const copy = SPOOL_DIR "/etc/hosts";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(CONFIG_DIR "/master.cf", MASTER_CF
		  "chrooted unix - - y - - smtp\n", 0644);
	world_expect("start", WITH(alone, quick), 0, NULL);
	assert_holds(copy, "");
	assert_int_equal(sandbox_write("/etc/hosts", "192.0.2.9 nine\n"), 0);
	world_expect("monitor", WITH(deep), 0, NULL);
	assert_holds(copy, "192.0.2.9 nine\n");
	assert_int_equal(unlink(copy), 0);
	assert_int_equal(mkdir(copy, 0755), 0);
	world_expect("monitor", WITH(deep), 1, "cannot write " SPOOL_DIR);
	assert_int_equal(sandbox_write("/etc/hosts", ""), 0);
}

/* Over a folder of programs, for one of our own in it. */
static void overlay_begin(const char *dir)
{
	char options[128];

	(void)snprintf(options, sizeof(options), "lowerdir=%s,"
		       "upperdir=/run/own/upper,workdir=/run/own/work", dir);
	assert_int_equal(file_mkdirs("/run/own/upper", 0755, NULL), 0);
	assert_int_equal(file_mkdirs("/run/own/work", 0755, NULL), 0);
	assert_int_equal(mount("own", dir, "overlay", 0, options), 0);
}

/* The attribute goes with the policy that made it. */
static void test_reload_takes_the_attribute_back(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";
	const char *const told = "OCF_RESKEY_on_unverified=attribute";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	overlay_begin("/usr/sbin");
	world_put("/usr/sbin/attrd_updater", "#!/bin/sh\n"
		  "echo \"$*\" >/run/own/told\n", 0755);
	world_expect("start", WITH(alone, quick, told), 0, NULL);
	world_expect("reload-agent", WITH(alone, quick, told), 0, NULL);
	assert_false(world_has("/run/own/told"));
	world_expect("reload-agent", WITH(alone, quick), 0, NULL);
	assert_holds("/run/own/told", "-n bindback-mail -D\n");
	assert_int_equal(umount("/usr/sbin"), 0);
	assert_int_equal(file_remove_tree("/run/own", NULL), 0);
}

static bool has_lines(const char *path, unsigned int wanted)
{
	BUF_CLEAN text = { 0 };
	unsigned int count = 0;

	assert_int_equal(file_read(path, PROGRAM_MAX, &text, NULL), 0);
	for (const char *p = text.data; (p = strchr(p, '\n')); p++)
		count++;
	return count >= wanted;
}

/* Who cannot be told now is told later: nobody promotes without a score. */
static void test_a_score_that_was_not_taken_comes_again(void **unused)
{
	const char *const clone = "OCF_RESKEY_CRM_meta_promoted_max=1";
	const char *const told = "/run/told";
	const int64_t until_ms = clock_ms() + 40000;

	(void)unused;
	overlay_begin("/usr/sbin");
	world_put("/usr/sbin/crm_attribute", "#!/bin/sh\n"
		  "echo \"$*\" >>/run/told\nexit 1\n", 0755);
	world_put(told, "", 0666);
	world_expect("start", WITH(clone), 0, NULL);
	while (!has_lines(told, 2) && clock_ms() < until_ms)
		(void)poll(NULL, 0, 50);
	assert_true(has_lines(told, 2));
	world_expect("stop", WITH(clone), 0, NULL);
	assert_int_equal(umount("/usr/sbin"), 0);
	assert_int_equal(unlink(told), 0);
	assert_int_equal(file_remove_tree("/run/own", NULL), 0);
}

#define HACLIENT 64998

/* May the guard that runs now change the cluster? */
static bool guard_has_haclient(void)
{
	pid_t pid = guard_lock_owner(GUARD_DIR "/live/lock", NULL);
	BUF_CLEAN text = { 0 };
	char path[32], want[32];
	const char *groups;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	(void)snprintf(want, sizeof(want), "%d ", HACLIENT);
	if (pid <= 0 || file_read(path, PROGRAM_MAX, &text, NULL) < 0)
		return false;
	groups = strstr(text.data, "\nGroups:");
	return groups && strstr(groups, want);
}

/* Who has that group can become root by it. */
static void test_who_publishes_nothing_is_nobody(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";
	const char *const told = "OCF_RESKEY_on_unverified=attribute";
	const int64_t until_ms = clock_ms() + 30000;
	char group[64];

	(void)unused;
	(void)snprintf(group, sizeof(group), "haclient:x:%d:\n", HACLIENT);
	assert_int_equal(sandbox_replace("/etc/group", group), 0);
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, quick), 0, NULL);
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=10"), 0, NULL);
	assert_false(guard_has_haclient());
	world_expect("reload-agent", WITH(alone, quick, told), 0, NULL);
	while (!guard_has_haclient() && clock_ms() < until_ms)
		(void)poll(NULL, 0, 10);
	assert_true(guard_has_haclient());
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=10"), 0, NULL);
	assert_int_equal(umount("/etc/group"), 0);
}

/* /run cannot be written: that is no failure of the mail server. */
static void test_a_record_that_cannot_be_kept_fails_nothing(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, quick), 0, NULL);
	assert_int_equal(mount(INSTANCE_DIR, INSTANCE_DIR, NULL, MS_BIND, NULL),
			 0);
	assert_int_equal(mount(NULL, INSTANCE_DIR, NULL, MS_BIND | MS_REMOUNT |
			       MS_RDONLY, NULL), 0);
	world_put(CONFIG_DIR "/main.cf", "# edited\n", 0644);
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=10"), 0, NULL);
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=20", quick), 190,
		     "mail.example.com is unknown");
	assert_int_equal(umount(INSTANCE_DIR), 0);
}

/* DNS is silent here, so the verdict is unknown, and mail is released. */
static void test_from_start_to_stop(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";
	const char *const level_20 = "OCF_CHECK_LEVEL=20";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("reload-agent", WITH(alone, quick), 7, "does not run");
	world_expect("start", WITH(alone, quick), 0, NULL);
	assert_true(world_has(INSTANCE_DIR "/verdict.xml"));
	world_expect("start", WITH(alone, quick), 0, NULL);
	world_expect("monitor", WITH(), 0, NULL);
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=10"), 0, NULL);
	world_expect("monitor", WITH(level_20, quick), 190,
		     "mail.example.com is unknown");
	world_expect("monitor", WITH(level_20, quick,
				     "OCF_RA_VERSION_MINOR=0"), 0,
		     "mail.example.com is unknown");
	world_expect("monitor", WITH(level_20, quick,
				     "OCF_RESKEY_on_unverified=ignore"), 0,
		     NULL);
	world_expect("reload-agent", WITH(alone, quick), 0, NULL);
	world_expect("monitor", WITH(), 0, NULL);
	assert_int_equal(sandbox_address(VIP, false), 0);
	world_expect("monitor", WITH(), 1, VIP " is not on this node");
	world_expect("stop", WITH(), 0, NULL);
	world_expect("monitor", WITH(), 7, NULL);
	assert_false(world_has(INSTANCE_DIR));
}

/* It takes questions and answers none. */
static int silent_resolver(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage sa;
	struct addr addr;
	socklen_t len;

	assert_int_equal(addr_parse(VIP, &addr), 0);
	len = addr_to_sockaddr(&addr, 53, &sa);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

/* A verdict that is there before the mail system is spares it having to read
 * its settings again. */
static void test_an_early_verdict_needs_no_reload(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	int silent;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, "OCF_RESKEY_verify_timeout=100ms"),
		     0, NULL);
	assert_true(world_has(INSTANCE_DIR "/verdict.xml"));
	assert_false(world_has(SPOOL_DIR "/hangup"));
	world_expect("monitor", WITH(), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	silent = silent_resolver();
	world_expect("start", WITH(alone, "OCF_RESKEY_resolvers=" VIP,
				   "OCF_RESKEY_verify_timeout=2s"), 0, NULL);
	assert_true(world_has(INSTANCE_DIR "/verdict.xml"));
	assert_true(world_has(SPOOL_DIR "/hangup"));
	world_expect("monitor", WITH(), 0, NULL);
	(void)close(silent);
}

/* It lets itself be connected to, and says nothing. */
static int silent_remote(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage sa;
	struct addr addr;
	socklen_t len;

	assert_int_equal(addr_parse("127.0.0.2", &addr), 0);
	len = addr_to_sockaddr(&addr, 2525, &sa);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Pacemaker would have killed it after the time that it was given. */
static void expect_in_time(const char *action, const char *const *with,
			   int code, const char *reason)
{
	int64_t until_ms = clock_ms() + 6000;

	world_expect(action, with, code, reason);
	assert_true(clock_ms() < until_ms);
}

/* Who is silent, and a journal that hangs, take the time that the call has,
 * but not what is needed afterwards. */
static void test_a_verification_leaves_time_for_the_rest(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const remote = "OCF_RESKEY_remotes=127.0.0.2:2525";
	const char *const slow = "OCF_RESKEY_verify_timeout=1m";
	const char *const hasty = "OCF_RESKEY_CRM_meta_timeout=6000";
	int silent;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	overlay_begin("/usr/bin");
	world_put("/usr/bin/journalctl", "#!/bin/sh\nexec sleep 60\n", 0755);
	silent = silent_remote();
	expect_in_time("start", WITH(alone, remote, slow, hasty), 0, NULL);
	assert_int_equal(unlink(INSTANCE_DIR "/verdict.xml"), 0);
	expect_in_time("monitor", WITH(remote, slow, hasty,
				       "OCF_CHECK_LEVEL=20"), 190, "unknown");
	(void)close(silent);
	assert_int_equal(umount("/usr/bin"), 0);
	assert_int_equal(file_remove_tree("/run/own", NULL), 0);
}

/* The queue manager cannot be poked: mail is slower, but it is released, and
 * the record says what the overlay is. */
static void test_a_poke_that_fails_does_not_fail_the_turn(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	int silent;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	silent = silent_resolver();
	world_put(SPOOL_DIR "/public/qmgr", "no FIFO", 0600);
	world_expect("start", WITH(alone, "OCF_RESKEY_resolvers=" VIP,
				   "OCF_RESKEY_verify_timeout=2s"), 0, NULL);
	assert_true(world_has(SPOOL_DIR "/hangup"));
	world_expect("monitor", WITH(), 0, NULL);
	(void)close(silent);
}

static struct history history_now(void)
{
	struct history history = { 0 };
	struct why why = { "" };

	if (history_file_read(HISTORY, &history, &why) < 0)
		fail_msg("%s", why.text);
	return history;
}

/* One after the other these; of a verification the steps that it had. */
static void expect_steps(const struct history_entry *entry,
			 const enum history_step_kind *want, size_t count)
{
	unsigned int verifications = 0;
	uint32_t last_ms = 0;
	size_t next = 0;

	for (unsigned int i = 0; i < entry->step_count; i++) {
		const struct history_step *step = &entry->steps[i];

		assert_true(step->from_ms <= step->to_ms);
		verifications += step->kind == STEP_VERIFICATION;
		if (step->kind >= STEP_VERIFICATION)
			continue;
		assert_true(next < count);
		assert_int_equal(step->kind, want[next++]);
		assert_int_equal(step->from_ms, last_ms);
		last_ms = step->to_ms;
	}
	assert_int_equal(next, count);
	if (!entry->failure)
		assert_int_equal(verifications, entry->kind == HISTORY_START);
	assert_true(last_ms <= entry->took_ms);
}

static void test_starts_and_stops_make_history(void **unused)
{
	static const enum history_step_kind start[] = {
		STEP_ADDRESSES, STEP_SETTINGS, STEP_GUARD, STEP_CLAIM,
		STEP_HEAD_START, STEP_WRITE,
		STEP_LAUNCH, STEP_LISTEN, STEP_GREETING,
	};
	static const enum history_step_kind stop[] = {
		STEP_END, STEP_CLEAR,
	};
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";
	struct history history;

	(void)unused;
	world_expect("stop", WITH(), 0, NULL);
	assert_false(world_has(HISTORY_ROOT));
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, quick), 0, NULL);
	world_expect("start", WITH(alone, quick), 0, NULL);
	world_expect("monitor", WITH(), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	history = history_now();
	assert_int_equal(history.count, 2);
	assert_int_equal(history.items[0].kind, HISTORY_START);
	assert_string_equal(history.items[0].resource, "mail");
	assert_string_equal(history.items[0].identity.name,
			    "mail.example.com");
	assert_int_equal(history.items[0].verdict.status, VERDICT_UNKNOWN);
	assert_true(history.items[0].verdict.reason_count > 0);
	assert_null(history.items[0].failure);
	expect_steps(&history.items[0], start, ARRAY_SIZE(start));
	assert_int_equal(history.items[1].kind, HISTORY_STOP);
	assert_string_equal(history.items[1].identity.name,
			    "mail.example.com");
	expect_steps(&history.items[1], stop, ARRAY_SIZE(stop));
	history_done(&history);
}

/* As if the last verdict had been another one. */
static void replace_in_state(const char *old, const char *new)
{
	const char *path = INSTANCE_DIR "/state";
	BUF_CLEAN text = { 0 };
	BUF_CLEAN edited = { 0 };
	char *at;

	assert_int_equal(file_read(path, PROGRAM_MAX, &text, NULL), 0);
	at = strstr(text.data, old);
	assert_non_null(at);
	*at = '\0';
	buf_printf(&edited, "%s%s%s", text.data, new, at + strlen(old));
	world_put(path, edited.data, 0644);
}

static void give_to_guard(const char *path)
{
	const struct passwd *user = getpwnam(GUARD_USER);

	assert_int_equal(lchown(path, user->pw_uid, user->pw_gid), 0);
}

/* As the guard leaves it for the agent. */
static void put_guards_verdict(enum verdict_status status, int64_t time_s)
{
	struct verdict verdict = { .status = status, .time_s = time_s };
	struct why why = { "" };

	assert_int_equal(identity_parse("mail.example.com", VIP, "",
					&verdict.identity, NULL), 0);
	if (verdict_xml_save(&verdict, GUARD_DIR "/live/verdict.xml", &why) <
	    0)
		fail_msg("%s", why.text);
	give_to_guard(GUARD_DIR "/live/verdict.xml");
}

static void test_what_a_monitor_changes_is_noted_at_the_start(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";
	const char *const level_20 = "OCF_CHECK_LEVEL=20";
	struct history history;
	struct stat before, after;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, quick), 0, NULL);
	assert_int_equal(stat(HISTORY, &before), 0);
	world_expect("monitor", WITH(), 0, NULL);
	world_expect("monitor", WITH("OCF_CHECK_LEVEL=10"), 0, NULL);
	world_expect("monitor", WITH(level_20, quick), 190, "unknown");
	assert_int_equal(stat(HISTORY, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	replace_in_state("verdict_status unknown", "verdict_status degraded");
	put_guards_verdict(VERDICT_UNKNOWN, clock_wall_s());
	replace_in_state("verdict_time_s 1", "verdict_time_s ");
	world_expect("monitor", WITH(level_20, quick), 190, "unknown");
	history = history_now();
	assert_int_equal(history.count, 1);
	assert_int_equal(history.items[0].note_count, 1);
	assert_int_equal(history.items[0].notes[0].kind, NOTE_VERDICT);
	assert_int_equal(strncmp(history.items[0].notes[0].text, "unknown", 7),
			 0);
	history_done(&history);
}

static void test_a_failed_start_is_history_too(void **unused)
{
	static const enum history_step_kind undone[] = {
		STEP_ADDRESSES, STEP_SETTINGS, STEP_GUARD, STEP_CLAIM,
		STEP_HEAD_START, STEP_WRITE,
		STEP_LAUNCH, STEP_LISTEN, STEP_GREETING, STEP_UNDO,
	};
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	struct history history;

	(void)unused;
	world_expect("start", WITH(alone), 1, "is not on this node");
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(PROGRAM_DIR "/master", "#!/bin/sh\n", 0755);
	world_expect("start", WITH(alone), 1, "0 master processes");
	history = history_now();
	assert_int_equal(history.count, 2);
	assert_non_null(strstr(history.items[0].failure,
			       "is not on this node"));
	assert_int_equal(history.items[0].verdict.time_s, 0);
	assert_non_null(strstr(history.items[1].failure,
			       "0 master processes"));
	expect_steps(&history.items[1], undone, ARRAY_SIZE(undone));
	history_done(&history);
}

/* A full or unwritable disk is no failure of the mail server. */
static void test_a_history_that_cannot_be_kept_fails_nothing(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(HISTORY_ROOT, "no folder", 0644);
	world_expect("start", WITH(alone, quick), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	assert_int_equal(unlink(HISTORY_ROOT), 0);
	assert_int_equal(file_mkdirs(HISTORY_ROOT "/mail", 0755, NULL), 0);
	world_put(HISTORY, "something else\n", 0644);
	world_expect("start", WITH(alone, quick), 0, NULL);
	assert_int_equal(mount("full", HISTORY_ROOT, "tmpfs", 0, "size=4k"),
			 0);
	assert_int_equal(file_mkdirs(HISTORY_ROOT "/mail", 0755, NULL), 0);
	assert_int_equal(sandbox_write(HISTORY_ROOT "/mail/x", "full"), 0);
	world_expect("stop", WITH(), 0, NULL);
	assert_false(world_has(HISTORY));
	assert_int_equal(umount(HISTORY_ROOT), 0);
}

/* The fake one listens on port 25 alone, whatever it is told. */
static void test_what_does_not_listen_is_named(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=1s";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_put(CONFIG_DIR "/master.cf", MASTER_CF
		  "submission inet n - n - - smtpd\n", 0644);
	world_expect("start", WITH(alone, quick), 1,
		     "does not listen on " VIP "#587");
	assert_false(world_has(INSTANCE_DIR));
	world_put(CONFIG_DIR "/master.cf", MASTER_CF, 0644);
	world_expect("start", WITH(alone, quick), 0, NULL);
	world_put(CONFIG_DIR "/master.cf", strchr(MASTER_CF, '\n') + 1, 0644);
	world_expect("reload-agent", WITH(alone, quick), 1,
		     "listens on " VIP "#25, which is not in its settings");
	world_put(CONFIG_DIR "/master.cf", MASTER_CF
		  "submission inet n - n - - smtpd\n", 0644);
	world_expect("reload-agent", WITH(alone, quick), 1,
		     "does not listen on " VIP "#587");
	/* It was told to, and is not forgiven. */
	world_expect("monitor", WITH(), 1, "no longer listens on " VIP "#587");
}

/* What a test says of the guard, instead of the one that is installed. */
static void use_fake_guard(bool fake)
{
	assert_int_equal(world_program("bindbackd",
				       getenv(fake ? "FAKE_GUARD" :
						     "GUARD")), 0);
	(void)unlink("/run/guard.refuses");
	(void)unlink("/run/guard.fails");
	(void)unlink("/run/guard.loses");
	(void)unlink("/run/guard.asked");
}

static void test_a_refused_claim_binds_nothing(void **unused)
{
	const char *const clone = "OCF_RESKEY_CRM_meta_promoted_max=1";
	const char *const told = PREFIX "node2 has claimed it since";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	use_fake_guard(true);
	world_put("/run/guard.refuses", "node2 has claimed it since", 0644);
	world_expect("start", WITH(), 1, told);
	expect_nothing();
	world_expect("start", WITH(clone), 0, NULL);
	world_put("/run/guard.asked", "", 0666);
	world_expect("promote", WITH(clone), 1, told);
	world_expect("monitor", WITH(clone), 0, NULL);
	assert_holds("/run/guard.asked", "claim\nrelease\n");
	assert_false(world_has(INSTANCE_DIR));
	assert_false(world_has(SPOOL_DIR "/hangup"));
	world_expect("stop", WITH(clone), 0, NULL);
	use_fake_guard(false);
}

static void test_a_guard_that_does_not_come_up_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	use_fake_guard(true);
	world_put("/run/guard.fails", "", 0644);
	world_expect("start", WITH(), 1, "the guard could not be started: ");
	expect_nothing();
	use_fake_guard(false);
}

static void test_the_guard_wants_its_user(void **unused)
{
	(void)unused;
	/* That of world_user, where the machine has no such user. */
	(void)umount("/etc/passwd");
	assert_int_equal(sandbox_replace("/etc/passwd",
					 "root:x:0:0::/root:/bin/sh\n"), 0);
	world_expect("start", WITH(), 5, "\"" GUARD_USER "\" is not known");
	assert_int_equal(umount("/etc/passwd"), 0);
	assert_int_equal(world_user(), 0);
	expect_nothing();
}

/* Two roles: the guard alone, and bound. */
static void test_a_promotable_clone(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";
	const char *const clone = "OCF_RESKEY_CRM_meta_promoted_max=1";
	const char *const deep = "OCF_CHECK_LEVEL=20";

	(void)unused;
	world_expect("monitor", WITH(clone), 7, NULL);
	world_expect("promote", WITH(alone, clone), 7, "start comes first");
	world_expect("demote", WITH(alone, clone), 7, NULL);
	/* The addresses come with the promoted role. */
	world_expect("start", WITH(alone, clone), 0, NULL);
	world_expect("start", WITH(alone, clone), 0, NULL);
	world_expect("monitor", WITH(clone), 0, NULL);
	world_expect("monitor", WITH(clone, deep), 0, NULL);
	world_expect("demote", WITH(alone, clone), 0, NULL);
	world_expect("promote", WITH(alone, clone), 1, "is not on this node");
	world_expect("monitor", WITH(clone), 0, NULL);
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("promote", WITH(alone, clone, quick), 0, NULL);
	world_expect("promote", WITH(alone, clone, quick), 0, NULL);
	world_expect("start", WITH(alone, clone, quick), 0, NULL);
	world_expect("monitor", WITH(clone), 8, NULL);
	world_expect("monitor", WITH(clone, "OCF_CHECK_LEVEL=10"), 8, NULL);
	world_expect("monitor", WITH(clone, deep), 191, "is unknown");
	world_expect("reload-agent", WITH(alone, clone, quick), 0, NULL);
	world_expect("notify", WITH(clone), 0, NULL);
	world_expect("demote", WITH(alone, clone), 0, NULL);
	assert_false(world_has(INSTANCE_DIR));
	world_expect("monitor", WITH(clone), 0, NULL);
	world_expect("promote", WITH(alone, clone, quick), 0, NULL);
	world_expect("stop", WITH(clone), 0, NULL);
	expect_nothing();
}

/* The tree below a folder: names, and of files what they are like. */
static struct buf listing(const char *dir)
{
	const char *const argv[] = { "/usr/bin/find", dir, "-xdev", "-printf",
				     "%p %y %m %s %T@ %l\n", NULL };
	struct answer answer = world_run(argv, WITH(), "/");

	assert_int_equal(answer.status, 0);
	buf_done(&answer.err);
	return answer.out;
}

static void test_an_observer_changes_nothing(void **unused)
{
	static const char *const dirs[] = { CONFIG_DIR, SPOOL_DIR, PROGRAM_DIR,
					    "/var/lib", "/etc" };
	const char *const observe = "OCF_RESKEY_mode=observe";
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const clone = "OCF_RESKEY_CRM_meta_promoted_max=1";
	struct buf before[ARRAY_SIZE(dirs)];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		before[i] = listing(dirs[i]);
	world_expect("monitor", WITH(observe), 7, NULL);
	/* No address is here, and another's mail server may run. */
	world_expect("start", WITH(observe, alone), 0, NULL);
	world_expect("monitor", WITH(observe), 0, NULL);
	world_expect("monitor", WITH(observe, "OCF_CHECK_LEVEL=20"), 0, NULL);
	world_expect("reload-agent", WITH(observe, alone), 0, NULL);
	world_expect("promote", WITH(observe, clone), 6, "mode: ");
	world_expect("monitor", WITH(observe, clone), 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		BUF_CLEAN after = listing(dirs[i]);

		assert_true(before[i].len > 0);
		assert_string_equal(after.data, before[i].data);
		buf_done(&before[i]);
	}
	assert_false(world_has("/run/bindback"));
	world_expect("stop", WITH(observe), 0, NULL);
	expect_nothing();
}

/* What the guard's keeper runs. */
static void expect_turn(const char *action, const char *reason, int code)
{
	const char *const argv[] = { getenv("AGENT_PATH"), action, reason,
				     NULL };
	struct answer answer =
		world_run(argv, WITH("OCF_RESOURCE_INSTANCE=mail"), "/");

	if (answer.status != code)
		fail_msg("%s %s: %d, wanted %d\n%s", action, reason,
			 answer.status, code, answer.err.data);
	answer_done(&answer);
}

static void expect_record(const char *line)
{
	BUF_CLEAN text = { 0 };

	assert_int_equal(file_read(INSTANCE_DIR "/state", PROGRAM_MAX, &text,
				   NULL), 0);
	if (!strstr(text.data, line))
		fail_msg("\"%s\" is not in:\n%s", line, text.data);
}

/* What is held for the claim's sake is not released for the verdict's; and a
 * verdict of the guard's is taken over. */
static void put_guards_view(bool may_send)
{
	struct guard_view *view = xcalloc(1, sizeof(*view));
	struct guard_files files;
	struct instance instance;

	view->bound = true;
	view->may_send = may_send;
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	guard_files_of(&instance, &files);
	assert_int_equal(guard_view_save(&files, view, NULL), 0);
	give_to_guard(files.state);
	free(view);
}

/* The guard stays when its node is demoted, and so does its last verdict; then
 * the clock was set back. */
static void test_a_verdict_of_an_earlier_binding(void **unused)
{
	const char *const alone = "OCF_RESKEY_require_quorum=no";
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";
	const char *const clone = "OCF_RESKEY_CRM_meta_promoted_max=1";
	struct guard_view *view = xcalloc(1, sizeof(*view));
	struct guard_files files;
	struct instance instance;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	world_expect("start", WITH(alone, clone), 0, NULL);
	world_expect("promote", WITH(alone, clone, quick), 0, NULL);
	world_expect("demote", WITH(alone, clone), 0, NULL);
	put_guards_verdict(VERDICT_FAILED, clock_wall_s() + 3600);
	world_expect("promote", WITH(alone, clone, quick), 0, NULL);
	assert_int_equal(instance_init("mail", &instance, NULL), 0);
	guard_files_of(&instance, &files);
	assert_int_equal(guard_view_load(&files, view, NULL), 0);
	assert_int_equal(view->verdict.status, VERDICT_UNKNOWN);
	free(view);
	world_expect("stop", WITH(clone), 0, NULL);
}

static void test_level_20_follows_the_guard(void **unused)
{
	const char *const quick = "OCF_RESKEY_verify_timeout=100ms";
	const char *const deep = "OCF_CHECK_LEVEL=20";

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	use_fake_guard(true);
	world_expect("start", WITH(quick), 0, NULL);
	expect_turn("hold", "no-quorum", 0);
	put_guards_view(false);
	replace_in_state("verdict_time_s 1", "verdict_time_s ");
	put_guards_verdict(VERDICT_VERIFIED, clock_wall_s());
	world_expect("monitor", WITH(deep), 0, NULL);
	expect_record("\nverdict_status verified\n");
	expect_record("\nheld yes\n");
	put_guards_view(true);
	world_expect("monitor", WITH(deep), 0, NULL);
	expect_record("\nheld no\n");
	/* Nobody knows what that will be. */
	put_guards_verdict(VERDICT_UNKNOWN, clock_wall_s() + 3600);
	world_expect("monitor", WITH(deep), 0, NULL);
	expect_record("\nverdict_status verified\n");
	/* Nor is that the guard's to show us. */
	world_put("/run/degraded.xml", "", 0600);
	put_guards_verdict(VERDICT_DEGRADED, clock_wall_s());
	assert_int_equal(rename(GUARD_DIR "/live/verdict.xml",
				"/run/degraded.xml"), 0);
	assert_int_equal(symlink("/run/degraded.xml",
				 GUARD_DIR "/live/verdict.xml"), 0);
	replace_in_state("verdict_time_s 1", "verdict_time_s ");
	world_expect("monitor", WITH(deep), 0, NULL);
	world_expect("stop", WITH(), 0, NULL);
	use_fake_guard(false);
}

/* Another node took it while the verdict was waited for. */
static void test_a_claim_that_was_lost_is_not_released(void **unused)
{
	int silent;

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	use_fake_guard(true);
	world_put("/run/guard.loses", "", 0644);
	silent = silent_resolver();
	world_expect("start", WITH("OCF_RESKEY_resolvers=" VIP,
				   "OCF_RESKEY_verify_timeout=1s"), 0, NULL);
	expect_record("\nheld yes\n");
	assert_false(world_has(SPOOL_DIR "/hangup"));
	world_expect("monitor", WITH(), 1, "has lost the identity");
	world_expect("stop", WITH(), 0, NULL);
	(void)close(silent);
	use_fake_guard(false);
}

/* A guard that was subverted makes what is too deep to be removed. */
static void test_what_a_guard_leaves_behind_still_stops(void **unused)
{
	const char *const clone = "OCF_RESKEY_CRM_meta_promoted_max=1";
	const char *const remove[] = { "/bin/rm", "-r", GUARD_DIR, NULL };
	char path[400] = GUARD_DIR "/live";
	struct answer answer;

	(void)unused;
	use_fake_guard(true);
	world_expect("start", WITH(clone), 0, NULL);
	for (int i = 0; i < 100; i++)
		strcat(path, "/x");
	assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
	world_expect("stop", WITH(clone), 0, NULL);
	world_expect("monitor", WITH(clone), 7, NULL);
	world_expect("start", WITH(clone), 0, NULL);
	world_expect("monitor", WITH(clone), 0, NULL);
	world_expect("stop", WITH(clone), 0, NULL);
	answer = world_run(remove, WITH(), "/");
	assert_int_equal(answer.status, 0);
	answer_done(&answer);
	use_fake_guard(false);
	expect_nothing();
}

/* Begin, and be killed as soon as the file is there. */
static void kill_when(const char *action, const char *path,
		      const char *const *envp)
{
	siginfo_t info = { 0 };
	pid_t pid = fork();

	if (!pid) {
		execle(getenv("MTA"), "mta", action, NULL, envp);
		_exit(127);
	}
	while (!world_has(path) && !waitid(P_PID, (id_t)pid, &info,
					   WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid)
		;
	assert_true(world_has(path));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_killed_in_the_middle_of_start(void **unused)
{
	static const char *const at[] = {
		GUARD_DIR "/params", GUARD_DIR "/live/socket", INSTANCE_DIR,
		INSTANCE_DIR "/postfix", INSTANCE_DIR "/state",
		INSTANCE_DIR "/verdict.xml",
	};
	static const char *const envp[] = {
		"OCF_RESKEY_require_quorum=no",
		"OCF_RESKEY_verify_timeout=300ms", USUAL, NULL,
	};

	(void)unused;
	assert_int_equal(sandbox_address(VIP, true), 0);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		struct answer answer;

		kill_when("start", at[i], envp);
		answer = world_call("monitor", WITH());
		/* In doubt it is 1; all may have been there already, or
		 * nothing that runs. */
		if (answer.status != 1 && answer.status != 7 && answer.status)
			fail_msg("%s: monitor is %d", at[i], answer.status);
		answer_done(&answer);
		world_expect("stop", WITH(), 0, NULL);
		expect_nothing();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, postfix_setup, postfix_teardown)
		TEST(test_good_parameters_are_accepted),
		TEST(test_each_bad_parameter_is_named),
		TEST(test_level_10_looks_at_the_host),
		TEST(test_a_passing_failure_bars_no_node),
		TEST(test_start_wants_claim_and_address),
		TEST(test_start_wants_an_installed_mail_server),
		TEST(test_a_start_that_fails_leaves_nothing),
		TEST(test_start_refuses_a_foreign_master),
		TEST(test_reload_takes_the_attribute_back),
		TEST(test_a_score_that_was_not_taken_comes_again),
		TEST(test_who_publishes_nothing_is_nobody),
		TEST(test_a_record_that_cannot_be_kept_fails_nothing),
		TEST(test_copies_for_the_chroot_follow),
		TEST(test_a_server_that_turns_us_away_is_alive),
		TEST(test_from_start_to_stop),
		TEST(test_what_does_not_listen_is_named),
		TEST(test_an_early_verdict_needs_no_reload),
		TEST(test_a_poke_that_fails_does_not_fail_the_turn),
		TEST(test_starts_and_stops_make_history),
		TEST(test_a_verification_leaves_time_for_the_rest),
		TEST(test_what_a_monitor_changes_is_noted_at_the_start),
		TEST(test_a_failed_start_is_history_too),
		TEST(test_a_history_that_cannot_be_kept_fails_nothing),
		TEST(test_a_refused_claim_binds_nothing),
		TEST(test_a_claim_that_was_lost_is_not_released),
		TEST(test_what_a_guard_leaves_behind_still_stops),
		TEST(test_a_guard_that_does_not_come_up_is_told),
		TEST(test_the_guard_wants_its_user),
		TEST(test_a_promotable_clone),
		TEST(test_an_observer_changes_nothing),
		TEST(test_a_verdict_of_an_earlier_binding),
		TEST(test_level_20_follows_the_guard),
		TEST(test_killed_in_the_middle_of_start),
	};

	if (world_enter() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
