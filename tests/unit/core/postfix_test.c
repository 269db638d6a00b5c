/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the golden files (tests/golden/postfix) do not show: ages, modes, what
 * is waited for, and that nothing is made on an error.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/driver.h"

static const char main_text[] = "myhostname = node1.test\n";
static const char services[] =
	"smtp inet n - n - - smtpd\n"
	"qmgr unix n - n 300 1 qmgr\n"
	"smtp unix - - n - - smtp\n"
	"filter unix - - n - - smtp\n";
static const char effective[] =
	"command_directory = /usr/sbin\n"
	"compatibility_level = 3.6\n"
	"daemon_directory = /usr/lib/postfix/sbin\n"
	"export_environment = TZ MAIL_CONFIG LANG\n"
	"mail_version = 3.7.11\n"
	"mydestination = node1.test\n"
	"myhostname = node1.test\n"
	"myorigin = node1.test\n"
	"queue_directory = /var/spool/postfix\n";

struct given {
	struct identity identity;
	struct driver_input in;
	struct driver_want want;
};

static void given_make(struct given *ret)
{
	static const char *const host_files[] = { "/etc/hosts", NULL };

	*ret = (struct given){
		.in = {
			.config_dir = "/etc/postfix",
			.main_text = span_of(main_text),
			.services_text = span_of(services),
			.effective_text = span_of(effective),
			.host_files = host_files,
		},
		.want = {
			.identity = &ret->identity,
			.run_dir = "/run/x",
			.unbound_transports = "",
			.held = true,
		},
	};
	assert_int_equal(identity_parse("mail.cluster.test", "192.0.2.1", "",
					&ret->identity, NULL), 0);
}

static struct binding derived(const struct given *given)
{
	struct binding binding = { 0 };
	struct why why;

	if (driver_postfix.derive(&given->in, &given->want, &binding,
				  &why) < 0)
		fail_msg("refused: %s", why.text);
	return binding;
}

static const struct plan_step *step_at(const struct plan *plan,
				       const char *path)
{
	const struct plan_step *found = NULL;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].path && !strcmp(plan->steps[i].path, path))
			found = &plan->steps[i];
	if (!found)
		fail_msg("no step for %s", path);
	return found;
}

/* Postfix naps while main.cf is young, so everything is born old. */
static void test_files_are_old(void **state)
{
	struct binding binding;
	struct given given;
	unsigned int files = 0;

	(void)state;
	given_make(&given);
	binding = derived(&given);
	for (size_t i = 0; i < binding.write.count; i++) {
		const struct plan_step *step = &binding.write.steps[i];

		if (step->op != PLAN_FILE)
			continue;
		files++;
		assert_true(step->age_s >= 3);
		assert_int_equal(step->mode, 0644);
	}
	assert_int_equal(files, 4);
	binding_done(&binding);
}

/* A password in main.cf stays as closed as the admin made it. */
static void test_no_more_open_than_the_admins_files(void **state)
{
	struct binding binding;
	struct given given;

	(void)state;
	given_make(&given);
	given.in.main_mode = 0600;
	given.in.services_mode = 0660;
	binding = derived(&given);
	assert_int_equal(step_at(&binding.write, "/run/x/postfix/main.cf")
				 ->mode, 0600);
	assert_int_equal(step_at(&binding.write, "/run/x/postfix/master.cf")
				 ->mode, 0640);
	assert_int_equal(step_at(&binding.write, "/run/x/master.cf.held")
				 ->mode, 0640);
	assert_int_equal(step_at(&binding.write, "/run/x/master.cf.released")
				 ->mode, 0640);
	binding_done(&binding);
}

static void test_held_or_released(void **state)
{
	struct binding binding;
	struct given given;

	(void)state;
	given_make(&given);
	for (int held = 0; held < 2; held++) {
		given.want.held = held;
		binding = derived(&given);
		assert_string_equal(
			step_at(&binding.write, "/run/x/postfix/master.cf")
				->text,
			step_at(&binding.write, held ?
				"/run/x/master.cf.held" :
				"/run/x/master.cf.released")->text);
		binding_done(&binding);
	}
}

static void test_release(void **state)
{
	const struct driver_place place = { "/run/x", "/run/x/postfix",
					    "/var/spool/postfix" };
	struct plan plan = { 0 };
	const struct plan_step *steps;

	(void)state;
	driver_postfix.turn(&place, false, &plan, &plan);
	steps = plan.steps;
	assert_int_equal(plan.count, 4);
	assert_true(steps[0].age_s >= 3);
	assert_string_equal(steps[0].from, "/run/x/master.cf.released");
	assert_string_equal(steps[0].path, "/run/x/postfix/master.cf");
	assert_int_equal(steps[1].signal, SIGHUP);
	assert_string_equal(steps[1].awaited, "qmgr");
	assert_true(steps[1].timeout_ms > 0);
	assert_string_equal(steps[2].text, "FADI");
	assert_int_equal(steps[2].text_len, 4);
	assert_string_equal(steps[2].path, "/var/spool/postfix/public/qmgr");
	assert_int_equal(steps[2].delay_ms, 0);
	assert_string_equal(steps[3].text, "FADI");
	assert_true(steps[3].delay_ms > 0);
	plan_done(&plan);
}

static void test_launch(void **state)
{
	struct binding binding;
	struct given given;
	const struct plan_step *steps;

	(void)state;
	given_make(&given);
	binding = derived(&given);
	steps = binding.launch.steps;
	assert_int_equal(binding.launch.count, given.want.held ? 4 : 5);
	assert_string_equal(steps[0].argv[0], "/usr/sbin/postfix");
	assert_string_equal(steps[0].argv[2], "create-missing");
	assert_string_equal(steps[0].unless[0], "/var/spool/postfix/active");
	assert_string_equal(steps[1].argv[0], "/usr/sbin/postsuper");
	assert_null(steps[1].argv[1]);
	assert_null(steps[1].unless);
	assert_string_equal(steps[2].argv[0], binding.program);
	assert_string_equal(steps[2].argv[1], "-w");
	assert_string_equal(steps[2].cwd, "/var/spool/postfix");
	assert_string_equal(steps[2].env[0], "MAIL_CONFIG=/run/x/postfix");
	assert_string_equal(steps[2].env[1], "MAIL_LOGTAG=postfix");
	assert_true(steps[2].timeout_ms > 0);
	assert_string_equal(steps[3].path, "/var/spool/postfix/public/pickup");
	assert_string_equal(steps[3].text, "W");
	assert_string_equal(binding.pid_file,
			    "/var/spool/postfix/pid/master.pid");
	binding_done(&binding);
}

/* No service is chrooted, so nothing is copied into the spool. */
static void test_no_chroot(void **state)
{
	struct binding binding;
	struct given given;

	(void)state;
	given_make(&given);
	binding = derived(&given);
	for (size_t i = 0; i < binding.write.count; i++)
		assert_int_not_equal(binding.write.steps[i].op, PLAN_COPY);
	binding_done(&binding);
	given.in.services_text = span_of("qmgr unix n - y 300 1 qmgr\n");
	binding = derived(&given);
	assert_string_equal(step_at(&binding.write,
				    "/var/spool/postfix/etc/hosts")->from,
			    "/etc/hosts");
	binding_done(&binding);
}

static void test_nothing_on_error(void **state)
{
	struct binding binding = { .finding_count = 7 };
	struct given given;
	struct why why;

	(void)state;
	given_make(&given);
	given.want.unbound_transports = "filter nobody";
	assert_int_equal(driver_postfix.derive(&given.in, &given.want,
					       &binding, &why), -EINVAL);
	assert_int_equal(binding.finding_count, 7);
	assert_true(!strncmp(why.text, "unbound_transports: ", 20));
}

/* postconf's output may lack any line; that is a sentence, no crash. */
static void test_lines_missing(void **state)
{
	struct span rest = span_of(effective), line;
	unsigned int refused = 0;

	(void)state;
	while (span_line(&rest, &line)) {
		struct binding binding = { 0 };
		BUF_CLEAN text = { 0 };
		struct given given;
		struct why why = { "" };

		given_make(&given);
		buf_init(&text);
		buf_add(&text, effective, (size_t)(line.p - effective));
		buf_add(&text, rest.p, rest.len);
		given.in.effective_text = span_of(text.data);
		if (driver_postfix.derive(&given.in, &given.want, &binding,
					  &why) < 0) {
			assert_true(why.text[0]);
			refused++;
		}
		binding_done(&binding);
	}
	/* version, myhostname, myorigin and the three folders */
	assert_int_equal(refused, 6);
}

/* What it plans to listen on, "ADDR#SERVICE" each. */
static void assert_listens(const char *settings, const char *services_text,
			   const char *wanted)
{
	struct binding binding;
	BUF_CLEAN text = { 0 };
	BUF_CLEAN master = { 0 };
	BUF_CLEAN found = { 0 };
	struct given given;

	given_make(&given);
	assert_int_equal(identity_parse("mail.cluster.test",
					"192.0.2.1 2001:db8::1", "",
					&given.identity, NULL), 0);
	buf_init(&text);
	buf_init(&master);
	buf_init(&found);
	buf_printf(&text, "%s%s", effective, settings);
	given.in.effective_text = span_of(text.data);
	buf_printf(&master, "qmgr unix n - n 300 1 qmgr\n%s", services_text);
	given.in.services_text = span_of(master.data);
	binding = derived(&given);
	for (size_t i = 0; i < binding.listener_count; i++)
		buf_printf(&found, "%s%s#%s", i ? " " : "",
			   addr_text(&binding.listeners[i].addr).s,
			   binding.listeners[i].service);
	assert_string_equal(found.data, wanted);
	binding_done(&binding);
}

static void test_listeners(void **state)
{
	(void)state;
	assert_listens("", "", "");
	assert_listens("", "smtp inet n - n - - smtpd\n"
		       "127.0.0.1:10025 inet n - n - - smtpd\n"
		       "localhost:587 inet n - n - - smtpd\n"
		       "[::1]:10026 inet n - n - - smtpd\n"
		       "smtp unix - - n - - smtp\n",
		       "192.0.2.1#25 2001:db8::1#25");
	assert_listens("", "[2001:db8::1]:2525 inet n - n - - smtpd\n"
		       "192.0.2.11:mail inet n - n - - smtpd\n"
		       "[2001:db8::11]:2525 inet n - n - - smtpd\n",
		       "2001:db8::1#2525 192.0.2.1#mail");
}

/* postconf(5): known_tcp_ports comes before services(5). */
static void test_names_of_ports(void **state)
{
	static const char services_text[] =
		"192.0.2.1:smtp inet n - n - - smtpd\n"
		"192.0.2.1:smtps inet n - n - - smtpd\n"
		"192.0.2.1:mail inet n - n - - smtpd\n";

	(void)state;
	assert_listens("", services_text,
		       "192.0.2.1#25 192.0.2.1#465 192.0.2.1#mail");
	assert_listens("known_tcp_ports = lmtp=24, mail = smtp=2525\n",
		       services_text,
		       "192.0.2.1#2525 192.0.2.1#465 192.0.2.1#2525");
}

static void test_listeners_that_the_admin_disabled(void **state)
{
	static const char services_text[] =
		"192.0.2.1:25 inet n - n - - smtpd\n"
		"192.0.2.1:587 inet n - n - - smtpd\n";
	static const struct {
		const char *value, *left;
	} cases[] = {
		{ "", "192.0.2.1#25 192.0.2.1#587" },
		{ "unix, 25/inet", "192.0.2.1#25 192.0.2.1#587" },
		{ "INET", "" },
		{ "192.0.2.1:587/inet", "192.0.2.1#25" },
		{ "192.0.2.1:587.inet", "192.0.2.1#25" },
		{ "!192.0.2.1:25/inet inet", "192.0.2.1#25" },
		{ "inet !192.0.2.1:25/inet", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		BUF_CLEAN line = { 0 };

		buf_init(&line);
		buf_printf(&line, "master_service_disable = %s\n",
			   cases[i].value);
		assert_listens(line.data, services_text, cases[i].left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_are_old),
		cmocka_unit_test(test_no_more_open_than_the_admins_files),
		cmocka_unit_test(test_held_or_released),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_launch),
		cmocka_unit_test(test_no_chroot),
		cmocka_unit_test(test_nothing_on_error),
		cmocka_unit_test(test_lines_missing),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_names_of_ports),
		cmocka_unit_test(test_listeners_that_the_admin_disabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
