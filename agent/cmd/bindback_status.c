/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cmd/command.h"
#include "core/status/status_text.h"
#include "io/instances.h"
#include "io/proc.h"

static const char help[] =
	"Usage: bindback status [--resource=ID]\n"
	"\n"
	"Shows what is bound on this node, whether mail to remotes is held, "
	"the agent's last\n"
	"verdict with its age, and when it verifies next. Asks nobody: it "
	"reads what the agent\n"
	"wrote.\n"
	"\n"
	"  --resource=ID  only this resource; without it all\n"
	"  --help         this text\n"
	"\n"
	"Exit status: that of the worst: 0 verified, 1 degraded, 2 failed (or "
	"the mail\n"
	"system is gone), 3 unknown (or the verdict is too old, or nothing is "
	"bound),\n"
	"64 wrong usage.\n";

static bool is_running(const struct state *state)
{
	struct process process;

	return state->master_pid > 0 && state->master_pid <= INT_MAX &&
	       !proc_stat((pid_t)state->master_pid, &process) &&
	       process.state != 'Z' &&
	       process.start_ticks == state->master_start_ticks;
}

/* Failed outweighs unknown, as in a verdict. */
static int worst(int a, int b)
{
	static const int ranks[] = {
		[VERDICT_VERIFIED] = 0,
		[VERDICT_DEGRADED] = 1,
		[VERDICT_UNKNOWN] = 2,
		[VERDICT_FAILED] = 3,
	};

	return ranks[a] > ranks[b] ? a : b;
}

static int show(const struct instance *instance, struct buf *out)
{
	struct status status = { .id = instance->id };
	struct why why = { "" };
	struct state state;
	int r;

	r = instance_load(instance, &state, &why);
	if (r == -ENOENT) {
		buf_printf(out, "%s: not bound on this node\n", instance->id);
		return VERDICT_UNKNOWN;
	}
	if (r < 0) {
		buf_printf(out, "%s: %s\n", instance->id, why.text);
		return VERDICT_UNKNOWN;
	}
	status.state = &state;
	status.running = is_running(&state);
	status.now_s = clock_wall_s();
	status_text_print(&status, false, out);
	r = (int)status_judge(&status);
	state_done(&state);
	return r;
}

static int show_all(struct buf *out)
{
	struct instance *list = NULL;
	struct why why = { "" };
	size_t count = 0;
	int status = VERDICT_VERIFIED;

	if (instances_list(&list, &count, &why) < 0)
		return command_failed("status", &why);
	for (size_t i = 0; i < count; i++)
		status = worst(status, show(&list[i], out));
	free(list);
	if (!count) {
		buf_puts(out, "no resource is bound on this node\n");
		status = VERDICT_UNKNOWN;
	}
	return status;
}

static int status_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "resource", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *id = NULL;
	struct instance instance;
	BUF_CLEAN out = { 0 };
	int c, r;

	while ((c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		if (c == '?')
			return STATUS_USAGE;
		id = optarg;
	}
	buf_init(&out);
	if (!id) {
		r = show_all(&out);
	} else {
		r = command_instance(argv[0], id, &instance);
		if (r)
			return r;
		r = show(&instance, &out);
	}
	return command_output(argv[0], out.data, r);
}

const struct command command_status = {
	"status", "what is bound here, held or not, and the last verdict",
	status_main,
};
