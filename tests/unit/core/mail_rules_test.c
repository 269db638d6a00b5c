/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict/mail_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

struct row {
	enum mail_found found;
	unsigned int known;
	enum verdict_status status;
	enum blame blame;
	unsigned int class;
};

/* By several, and for good. */
#define TURNED_BACK (KNOWN_SECONDED | KNOWN_REFUSED | KNOWN_PERMANENT)

/* One row for each rule: what leads to it, and what must not lead past it. */
static const struct row rows[] = {
	{ MAIL_TURNED_AWAY,
	  KNOWN_RECORDS | KNOWN_AGREED | KNOWN_SECONDED | KNOWN_PERMANENT,
	  VERDICT_FAILED, BLAME_OURS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY, KNOWN_RECORDS | KNOWN_ACCEPTED | KNOWN_PERMANENT,
	  VERDICT_DEGRADED, BLAME_OURS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY,
	  KNOWN_ACCEPTED | KNOWN_AGREED | KNOWN_SECONDED | KNOWN_PERMANENT,
	  VERDICT_DEGRADED, BLAME_THEIRS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY, KNOWN_AGREED | KNOWN_SECONDED | KNOWN_PERMANENT,
	  VERDICT_FAILED, BLAME_OURS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY, KNOWN_AGREED | KNOWN_PERMANENT,
	  VERDICT_DEGRADED, BLAME_OURS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY,
	  KNOWN_AGREED | KNOWN_SECONDED | KNOWN_PERMANENT | KNOWN_PAST,
	  VERDICT_DEGRADED, BLAME_OURS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY, KNOWN_AGREED,
	  VERDICT_DEGRADED, BLAME_OURS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY, KNOWN_PERMANENT,
	  VERDICT_DEGRADED, BLAME_THEIRS, MAIL_OWN_CLASS },
	{ MAIL_TURNED_AWAY, 0,
	  VERDICT_DEGRADED, BLAME_THEIRS, MAIL_OWN_CLASS },
	{ MAIL_POLICY, KNOWN_AGREED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_POLICY },
	{ MAIL_POLICY, KNOWN_AGREED | KNOWN_ACCEPTED,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_POLICY },
	{ MAIL_POLICY, 0, VERDICT_DEGRADED, BLAME_THEIRS, REASON_POLICY },
	{ MAIL_PUT_OFF, KNOWN_AGREED,
	  VERDICT_DEGRADED, BLAME_THEIRS, REASON_INCONCLUSIVE },
	{ MAIL_UNREACHED, KNOWN_AGREED,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_PATH },
	{ MAIL_UNFOUND, 0, VERDICT_DEGRADED, BLAME_THEIRS, REASON_PATH },
	{ MAIL_LEAK, TURNED_BACK | KNOWN_MIRRORED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK },
	{ MAIL_LEAK, TURNED_BACK,
	  VERDICT_FAILED, BLAME_OURS, REASON_SOURCE_LEAK },
	{ MAIL_LEAK, TURNED_BACK | KNOWN_ACCEPTED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK },
	{ MAIL_LEAK, TURNED_BACK | KNOWN_TAKEN,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK },
	{ MAIL_LEAK, TURNED_BACK | KNOWN_PAST,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK },
	{ MAIL_LEAK, KNOWN_REFUSED | KNOWN_PERMANENT,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_LEAK },
	{ MAIL_OTHER_SOURCE, TURNED_BACK | KNOWN_MIRRORED,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, TURNED_BACK,
	  VERDICT_FAILED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, KNOWN_REFUSED | KNOWN_PERMANENT,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, TURNED_BACK | KNOWN_ACCEPTED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, TURNED_BACK | KNOWN_TAKEN,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, TURNED_BACK | KNOWN_PAST,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, KNOWN_REFUSED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, KNOWN_AGREED,
	  VERDICT_DEGRADED, BLAME_OURS, REASON_SOURCE_NAT },
	{ MAIL_OTHER_SOURCE, 0,
	  VERDICT_DEGRADED, BLAME_PATH, REASON_SOURCE_NAT },
	{ MAIL_ROUTE, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_ROUTE },
	{ MAIL_SPF_FAIL, KNOWN_ACCEPTED,
	  VERDICT_FAILED, BLAME_OURS, REASON_SPF },
	{ MAIL_SPF_WEAK, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_SPF },
	{ MAIL_SPF_WRONG, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_SPF },
	{ MAIL_SPF_OPEN, 0, VERDICT_DEGRADED, BLAME_PATH, REASON_SPF },
	{ MAIL_TLS, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_TLS },
	{ MAIL_TLSA, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_TLSA },
	{ MAIL_TLSA_OPEN, 0, VERDICT_DEGRADED, BLAME_OURS, REASON_TLSA },
};

static void test_every_row(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct mail_rule *rule = mail_rule(rows[i].found,
							 rows[i].known);

		assert_non_null(rule);
		if (rule->status != rows[i].status ||
		    rule->blame != rows[i].blame ||
		    rule->class != rows[i].class)
			fail_msg("row %zu leads elsewhere", i);
	}
}

static void test_what_is_fine_needs_no_rule(void **unused)
{
	(void)unused;
	for (unsigned int known = 0; known < 2 * KNOWN_SECONDED; known++)
		assert_null(mail_rule(MAIL_FINE, known));
}

/* Whatever is known: only what bounces mail fails, never by the word of one
 * remote, nor against that of another; and what others or the network do
 * never does. */
static void test_only_ours_fails(void **unused)
{
	unsigned int failed = 0;

	(void)unused;
	for (enum mail_found found = MAIL_TURNED_AWAY; found <= MAIL_TLSA_OPEN;
	     found++)
		for (unsigned int known = 0; known < 2 * KNOWN_SECONDED;
		     known++) {
			const struct mail_rule *rule = mail_rule(found, known);

			assert_non_null(rule);
			assert_int_not_equal(rule->status, VERDICT_VERIFIED);
			assert_int_not_equal(rule->status, VERDICT_UNKNOWN);
			if (rule->status != VERDICT_FAILED)
				continue;
			failed++;
			assert_int_equal(rule->blame, BLAME_OURS);
			assert_false(known & KNOWN_PAST &&
				     found != MAIL_SPF_FAIL);
			assert_true(found == MAIL_SPF_FAIL ||
				    (known & KNOWN_SECONDED &&
				     known & KNOWN_PERMANENT &&
				     !(known & KNOWN_ACCEPTED)));
		}
	assert_true(failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_what_is_fine_needs_no_rule),
		cmocka_unit_test(test_only_ours_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
