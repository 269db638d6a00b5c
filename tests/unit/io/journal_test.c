/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/journal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/file.h"

#define DIGITS_32 "D1234567890123456789012345678901"
#define DIGITS_65 DIGITS_32 DIGITS_32 "2"
#define VALUE_MAX (2 * JOURNAL_ENTRY_MAX)

struct world {
	char dir[64];
	char path[96];
	int fd;		/* the journal's end */
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)snprintf(world->dir, sizeof(world->dir), "/tmp/journal.XXXXXX");
	if (!mkdtemp(world->dir))
		return -1;
	(void)snprintf(world->path, sizeof(world->path), "%s/socket",
		       world->dir);
	memcpy(at.sun_path, world->path, sizeof(world->path));
	world->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   0);
	*state = world;
	return bind(world->fd, (struct sockaddr *)&at, sizeof(at));
}

static int teardown(void **state)
{
	struct world *world = *state;
	int r = file_remove_tree(world->dir, NULL);

	(void)close(world->fd);
	free(world);
	return r;
}

static void expect(int fd, const void *wanted, size_t len)
{
	char got[512];

	assert_int_equal(recv(fd, got, sizeof(got), 0), len);
	assert_memory_equal(got, wanted, len);
}

static void test_fields_as_the_protocol_has_them(void **state)
{
	static const struct journal_field fields[] = {
		{ "MESSAGE", "event 9322: a=b" },
		{ "BINDBACK_EMPTY", "" },
		{ "BINDBACK_EVENT", "9322" },
		{ "LINES", "one\ntwo" },
		{ "X1_", "last" },
	};
	static const char wanted[] =
		"MESSAGE=event 9322: a=b\n"
		"BINDBACK_EVENT=9322\n"
		"LINES\n\7\0\0\0\0\0\0\0one\ntwo\n"
		"X1_=last\n";
	struct world *world = *state;

	assert_int_equal(journal_send(world->path, fields, ARRAY_SIZE(fields),
				      NULL), 0);
	expect(world->fd, wanted, sizeof(wanted) - 1);
}

/* What comes from outside cannot add a field of its own. */
static void test_a_value_stays_one(void **state)
{
	static const struct journal_field field = {
		"BINDBACK_EVIDENCE", "x\nMESSAGE_ID=0\n_PID=1",
	};
	static const char wanted[] = "BINDBACK_EVIDENCE\n\x15\0\0\0\0\0\0\0"
				     "x\nMESSAGE_ID=0\n_PID=1\n";
	struct world *world = *state;

	assert_int_equal(journal_send(world->path, &field, 1, NULL), 0);
	expect(world->fd, wanted, sizeof(wanted) - 1);
}

static void test_names_are_checked(void **state)
{
	static const char *const names[] = {
		"", "_PID", "1ST", "lower", "A=B", "A B", "A\n", "\xc3\x84",
		DIGITS_65,
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct journal_field field = { names[i], "x" };
		struct why why = { "" };

		assert_int_equal(journal_send(world->path, &field, 1, &why),
				 -EINVAL);
		assert_non_null(strstr(why.text, "is no name of a journal's"));
	}
	assert_int_equal(recv(world->fd, &(char){ 0 }, 1, 0), -1);
}

static void test_an_entry_is_bounded(void **state)
{
	struct world *world = *state;
	char *value = xcalloc(1, VALUE_MAX);
	struct journal_field field = { "A", value };
	char *got = xcalloc(1, VALUE_MAX);

	memset(value, 'x', JOURNAL_ENTRY_MAX - 3);
	assert_int_equal(journal_send(world->path, &field, 1, NULL), 0);
	assert_int_equal(recv(world->fd, got, VALUE_MAX, 0),
			 JOURNAL_ENTRY_MAX);
	value[JOURNAL_ENTRY_MAX - 3] = 'x';
	assert_int_equal(journal_send(world->path, &field, 1, NULL),
			 -EMSGSIZE);
	free(got);
	free(value);
}

static void test_no_journal(void **state)
{
	static const struct journal_field field = { "MESSAGE", "x" };
	struct world *world = *state;
	struct why why = { "" };

	assert_int_equal(journal_send("/nowhere/socket", &field, 1, &why),
			 -ENOENT);
	assert_string_equal(why.text, "cannot send to the journal at "
			    "/nowhere/socket: No such file or directory");
	(void)close(world->fd);
	world->fd = -1;
	assert_int_equal(journal_send(world->path, &field, 1, NULL),
			 -ECONNREFUSED);
}

/* A journal that hangs does not hang us. */
static void test_a_journal_that_does_not_read(void **state)
{
	static const struct journal_field field = { "MESSAGE", "x" };
	struct world *world = *state;
	int r = 0;

	for (unsigned int i = 0; !r && i < 100000; i++)
		r = journal_send(world->path, &field, 1, NULL);
	assert_int_equal(r, -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_fields_as_the_protocol_has_them, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_value_stays_one, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_names_are_checked, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_an_entry_is_bounded,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_journal, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_a_journal_that_does_not_read, setup, teardown),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
