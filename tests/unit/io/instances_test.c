/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/instances.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/file.h"
#include "io/guard_files.h"
#include "sandbox.h"

static void make(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", STATE_ROOT, name);
	assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
}

static void test_lists_all_sorted(void **unused)
{
	struct instance *list = NULL;
	size_t count = 7;

	(void)unused;
	assert_int_equal(instances_list(&list, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_null(list);
	make("second");
	make("first");
	make("third");
	make(".hidden");
	make("no resource");
	assert_int_equal(instances_list(&list, &count, NULL), 0);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].id, "first");
	assert_string_equal(list[1].id, "second");
	assert_string_equal(list[2].id, "third");
	assert_string_equal(list[1].state_path, "/run/bindback/second/state");
	free(list);
}

static void test_lists_what_is_bound_or_guarded(void **unused)
{
	struct instance *list = NULL;
	size_t count = 7;

	(void)unused;
	assert_int_equal(file_mkdirs(GUARD_ROOT "/second", 0755, NULL), 0);
	assert_int_equal(file_mkdirs(GUARD_ROOT "/guarded", 0755, NULL), 0);
	assert_int_equal(instances_here(&list, &count, NULL), 0);
	assert_int_equal(count, 4);
	assert_string_equal(list[0].id, "first");
	assert_string_equal(list[1].id, "guarded");
	assert_string_equal(list[2].id, "second");
	assert_string_equal(list[3].id, "third");
	free(list);
	assert_int_equal(file_remove_tree(STATE_ROOT, NULL), 0);
	assert_int_equal(instances_here(&list, &count, NULL), 0);
	assert_int_equal(count, 2);
	free(list);
	assert_int_equal(file_remove_tree(GUARD_ROOT, NULL), 0);
}

static void test_too_many_are_refused(void **unused)
{
	struct instance *list = NULL;
	struct why why = { "" };
	char name[16];
	size_t count;

	(void)unused;
	assert_int_equal(file_remove_tree(STATE_ROOT, NULL), 0);
	for (int i = 0; i < INSTANCES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "i%d", i);
		make(name);
	}
	assert_int_equal(instances_list(&list, &count, NULL), 0);
	assert_int_equal(count, INSTANCES_MAX);
	free(list);
	make("one-more");
	assert_int_equal(instances_list(&list, &count, &why), -E2BIG);
	assert_non_null(strstr(why.text, STATE_ROOT));
}

static void test_what_is_no_folder_is_told(void **unused)
{
	struct instance *list = NULL;
	struct why why = { "" };
	size_t count = 7;

	(void)unused;
	assert_int_equal(file_remove_tree(STATE_ROOT, NULL), 0);
	assert_int_equal(sandbox_write(STATE_ROOT, ""), 0);
	assert_int_equal(instances_list(&list, &count, &why), -ENOTDIR);
	assert_non_null(strstr(why.text, "cannot list /run/bindback"));
	assert_int_equal(count, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_all_sorted),
		cmocka_unit_test(test_lists_what_is_bound_or_guarded),
		cmocka_unit_test(test_too_many_are_refused),
		cmocka_unit_test(test_what_is_no_folder_is_told),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
