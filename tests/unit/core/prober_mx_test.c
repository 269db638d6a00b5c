/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prober_world.h"

static const struct where_row rows[] = {
	{ .remotes = "mx:remote.test", .asked = "192.0.2.1 2001:db8:2::1" },
	{ .remotes = "mx:mixed.test", .asked = "192.0.2.2 2001:db8:2::6" },
	{ .remotes = "mx:bare.test", .asked = "192.0.2.9" },
	{ .remotes = "mx:behind.test", .asked = "192.0.2.1 2001:db8:2::1" },
	{ "mx:null.test", "", OUTCOME_NODATA, "the domain takes no mail (its "
	  "MX record is null, RFC 7505)" },
	{ "mx:silent.test", "", OUTCOME_NOT_ASKED, "its MX records: timeout" },
	{ "mx:broken.test", "", OUTCOME_SERVFAIL, "its MX records: servfail" },
	{ "mx:ours.test", "", OUTCOME_NOT_ASKED,
	  "its best mail server is our own name" },
	{ "mx:beside.test", "", OUTCOME_NOT_ASKED,
	  "its best mail server is our own name" },
	{ "mx:literal.test", "", OUTCOME_NODATA,
	  "its MX records name no host" },
	/* The fifth is not looked up. */
	{ "mx:many.test", "", OUTCOME_NODATA,
	  "the IPv4 address of gone1.test: no such record" },
};

static void each_domain_leads_to_its_best_server(void **state)
{
	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_domain_leads_to_its_best_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
