/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/attribute.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/run.h"

#define TIMEOUT_MS 3000

static void update(const struct ocf_call *call, const char *const *argv,
		   const char *what)
{
	const char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				     NULL };
	const struct run_spec spec = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = ocf_at_most(call, TIMEOUT_MS),
	};
	struct run_result result;
	struct why why = { "" };
	int r;

	r = run(&spec, &result, &why);
	if (!r && result.exit_status)
		why_set(&why, "%s ended with status %d", argv[0],
			result.exit_status);
	if (!r)
		run_result_done(&result);
	if (*why.text)
		log_line(LOG_WARNING, "%s not deleted: %s", what, why.text);
}

void attribute_delete(const struct ocf_call *call)
{
	char name[sizeof("bindback-") + INSTANCE_ID_MAX];
	char what[sizeof("node attribute ") + sizeof(name)];
	const char *const argv[] = { "/usr/sbin/attrd_updater", "-n", name,
				     "-D", NULL };

	(void)snprintf(name, sizeof(name), "bindback-%s", call->instance.id);
	(void)snprintf(what, sizeof(what), "node attribute %s", name);
	update(call, argv, what);
}

void attribute_delete_score(const struct ocf_call *call)
{
	const char *const argv[] = { "/usr/sbin/crm_attribute", "--promotion",
				     call->resource, "-l", "reboot", "-D",
				     NULL };

	update(call, argv, "the promotion score");
}
