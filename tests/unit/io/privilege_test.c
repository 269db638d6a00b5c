/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As root, in children; what they became is read in /proc. */
#include "io/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"

#define PATIENT_S 30

static void test_who_is_missing_is_named(void **state)
{
	struct privilege_user user = { 7, 7 };
	struct why why = { "" };

	(void)state;
	assert_int_equal(privilege_find("no-such-user", &user, &why), -ENOENT);
	assert_non_null(strstr(why.text, "user no-such-user does not exist; "));
	assert_non_null(strstr(why.text, "systemd-sysusers"));
	assert_int_equal(user.uid, 7);
}

static void test_root_is_refused(void **state)
{
	struct privilege_user user;
	struct why why = { "" };

	(void)state;
	assert_int_equal(privilege_find("root", &user, &why), -EPERM);
	assert_non_null(strstr(why.text, "user root is root"));
}

static struct privilege_user nobody(void)
{
	struct privilege_user user;

	assert_int_equal(privilege_find("nobody", &user, NULL), 0);
	assert_int_not_equal(user.uid, 0);
	return user;
}

/* Run `fn` as a child that has dropped; its exit status. */
static int in_child_that(bool publishes, int (*fn)(void *), void *arg)
{
	struct privilege_user user = nobody();
	struct why why = { "" };
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (privilege_drop(&user,
				   publishes ? PRIVILEGE_PUBLISHER :
					       PRIVILEGE_GUARD, &why) < 0) {
			(void)fprintf(stderr, "# %s\n", why.text);
			_exit(99);
		}
		_exit(fn(arg));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int in_child(int (*fn)(void *), void *arg)
{
	return in_child_that(false, fn, arg);
}

static bool status_has(const char *text, const char *line)
{
	if (strstr(text, line))
		return true;
	(void)fprintf(stderr, "# not in /proc/self/status: %s\n", line);
	return false;
}

static int look_at_status(void *arg)
{
	struct privilege_user user = nobody();
	char line[128], text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	bool good = n > 0;

	(void)arg;
	text[good ? n : 0] = '\0';
	for (const char *const *set = (const char *const[]){
		     "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", NULL };
	     *set; set++) {
		(void)snprintf(line, sizeof(line), "%s:\t0000000000000000\n",
			       *set);
		good = status_has(text, line) && good;
	}
	(void)snprintf(line, sizeof(line), "Uid:\t%u\t%u\t%u\t%u\n", user.uid,
		       user.uid, user.uid, user.uid);
	good = status_has(text, line) && good;
	(void)snprintf(line, sizeof(line), "Gid:\t%u\t%u\t%u\t%u\n", user.gid,
		       user.gid, user.gid, user.gid);
	good = status_has(text, line) && good;
	good = status_has(text, "NoNewPrivs:\t1\n") && good;
	return good ? 0 : 1;
}

static void test_nothing_is_left(void **state)
{
	(void)state;
	assert_int_equal(in_child(look_at_status, NULL), 0);
}

static int look_at_groups(void *arg)
{
	const bool *publishes = arg;
	const struct group *haclient = *publishes ? getgrnam(PRIVILEGE_GROUP) :
						    NULL;
	gid_t list[8], own = getgid();
	int count = getgroups(8, list);

	if (count < 1 || count > 2 || list[0] != own)
		return 1;
	return haclient ? count != 2 || list[1] != haclient->gr_gid :
			  count != 1;
}

static void test_of_groups_there_are_two_at_most(void **state)
{
	const gid_t many[] = { 0, 1, 2, 3 };
	bool publishes = false;

	(void)state;
	assert_int_equal(setgroups(4, many), 0);
	assert_int_equal(in_child_that(publishes, look_at_groups, &publishes),
			 0);
	publishes = true;
	assert_int_equal(in_child_that(publishes, look_at_groups, &publishes),
			 0);
	assert_int_equal(setgroups(0, NULL), 0);
}

static int try_to_be_root(void *arg)
{
	(void)arg;
	return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ||
	       setgroups(0, NULL) == 0 || getuid() == 0;
}

static void test_root_cannot_be_had_back(void **state)
{
	(void)state;
	assert_int_equal(in_child(try_to_be_root, NULL), 0);
}

/* A program that is root's and setuid would be one way. */
static int run_setuid(void *arg)
{
	execl(arg, arg, "-u", NULL);
	return 98;
}

static void test_a_setuid_program_brings_nothing(void **state)
{
	char path[] = "/tmp/privilege-XXXXXX";
	int fd = mkstemp(path), out[2];
	char text[32] = "", want[32];
	BUF_CLEAN id = { 0 };
	int saved;

	(void)state;
	assert_int_equal(file_read("/usr/bin/id", 1 << 20, &id, NULL), 0);
	assert_int_equal(write(fd, id.data, id.len), id.len);
	assert_int_equal(fchmod(fd, 04755), 0);
	(void)close(fd);
	assert_int_equal(pipe(out), 0);
	saved = dup(STDOUT_FILENO);
	(void)fflush(stdout);
	(void)dup2(out[1], STDOUT_FILENO);
	fd = in_child(run_setuid, path);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	(void)unlink(path);
	assert_int_equal(fd, 0);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	(void)snprintf(want, sizeof(want), "%u\n", nobody().uid);
	assert_string_equal(text, want);
	(void)close(out[0]);
	(void)close(out[1]);
}

static int look_at_limits(void *arg)
{
	struct rlimit core, files;
	int signal_number = 0;

	(void)arg;
	(void)prctl(PR_GET_PDEATHSIG, &signal_number);
	(void)getrlimit(RLIMIT_CORE, &core);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	return signal_number != SIGKILL ||
	       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || core.rlim_max != 0 ||
	       files.rlim_max > 1024 || files.rlim_cur < 64;
}

static void test_it_is_limited(void **state)
{
	(void)state;
	assert_int_equal(in_child(look_at_limits, NULL), 0);
}

/* The proof sees when the user has rights. */
static void test_one_with_rights_is_found_out(void **state)
{
	const struct privilege_user root = { 0, 0 };
	struct why why = { "" };
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		status = privilege_drop(&root, PRIVILEGE_GUARD, &why);
		(void)!write(fds[1], why.text, sizeof(why.text));
		_exit(-status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), EPERM);
	assert_int_equal(read(fds[0], why.text, sizeof(why.text)),
			 sizeof(why.text));
	assert_string_equal(why.text, "uid 0 is not without rights: "
				      "it can become root again");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void test_it_does_not_outlive_its_parent(void **state)
{
	volatile pid_t *guard = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct privilege_user user = nobody();
	pid_t keeper = fork();

	(void)state;
	if (!keeper) {
		pid_t child = fork();

		(void)alarm(2 * PATIENT_S);
		if (!child)
			*guard = privilege_drop(&user, PRIVILEGE_GUARD, NULL) == 0 ?
					 getpid() : -1;
		for (;;)
			(void)pause();
	}
	(void)alarm(PATIENT_S);
	while (!*guard)
		(void)sched_yield();
	assert_int_not_equal(*guard, -1);
	assert_int_equal(kill(keeper, SIGKILL), 0);
	assert_int_equal(waitpid(keeper, NULL, 0), keeper);
	while (kill(*guard, 0) == 0)
		(void)sched_yield();
	(void)alarm(0);
	(void)munmap((void *)guard, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_missing_is_named),
		cmocka_unit_test(test_root_is_refused),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_of_groups_there_are_two_at_most),
		cmocka_unit_test(test_root_cannot_be_had_back),
		cmocka_unit_test(test_a_setuid_program_brings_nothing),
		cmocka_unit_test(test_it_is_limited),
		cmocka_unit_test(test_one_with_rights_is_found_out),
		cmocka_unit_test(test_it_does_not_outlive_its_parent),
	};

	if (geteuid() != 0) {
		printf("1..0 # SKIP not root\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
