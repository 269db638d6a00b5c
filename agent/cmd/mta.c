/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ocf:bindback:mta as Pacemaker runs it. Every library costs each call its
 * loading time, and stop must work when none of them does: so this front
 * answers meta-data, monitor at level 0 and stop with libc and libmnl, and
 * becomes the agent proper (exec, no fork) for the rest.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/local.h"
#include "mta_metadata.h"

static const char usage[] =
	"usage: mta start|stop|promote|demote|notify|monitor|reload-agent|"
	"validate-all|meta-data\n"
	"This is the resource agent ocf:bindback:mta; Pacemaker runs it.\n";

static enum ocf print_metadata(void)
{
	size_t len = sizeof(mta_metadata) - 1;

	if (fwrite(mta_metadata, 1, len, stdout) != len || fflush(stdout) != 0)
		return OCF_ERR_GENERIC;
	return OCF_SUCCESS;
}

static enum ocf become_agent(char **argv)
{
	struct why why = { "" };
	int error;

	(void)execv(BINDBACK_AGENT, argv);
	error = errno;
	why_set(&why, "cannot run %s: %s", BINDBACK_AGENT, strerror(error));
	return ocf_reason(OCF_ERR_INSTALLED, &why);
}

static bool is_agents(const char *action)
{
	return !strcmp(action, "start") || !strcmp(action, "reload-agent") ||
	       !strcmp(action, "validate-all");
}

static enum ocf monitor(const struct ocf_call *call, char **argv)
{
	enum ocf code = local_monitor(call);

	if ((code != OCF_SUCCESS && code != OCF_RUNNING_PROMOTED) ||
	    call->check_level < 10)
		return code;
	return become_agent(argv);
}

/* A primitive has one role alone. */
static enum ocf not_promotable(const struct ocf_call *call)
{
	struct why why = { "" };

	why_set(&why, "%s: %s is no promotable clone", call->action,
		call->resource);
	return ocf_reason(OCF_ERR_UNIMPLEMENTED, &why);
}

static enum ocf act(const struct ocf_call *call, char **argv)
{
	if (!strcmp(call->action, "stop"))
		return local_stop(call);
	if (!strcmp(call->action, "monitor"))
		return monitor(call, argv);
	if (!call->promotable)
		return not_promotable(call);
	return !strcmp(call->action, "demote") ? local_demote(call) :
						 become_agent(argv);
}

static bool is_known(const char *action)
{
	return !strcmp(action, "stop") || !strcmp(action, "monitor") ||
	       !strcmp(action, "promote") || !strcmp(action, "demote");
}

int main(int argc, char **argv)
{
	struct why why = { "" };
	struct ocf_call call;

	if (argc < 2) {
		(void)fputs(usage, stderr);
		return OCF_ERR_ARGS;
	}
	if (!strcmp(argv[1], "meta-data"))
		return (int)print_metadata();
	/* What there is to know of other nodes, guards tell each other. */
	if (!strcmp(argv[1], "notify"))
		return OCF_SUCCESS;
	if (is_agents(argv[1]))
		return (int)become_agent(argv);
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("bindback", isatty(STDERR_FILENO) != 0, false);
	if (!is_known(argv[1])) {
		(void)fputs(usage, stderr);
		return OCF_ERR_UNIMPLEMENTED;
	}
	if (geteuid() != 0) {
		why_set(&why, "%s needs root, to see other users' processes",
			argv[1]);
		return (int)ocf_reason(OCF_ERR_PERM, &why);
	}
	ocf_call_init(argv[1], &call);
	return (int)act(&call, argv);
}
