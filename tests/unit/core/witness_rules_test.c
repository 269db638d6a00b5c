/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/witness_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "core/verdict/verdict_rules.h"

#define KNOWN_ALL (2U * BY_RECORDS)

struct row {
	enum witness_found found;
	unsigned int known;
	enum verdict_status status;
	enum blame blame;
	enum reason_class class;
};

#define MET_BY_TWO (ALSO_SEEN | ALSO_REFUSED)

/* One row for each rule: what leads to it, and what must not lead past it. */
static const struct row rows[] = {
	{ SAW_ANOTHER, MET_BY_TWO | BY_LEAK,
	  VERDICT_FAILED, BLAME_OURS, REASON_CALLBACK },
	{ SAW_ANOTHER, MET_BY_TWO | ALSO_TAKEN,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_CALLBACK },
	{ SAW_ANOTHER, MET_BY_TWO | ALSO_WELL,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_CALLBACK },
	{ SAW_ANOTHER, ALSO_SEEN, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_CALLBACK },
	{ SAW_ANOTHER, ALSO_REFUSED, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_CALLBACK },
	{ SAW_ANOTHER, ALSO_WELL, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_CALLBACK },
	{ SAW_ANOTHER, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_CALLBACK },
	{ SAW_NOBODY, MET_BY_TWO, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_CALLBACK },
	{ SAW_NOBODY, ALSO_WELL, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_CALLBACK },
	{ SAW_UNCLEAR, MET_BY_TWO, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_CALLBACK },
	{ SAW_NAME_ONLY, BY_LEAK, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_WAYS_DIFFER },
	{ SAW_NAME_ONLY, MET_BY_TWO, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_WAYS_DIFFER },
	{ SAW_SOURCE_ONLY, BY_NAME | BY_RECORDS, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_WAYS_DIFFER },
	{ SAW_SOURCE_ONLY, BY_NAME | BY_LEAK, VERDICT_DEGRADED, BLAME_THEIRS,
	  REASON_WAYS_DIFFER },
	{ SAW_SOURCE_ONLY, BY_LEAK, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_WAYS_DIFFER },
	{ SAW_SOURCE_ONLY, MET_BY_TWO, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_WAYS_DIFFER },
	{ SAW_LEAK, ALSO_WELL, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_SOURCE_LEAK },
	{ SAW_LEAK, MET_BY_TWO, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_SOURCE_LEAK },
	{ SAW_OTHER_SOURCE, ALSO_WELL | ALSO_SEEN, VERDICT_DEGRADED,
	  BLAME_PATH, REASON_SOURCE_NAT },
	{ SAW_OTHER_SOURCE, MET_BY_TWO, VERDICT_DEGRADED, BLAME_OURS,
	  REASON_SOURCE_NAT },
	{ SAW_OTHER_SOURCE, ALSO_REFUSED, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_SOURCE_NAT },
	{ MUTE_SILENT, MET_BY_TWO, VERDICT_DEGRADED, BLAME_PATH,
	  REASON_WITNESS },
	{ MUTE_UNFOUND, 0, VERDICT_DEGRADED, BLAME_THEIRS, REASON_WITNESS },
	{ MUTE_DENIED, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_WITNESS },
	{ MUTE_BUSY, 0, VERDICT_DEGRADED, BLAME_THEIRS, REASON_WITNESS },
	{ MUTE_STRANGE, 0, VERDICT_DEGRADED, BLAME_THEIRS, REASON_WITNESS },
	{ MUTE_NO_KEY, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_WITNESS },
};

static void test_every_row(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct witness_rule *rule =
			witness_rule(rows[i].found, rows[i].known);

		assert_non_null(rule);
		if (rule->status != rows[i].status ||
		    rule->blame != rows[i].blame ||
		    rule->class != rows[i].class)
			fail_msg("row %zu leads elsewhere", i);
	}
}

static void test_what_is_well_needs_no_rule(void **unused)
{
	(void)unused;
	for (unsigned int known = 0; known < KNOWN_ALL; known++)
		assert_null(witness_rule(SAW_WELL, known));
}

/* Whatever is known: only that two meet somebody else, while none meets us and
 * a remote refuses what no other takes, fails. */
static void test_only_agreement_fails(void **unused)
{
	unsigned int failed = 0;

	(void)unused;
	for (enum witness_found found = SAW_ANOTHER; found <= MUTE_NO_KEY;
	     found++)
		for (unsigned int known = 0; known < KNOWN_ALL; known++) {
			const struct witness_rule *rule =
				witness_rule(found, known);

			assert_non_null(rule);
			if (rule->status == VERDICT_DEGRADED)
				continue;
			failed++;
			assert_int_equal(rule->status, VERDICT_FAILED);
			assert_int_equal(rule->blame, BLAME_OURS);
			assert_int_equal(found, SAW_ANOTHER);
			assert_int_equal(known & MET_BY_TWO, MET_BY_TWO);
			assert_false(known & (ALSO_WELL | ALSO_TAKEN));
		}
	assert_true(failed);
}

/* What a witness's resolver says, beside what others say. */
static void test_every_row_of_its_resolver(void **unused)
{
	static const struct {
		enum found found;
		unsigned int said;
		enum verdict_status status;
		enum blame blame;
		unsigned int class;
	} cases[] = {
		{ BAD, AUTH_GOOD | CACHE_BAD | WITNESSES_BAD,
		  VERDICT_DEGRADED, BLAME_THEIRS, REASON_STALE },
		{ BAD, AUTH_GOOD | AUTH_BAD | CACHE_BAD,
		  VERDICT_DEGRADED, BLAME_OURS, OWN_CLASS },
		{ BAD, CACHE_BAD | CACHE_GOOD,
		  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
		{ BAD, CACHE_BAD | WITNESS_GOOD,
		  VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
		{ BAD, CACHE_BAD, VERDICT_FAILED, BLAME_OURS, OWN_CLASS },
		{ BAD, WITNESSES_BAD, VERDICT_DEGRADED, BLAME_OURS,
		  OWN_CLASS },
		{ BAD, 0, VERDICT_DEGRADED, BLAME_THEIRS, OWN_CLASS },
		{ EXTRA, AUTH_GOOD, VERDICT_DEGRADED, BLAME_THEIRS,
		  REASON_STALE },
		{ EXTRA, CACHE_GOOD, VERDICT_DEGRADED, BLAME_THEIRS,
		  OWN_CLASS },
		{ EXTRA, CACHE_EXTRA, VERDICT_DEGRADED, BLAME_OURS,
		  OWN_CLASS },
		{ HELPED, AUTH_GOOD, VERDICT_DEGRADED, BLAME_THEIRS,
		  REASON_STALE },
		{ HELPED, CACHE_GOOD, VERDICT_DEGRADED, BLAME_THEIRS,
		  OWN_CLASS },
		{ FAULT, CACHE_GOOD, VERDICT_DEGRADED, BLAME_THEIRS,
		  REASON_SERVER_FAULT },
		{ SILENT, WITNESS_GOOD, VERDICT_DEGRADED, BLAME_THEIRS,
		  REASON_SERVER_SILENT },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int own = cases[i].found == BAD ? WITNESS_BAD :
				   cases[i].found == EXTRA ? WITNESS_EXTRA : 0;
		const struct rule *rule = verdict_rule(WITNESS, cases[i].found,
						       cases[i].said | own);

		assert_non_null(rule);
		if (rule->status != cases[i].status ||
		    rule->blame != cases[i].blame ||
		    rule->class != cases[i].class)
			fail_msg("row %zu leads elsewhere", i);
	}
	assert_null(verdict_rule(WITNESS, BAD, AUTH_BAD | WITNESS_BAD));
	assert_null(verdict_rule(WITNESS, GOOD, AUTH_GOOD | WITNESS_GOOD));
}

/* No rule fails by witnesses, unless a nameserver of ours says so too; and
 * where one fails without them, one that sees us well may lift a nameserver's
 * word, but never the authority's. */
static void test_its_resolver_never_decides_alone(void **unused)
{
	const unsigned int all = 2U * WITNESSES_BAD;
	unsigned int failed = 0;

	(void)unused;
	for (unsigned int said = 0; said < all; said++) {
		const unsigned int others = WITNESS_ANY | WITNESSES_BAD;
		const struct rule *rule;
		bool alone;

		for (enum found found = GOOD; found <= LEFT_OUT; found++) {
			rule = verdict_rule(WITNESS, found, said);
			if (!rule || rule->status != VERDICT_FAILED)
				continue;
			failed++;
			assert_true(said & CACHE_BAD);
			assert_false(said & (AUTH_ANY | CACHE_WORKS));
		}
		rule = verdict_rule(AUTHORITY, BAD, said & ~others);
		alone = rule && rule->status == VERDICT_FAILED;
		rule = verdict_rule(AUTHORITY, BAD, said);
		assert_int_equal(alone, rule && rule->status == VERDICT_FAILED);
		rule = verdict_rule(CACHE, BAD, said);
		alone = rule && rule->status == VERDICT_FAILED;
		rule = verdict_rule(CACHE, BAD, said & ~others);
		assert_true(!alone || (rule && rule->status == VERDICT_FAILED));
	}
	assert_true(failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_what_is_well_needs_no_rule),
		cmocka_unit_test(test_only_agreement_fails),
		cmocka_unit_test(test_every_row_of_its_resolver),
		cmocka_unit_test(test_its_resolver_never_decides_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
