/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/attribute.h"

#include <stdio.h>

#include "base/log.h"
#include "base/run.h"

#define TIMEOUT_MS 3000

static int update(const struct ocf_call *call, const char *name,
		  const char *value, struct why *why)
{
	const char *const argv[] = { "/usr/sbin/attrd_updater", "-n", name,
				     value ? "-U" : "-D", value, NULL };
	const char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				     NULL };
	const struct run_spec spec = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = ocf_at_most(call, TIMEOUT_MS),
	};
	struct run_result result;
	int r;

	r = run(&spec, &result, why);
	if (r < 0)
		return r;
	r = result.exit_status;
	run_result_done(&result);
	if (r)
		why_set(why, "attrd_updater ended with status %d", r);
	return r;
}

void attribute_set(const struct ocf_call *call, const char *value)
{
	char name[sizeof("bindback-") + INSTANCE_ID_MAX];
	struct why why = { "" };

	(void)snprintf(name, sizeof(name), "bindback-%s", call->instance.id);
	if (update(call, name, value, &why))
		log_line(LOG_WARNING, "node attribute %s not %s: %s", name,
			 value ? "set" : "deleted", why.text);
}
