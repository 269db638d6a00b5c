/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent proper: what the front (mta.c) does not answer by itself. Called
 * by it, with the same argument and environment.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "cmd/actions.h"
#include "cmd/turn.h"

static const struct {
	const char *name;
	enum ocf (*act)(const struct ocf_call *call);
} actions[] = {
	{ "start", action_start },
	{ "promote", action_promote },
	{ "monitor", action_monitor },
	{ "reload-agent", action_reload },
	{ "validate-all", action_validate },
};

/* The keeper's, for the guard; the front and the cluster know nothing of
 * them. */
static bool is_turn(const char *action)
{
	return !strcmp(action, "hold") || !strcmp(action, "release");
}

int main(int argc, char **argv)
{
	struct ocf_call call;

	if (argc < 2)
		return OCF_ERR_ARGS;
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("bindback", isatty(STDERR_FILENO) != 0, false);
	ocf_call_init(argv[1], &call);
	if (argc == 3 && is_turn(argv[1]))
		return (int)turn_action(&call, argv[2]);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(argv[1], actions[i].name))
			return (int)actions[i].act(&call);
	return OCF_ERR_UNIMPLEMENTED;
}
