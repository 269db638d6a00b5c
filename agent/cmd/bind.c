/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/bind.h"

#include <errno.h>

#include "base/log.h"

void bind_done(struct bind *bind)
{
	if (!bind)
		return;
	binding_done(&bind->binding);
	settings_done(&bind->settings);
	params_done(&bind->params);
}

/* Only what surely comes again here may bar this node: a postconf that was
 * slow or a table of files that was full is OCF_ERR_GENERIC. */
static enum ocf settings_code(int r)
{
	switch (r) {
	case 0:
		return OCF_SUCCESS;
	case -ENOENT:
	case -ENOTDIR:
		return OCF_ERR_INSTALLED;
	case -EACCES:
	case -EPERM:
		return OCF_ERR_PERM;
	case -EINVAL:
	case -EISDIR:
	case -ELOOP:
	case -EFBIG:
	case -ENAMETOOLONG:
		return OCF_ERR_ARGS;
	default:
		return OCF_ERR_GENERIC;
	}
}

enum ocf bind_vary(const struct instance *instance, bool held,
		   struct bind *bind, struct why *why)
{
	const struct driver_input in = settings_input(&bind->settings);
	const struct driver_want want = {
		.identity = &bind->params.identity,
		.run_dir = instance->dir,
		.unbound_transports = bind->params.unbound_transports,
		.parameters = bind->params.parameters,
		.held = held,
	};
	struct binding binding;

	if (driver_find(bind->params.mta)->derive(&in, &want, &binding, why) <
	    0)
		return OCF_ERR_ARGS;
	binding_done(&bind->binding);
	bind->binding = binding;
	return OCF_SUCCESS;
}

enum ocf bind_derive(const struct instance *instance, struct params *params,
		     bool held, struct bind *ret, struct why *why)
{
	struct bind bind = { .params = *params };
	enum ocf code;

	*params = (struct params){ 0 };
	code = settings_code(settings_read(&bind.params, &bind.settings, why));
	if (code == OCF_SUCCESS)
		code = bind_vary(instance, held, &bind, why);
	if (code == OCF_SUCCESS)
		*ret = bind;
	else
		bind_done(&bind);
	return code;
}

void bind_log_findings(const struct binding *binding)
{
	for (size_t i = 0; i < binding->finding_count; i++) {
		const struct finding *finding = &binding->findings[i];

		log_line(finding->level == FINDING_WARNING ? LOG_WARNING :
							     LOG_INFO,
			 "%s", finding->text);
	}
}
