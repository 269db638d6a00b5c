/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard/preflight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/array.h"

#define GOOD VERDICT_VERIFIED
#define SO_SO VERDICT_DEGRADED
#define BAD VERDICT_FAILED
#define WHO_KNOWS VERDICT_UNKNOWN

struct item {
	enum preflight_check check;
	enum verdict_status status;
};

struct row {
	const char *what;
	struct item items[4];
	size_t count;
	enum verdict_status want;
	unsigned int want_reachable;
};

static const struct row rows[] = {
	{ "nothing was looked at", { { 0 } }, 0, WHO_KNOWS, 1000 },
	{ "all is well", { { PREFLIGHT_MTA, GOOD },
			   { PREFLIGHT_REMOTE, GOOD } }, 2, GOOD, 1000 },
	{ "a check that is degraded", { { PREFLIGHT_MTA, GOOD },
					{ PREFLIGHT_CHROOT, SO_SO } }, 2,
	  SO_SO, 1000 },
	{ "unknown outweighs degraded", { { PREFLIGHT_MTA, SO_SO },
					  { PREFLIGHT_CHROOT, WHO_KNOWS } },
	  2, WHO_KNOWS, 1000 },
	{ "failed outweighs unknown", { { PREFLIGHT_MTA, BAD },
					{ PREFLIGHT_CHROOT, WHO_KNOWS } },
	  2, BAD, 1000 },
	{ "each address wants its network", { { PREFLIGHT_INTERFACE, GOOD },
					      { PREFLIGHT_INTERFACE, BAD } },
	  2, BAD, 1000 },
	{ "one nameserver is enough", { { PREFLIGHT_NAMESERVER, BAD },
					{ PREFLIGHT_NAMESERVER, GOOD } }, 2,
	  SO_SO, 1000 },
	{ "none is not", { { PREFLIGHT_NAMESERVER, BAD },
			   { PREFLIGHT_NAMESERVER, BAD } }, 2, BAD, 1000 },
	{ "one that is not known may be good", {
	  { PREFLIGHT_NAMESERVER, BAD }, { PREFLIGHT_NAMESERVER, WHO_KNOWS } },
	  2, WHO_KNOWS, 1000 },
	{ "one family has a route", { { PREFLIGHT_ROUTE, BAD },
				      { PREFLIGHT_ROUTE, GOOD } }, 2, SO_SO,
	  1000 },
	{ "no family has one", { { PREFLIGHT_ROUTE, BAD } }, 1, BAD, 1000 },
	{ "some remotes are out of reach", { { PREFLIGHT_REMOTE, GOOD },
					     { PREFLIGHT_REMOTE, SO_SO },
					     { PREFLIGHT_REMOTE, SO_SO } }, 3,
	  SO_SO, 333 },
	{ "all are: a firewall for the virtual addresses?", {
	  { PREFLIGHT_REMOTE, SO_SO }, { PREFLIGHT_REMOTE, SO_SO } }, 2,
	  WHO_KNOWS, 1000 },
	{ "whoever says so", { { PREFLIGHT_REMOTE, BAD } }, 1, WHO_KNOWS,
	  1000 },
	{ "those that were not tried do not count", {
	  { PREFLIGHT_REMOTE, GOOD }, { PREFLIGHT_REMOTE, WHO_KNOWS },
	  { PREFLIGHT_REMOTE, SO_SO } }, 3, SO_SO, 500 },
	{ "none was tried", { { PREFLIGHT_REMOTE, WHO_KNOWS } }, 1, WHO_KNOWS,
	  1000 },
};

static void test_judge(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct preflight preflight = { 0 };

		for (size_t n = 0; n < rows[i].count; n++)
			preflight_add(&preflight, rows[i].items[n].check,
				      rows[i].items[n].status, "", "%s", "");
		if (preflight_judge(&preflight) != rows[i].want ||
		    preflight_reachable(&preflight) != rows[i].want_reachable)
			fail_msg("%s: %s, %u", rows[i].what,
				 verdict_status_text(
					 preflight_judge(&preflight)),
				 preflight_reachable(&preflight));
	}
}

static void test_texts_are_made_safe(void **unused)
{
	struct preflight preflight = { 0 };
	char longer[400];

	(void)unused;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	preflight_add(&preflight, PREFLIGHT_MTA, BAD, "a\nb", "%s is \x1b[31m",
		      "it");
	preflight_add(&preflight, PREFLIGHT_MTA, BAD, longer, "%s", longer);
	assert_int_equal(preflight.count, 2);
	assert_string_equal(preflight.items[0].subject, "a\\x0ab");
	assert_string_equal(preflight.items[0].text, "it is \\x1b[31m");
	assert_int_equal(strlen(preflight.items[1].subject), 63);
	assert_int_equal(strlen(preflight.items[1].text), 191);
}

static unsigned int count_of(const struct preflight *preflight,
			     enum verdict_status status)
{
	unsigned int count = 0;

	for (size_t i = 0; i < preflight->count; i++)
		count += preflight->items[i].status == status;
	return count;
}

static void test_full(void **unused)
{
	struct preflight preflight = { 0 };

	(void)unused;
	for (size_t i = 0; i < PREFLIGHT_ITEMS_MAX; i++)
		preflight_add(&preflight, PREFLIGHT_REMOTE,
			      i ? SO_SO : GOOD, "", "%s", "");
	preflight_add(&preflight, PREFLIGHT_MTA, GOOD, "", "%s", "");
	assert_false(preflight_has(&preflight, PREFLIGHT_MTA));
	for (int i = 0; i < 3; i++)
		preflight_add(&preflight, PREFLIGHT_MTA, BAD, "", "%s", "");
	assert_int_equal(preflight.count, PREFLIGHT_ITEMS_MAX);
	assert_int_equal(count_of(&preflight, GOOD), 0);
	assert_int_equal(count_of(&preflight, BAD), 3);
	for (size_t i = 0; i < 2 * PREFLIGHT_ITEMS_MAX; i++)
		preflight_add(&preflight, PREFLIGHT_MTA, BAD, "", "%s", "");
	assert_int_equal(count_of(&preflight, BAD), PREFLIGHT_ITEMS_MAX);
}

static void test_drop(void **unused)
{
	struct preflight preflight = { 0 };

	(void)unused;
	preflight_add(&preflight, PREFLIGHT_CLOCK, SO_SO, "", "%s", "");
	preflight_add(&preflight, PREFLIGHT_MTA, GOOD, "", "%s", "");
	preflight_add(&preflight, PREFLIGHT_CLOCK, GOOD, "", "%s", "");
	preflight_drop(&preflight, PREFLIGHT_CLOCK);
	assert_int_equal(preflight.count, 1);
	assert_int_equal(preflight.items[0].check, PREFLIGHT_MTA);
}

static void test_sort(void **unused)
{
	struct preflight preflight = { 0 };

	(void)unused;
	preflight_add(&preflight, PREFLIGHT_MTA, BAD, "", "%s", "b");
	preflight_add(&preflight, PREFLIGHT_MTA, GOOD, "", "%s", "a");
	preflight_add(&preflight, PREFLIGHT_REMOTE, BAD, "y", "%s", "");
	preflight_add(&preflight, PREFLIGHT_REMOTE, BAD, "x", "%s", "z");
	preflight_sort(&preflight);
	assert_string_equal(preflight.items[0].subject, "x");
	assert_string_equal(preflight.items[1].subject, "y");
	assert_string_equal(preflight.items[2].text, "a");
	assert_string_equal(preflight.items[3].text, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_texts_are_made_safe),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
