/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/tls_files.h"

#include <unistd.h>

#include "core/driver.h"
#include "io/settings.h"

bool tls_files_are_of_a_cluster(void)
{
	return !access("/etc/corosync/corosync.conf", F_OK);
}

int tls_files_look(const struct params *params, struct tls_setup *ret,
		   struct why *why)
{
	struct driver_input in;
	struct settings settings;
	int r = settings_read(params, &settings, why);

	if (r < 0)
		return r;
	in = settings_input(&settings);
	r = driver_find(params->mta)->tls(&in, ret, why);
	settings_done(&settings);
	return r;
}
