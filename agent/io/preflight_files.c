/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/preflight_files.h"

#include <errno.h>

#include "base/clock.h"
#include "core/guard/preflight_seen.h"
#include "core/state.h"
#include "core/tls/tls_observe.h"
#include "io/certificate.h"
#include "io/settings.h"

/* Only what surely comes again when it is started is a failure. */
static enum verdict_status settings_status(int r)
{
	switch (r) {
	case -ENOENT:
	case -ENOTDIR:
	case -EISDIR:
	case -ELOOP:
	case -EINVAL:
	case -EFBIG:
	case -ENAMETOOLONG:
		return VERDICT_FAILED;
	default:
		return VERDICT_UNKNOWN;
	}
}

static void look_at_presented(const struct preflight_files *files,
			      struct presented *presented,
			      struct preflight *ret)
{
	const struct identity *id = &files->params->identity;
	struct observation obs[TLS_OBSERVATIONS_MAX];
	unsigned int count;

	/* Only that makes it matter, and it is not for nothing. */
	if (files->policy->sts_domain[0])
		certificate_chain_trust(&presented->chain);
	count = tls_observe(id->name, files->policy, presented, clock_wall_s(),
			    obs);
	for (unsigned int i = 0; i < count; i++)
		preflight_take_certificate(ret, &obs[i]);
}

static void look_at_certificate(const struct preflight_files *files,
				const struct driver *driver,
				const struct driver_input *in,
				struct preflight *ret)
{
	struct presented presented[PRESENTED_MAX];
	struct tls_setup setup;
	struct why why = { "" };
	unsigned int count;

	if (driver->tls(in, &setup, &why) < 0) {
		preflight_add(ret, PREFLIGHT_CERTIFICATE, VERDICT_UNKNOWN, "",
			      "%s", why.text);
		return;
	}
	count = certificate_read_files(&setup, presented);
	for (unsigned int i = 0; i < count; i++) {
		look_at_presented(files, &presented[i], ret);
		presented_done(&presented[i]);
	}
	tls_setup_done(&setup);
}

static void look_at_binding(const struct preflight_files *files,
			    const struct driver *driver,
			    const struct driver_input *in,
			    struct preflight *ret)
{
	const struct params *params = files->params;
	const struct driver_want want = {
		.identity = &params->identity,
		.run_dir = STATE_ROOT "/preflight",
		.unbound_transports = params->unbound_transports,
		.parameters = params->parameters,
		.held = params->hold,
	};
	struct binding binding;
	struct why why = { "" };

	if (driver->derive(in, &want, &binding, &why) < 0) {
		preflight_add(ret, PREFLIGHT_MTA, VERDICT_FAILED, "", "%s",
			      why.text);
		return;
	}
	preflight_take_findings(ret, &binding);
	preflight_take_chroot(ret, &binding);
	binding_done(&binding);
	(void)driver->digest(in, &params->identity, &ret->settings_digest,
			     NULL);
}

void preflight_files_look(const struct preflight_files *files,
			  struct preflight *ret)
{
	const struct driver *driver = driver_find(files->params->mta);
	struct settings settings;
	struct driver_input in;
	struct why why = { "" };
	int r = settings_read(files->params, &settings, &why);

	if (r < 0) {
		preflight_add(ret, PREFLIGHT_MTA, settings_status(r), "", "%s",
			      why.text);
		return;
	}
	in = settings_input(&settings);
	look_at_binding(files, driver, &in, ret);
	look_at_certificate(files, driver, &in, ret);
	settings_done(&settings);
}
