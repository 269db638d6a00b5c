/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/ocf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"

#define HAND_TIMEOUT_MS 60000
#define SPARE_MS 500	/* to say how it ended before the manager kills us */

const char *ocf_param(const char *name)
{
	char key[64];
	const char *value;

	(void)snprintf(key, sizeof(key), "OCF_RESKEY_%s", name);
	value = getenv(key);
	return value && *value ? value : NULL;
}

static uint32_t env_u32(const char *name, uint32_t otherwise)
{
	const char *text = getenv(name);
	uint32_t value;

	if (!text || parse_u32(text, UINT32_MAX, &value) < 0)
		return otherwise;
	return value;
}

static bool env_has(const char *name)
{
	const char *text = getenv(name);

	return text && *text;
}

/* The instances of a clone that is globally unique, or of an old manager, have
 * their number behind the id: one binding all the same. */
static void name_instance(const char *id, struct instance *ret)
{
	size_t len = strlen(id), digits = len;
	char *stem = xmemdup0(id, len);

	while (digits && isdigit((unsigned char)id[digits - 1]))
		digits--;
	if (digits > 1 && digits < len && id[digits - 1] == ':')
		stem[digits - 1] = '\0';
	instance_of_resource(stem, ret);
	free(stem);
}

static void name_node(char ret[NODE_NAME_MAX])
{
	const char *name = getenv("OCF_RESKEY_CRM_meta_on_node");
	struct utsname system = { .nodename = "" };

	if (!name || !*name) {
		(void)uname(&system);
		name = system.nodename;
	}
	(void)snprintf(ret, NODE_NAME_MAX, "%.*s", NODE_NAME_MAX - 1, name);
}

void ocf_call_init(const char *action, struct ocf_call *ret)
{
	const char *id = getenv("OCF_RESOURCE_INSTANCE");
	const char *mode = ocf_param("mode");
	struct ocf_call call = { .action = action };
	int64_t spare_ms;

	call.resource = id ? id : "default";
	name_instance(call.resource, &call.instance);
	name_node(call.node);
	/* Pacemaker before 2.1 says it in the old words alone. */
	call.promotable = env_has("OCF_RESKEY_CRM_meta_promoted_max") ||
			  env_has("OCF_RESKEY_CRM_meta_master_max");
	call.observe = mode && !strcmp(mode, "observe");
	call.check_level = env_u32("OCF_CHECK_LEVEL", 0);
	call.timeout_ms = env_u32("OCF_RESKEY_CRM_meta_timeout",
				  HAND_TIMEOUT_MS);
	spare_ms = call.timeout_ms > 4 * SPARE_MS ? SPARE_MS :
						    call.timeout_ms / 4;
	call.deadline_ms = clock_ms() + call.timeout_ms - spare_ms;
	call.knows_degraded = env_u32("OCF_RA_VERSION_MAJOR", 1) > 1 ||
			      env_u32("OCF_RA_VERSION_MINOR", 0) >= 1;
	*ret = call;
}

int64_t ocf_at_most(const struct ocf_call *call, int64_t wanted_ms)
{
	int64_t left_ms = call->deadline_ms - clock_ms();

	return wanted_ms < left_ms ? wanted_ms : left_ms > 0 ? left_ms : 0;
}

enum ocf ocf_of_bound(const struct ocf_call *call, enum ocf code)
{
	if (!call->promotable)
		return code;
	return code == OCF_SUCCESS  ? OCF_RUNNING_PROMOTED :
	       code == OCF_DEGRADED ? OCF_DEGRADED_PROMOTED :
				      OCF_FAILED_PROMOTED;
}

const char *ocf_param_get(void *ctx, const char *name)
{
	char key[64];

	(void)ctx;
	(void)snprintf(key, sizeof(key), "OCF_RESKEY_%s", name);
	return getenv(key);
}

int ocf_params(struct params *ret, struct why *why)
{
	return params_parse(ocf_param_get, NULL, ret, why);
}

enum ocf ocf_reason(enum ocf code, const struct why *why)
{
	const char *prefix = getenv("OCF_EXIT_REASON_PREFIX");

	(void)fprintf(stderr, "%s%s\n", prefix ? prefix : "ocf-exit-reason:",
		      why->text);
	log_line(code == OCF_SUCCESS ? LOG_NOTICE : LOG_ERR, "%s", why->text);
	return code;
}
