/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "sandbox.h"

static void test_an_id_becomes_paths(void **unused)
{
	struct instance instance;
	char longest[INSTANCE_ID_MAX + 1];

	(void)unused;
	assert_int_equal(instance_init("mail-1.a_b:0", &instance, NULL), 0);
	assert_string_equal(instance.id, "mail-1.a_b:0");
	assert_string_equal(instance.dir, "/run/bindback/mail-1.a_b:0");
	assert_string_equal(instance.state_path,
			    "/run/bindback/mail-1.a_b:0/state");
	assert_string_equal(instance.verdict_path,
			    "/run/bindback/mail-1.a_b:0/verdict.xml");
	memset(longest, 'x', INSTANCE_ID_MAX);
	longest[INSTANCE_ID_MAX] = '\0';
	assert_int_equal(instance_init(longest, &instance, NULL), 0);
	assert_string_equal(strrchr(instance.verdict_path, '/'),
			    "/verdict.xml");
}

static void test_what_could_leave_the_folder_is_refused(void **unused)
{
	static const char *const bad[] = {
		"", ".", "..", ".x", "a/b", "/", "a b", "a\nb", "a%n",
		"caf\xc3\xa9",
		("1234567890123456789012345678901234567890123456789012345678"
		 "9012345"),
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct instance instance = { .id = "kept" };
		struct why why = { "" };

		assert_int_equal(instance_init(bad[i], &instance, &why),
				 -EINVAL);
		assert_string_equal(instance.id, "kept");
		assert_non_null(strstr(why.text, "resource id \""));
	}
	assert_int_equal(instance_init(NULL, &(struct instance){ 0 }, NULL),
			 -EINVAL);
}

static void test_any_id_of_a_resource_has_a_folder(void **unused)
{
	struct instance plain, odd, other;

	(void)unused;
	instance_of_resource("mail", &plain);
	assert_string_equal(plain.dir, "/run/bindback/mail");
	instance_of_resource("../x", &odd);
	assert_memory_equal(odd.dir, "/run/bindback/id-", 17);
	assert_null(strstr(odd.dir + 17, "."));
	instance_of_resource("../y", &other);
	assert_string_not_equal(odd.dir, other.dir);
}

static void make(struct instance *ret)
{
	assert_int_equal(instance_init("mail", ret, NULL), 0);
	assert_int_equal(file_mkdirs(ret->dir, 0755, NULL), 0);
}

static void test_a_record_is_read_back(void **unused)
{
	struct state state = { .master_pid = 42, .held = true }, again;
	struct instance instance;
	struct why why = { "" };

	(void)unused;
	assert_int_equal(identity_parse("mail.example.com", "192.0.2.25", "",
					&state.identity, NULL), 0);
	assert_int_equal(instance_init("none", &instance, NULL), 0);
	assert_int_equal(instance_load(&instance, &again, &why), -ENOENT);
	assert_int_equal(instance_save(&instance, &state, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/run/bindback/none/state"));
	make(&instance);
	assert_int_equal(instance_save(&instance, &state, NULL), 0);
	assert_int_equal(instance_load(&instance, &again, NULL), 0);
	assert_int_equal(again.master_pid, 42);
	assert_true(again.held);
	assert_string_equal(again.identity.name, "mail.example.com");
	state_done(&again);
}

/* There is one, so it must not be taken for none. */
static void test_a_broken_record_is_not_a_missing_one(void **unused)
{
	static const char *const texts[] = { "", "bindback-state 1\n",
					     "bindback-state 9\nend\n" };
	struct instance instance;
	struct state state;

	(void)unused;
	make(&instance);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct why why = { "" };
		int r;

		assert_int_equal(sandbox_write(instance.state_path, texts[i]),
				 0);
		r = instance_load(&instance, &state, &why);
		assert_true(r < 0 && r != -ENOENT);
		assert_non_null(strstr(why.text, instance.state_path));
	}
	assert_int_equal(unlink(instance.state_path), 0);
	assert_int_equal(mkdir(instance.state_path, 0755), 0);
	assert_int_equal(instance_load(&instance, &state, NULL), -EISDIR);
}

/* Holds the lock until it is told, or removes the folder and ends. */
static pid_t hold_lock(const struct instance *instance, int *ret_tell)
{
	int ready[2], tell[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int fd;

		(void)close(tell[1]);
		if (instance_lock(instance, 0, &fd, NULL) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		if (read(tell[0], &byte, 1) == 1)
			(void)file_remove_tree(instance->dir, NULL);
		_exit(0);
	}
	(void)close(ready[1]);
	(void)close(tell[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	*ret_tell = tell[1];
	return pid;
}

static void test_one_at_a_time(void **unused)
{
	FD_CLEAN int fd = -1;
	struct instance instance;
	struct why why = { "" };
	struct stat st;
	int tell;
	pid_t pid;

	(void)unused;
	make(&instance);
	pid = hold_lock(&instance, &tell);
	assert_int_equal(instance_lock(&instance, 0, &fd, &why), -ETIMEDOUT);
	assert_string_equal(why.text, "another action on mail is under way");
	assert_int_equal(fd, -1);
	(void)close(tell);
	assert_int_equal(instance_lock(&instance, clock_ms() + 60000, &fd,
				       NULL), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	/* Who could open it could keep us from it. */
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	file_close(&fd);
	assert_int_equal(instance_lock(&instance, 0, &fd, NULL), 0);
}

/* It is stopped while we wait. */
static void test_a_folder_that_goes_has_no_lock(void **unused)
{
	struct instance instance;
	struct why why = { "" };
	int fd = -1, tell;
	pid_t pid;

	(void)unused;
	make(&instance);
	pid = hold_lock(&instance, &tell);
	assert_int_equal(write(tell, "", 1), 1);
	assert_int_equal(instance_lock(&instance, clock_ms() + 60000, &fd,
				       &why), -ENOENT);
	assert_int_equal(fd, -1);
	assert_non_null(strstr(why.text, instance.dir));
	(void)close(tell);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_id_becomes_paths),
		cmocka_unit_test(test_what_could_leave_the_folder_is_refused),
		cmocka_unit_test(test_any_id_of_a_resource_has_a_folder),
		cmocka_unit_test(test_a_record_is_read_back),
		cmocka_unit_test(test_a_broken_record_is_not_a_missing_one),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_a_folder_that_goes_has_no_lock),
	};

	if (sandbox_enter("", "") < 0 || sandbox_own_run() < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
