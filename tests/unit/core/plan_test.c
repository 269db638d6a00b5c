/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/plan.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* One step of each kind. */
static struct plan whole(void)
{
	static const char *const argv[] = { "/sbin/master", "-w", NULL };
	static const char *const env[] = { "MAIL_CONFIG=/run/x", NULL };
	struct plan plan = { 0 };
	struct plan_step *step;

	step = plan_add(&plan, PLAN_DIR, "/run/x", "overlay");
	step->mode = 0750;
	step = plan_add(&plan, PLAN_FILE, "/run/x/main.cf", "settings");
	step->mode = 0644;
	step->text = xstrdup("a = 1\n\nb = 2");
	step->text_len = strlen(step->text);
	step = plan_add(&plan, PLAN_COPY, "/spool/etc/hosts", "chroot");
	step->from = xstrdup("/etc/hosts");
	step = plan_add(&plan, PLAN_RUN, NULL, "start");
	step->argv = plan_strings(argv);
	step->env = plan_strings(env);
	step->cwd = xstrdup("/spool");
	step->unless = plan_strings(argv);
	step = plan_add(&plan, PLAN_SIGNAL, NULL, "read anew");
	step->signal = SIGHUP;
	step->awaited = xstrdup("qmgr");
	step = plan_add(&plan, PLAN_POKE, "/spool/public/qmgr", "flush");
	step->text = xstrdup("FADI");
	step->text_len = 4;
	return plan;
}

static void test_print(void **state)
{
	struct plan plan = whole();
	BUF_CLEAN out;

	(void)state;
	buf_init(&out);
	plan_print(&plan, false, &out);
	assert_string_equal(out.data,
		"folder  /run/x (mode 0750)  # overlay\n"
		"write   /run/x/main.cf (12 bytes, mode 0644)  # settings\n"
		"copy    /etc/hosts -> /spool/etc/hosts  # chroot\n"
		"run     MAIL_CONFIG=/run/x /sbin/master -w (in /spool)"
		" unless there are /sbin/master -w  # start\n"
		"signal  SIGHUP to the long-lived process  # read anew\n"
		"poke    /spool/public/qmgr with \"FADI\"  # flush\n");
	plan_done(&plan);
	assert_null(plan.steps);
	assert_int_equal(plan.count, 0);
	plan_done(&plan);
	plan_done(NULL);
}

static void test_print_with_text(void **state)
{
	struct plan plan = whole();
	BUF_CLEAN out;

	(void)state;
	buf_init(&out);
	plan_print(&plan, true, &out);
	assert_non_null(strstr(out.data, "# settings\n"
			       "    | a = 1\n    | \n    | b = 2\ncopy"));
	plan_done(&plan);
}

/* A plan owns its texts: what it was made of may change. */
static void test_copies(void **state)
{
	char path[] = "/run/x", what[] = "overlay", arg[] = "-w";
	const char *const list[] = { arg, NULL };
	struct plan plan = { 0 };
	struct plan_step *step = plan_add(&plan, PLAN_RUN, path, what);

	(void)state;
	step->argv = plan_strings(list);
	path[0] = what[0] = arg[0] = '#';
	assert_string_equal(step->path, "/run/x");
	assert_string_equal(step->what, "overlay");
	assert_string_equal(step->argv[0], "-w");
	assert_null(step->argv[1]);
	plan_done(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_with_text),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
