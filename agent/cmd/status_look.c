/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/status_look.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/guard_files.h"
#include "io/instances.h"
#include "io/proc.h"

struct status_source {
	struct instance instance;
	struct state state;
	struct guard_view *view;
	struct why state_why;
	struct why guard_why;
};

static bool is_running(const struct state *state)
{
	struct process process;

	return state->master_pid > 0 && state->master_pid <= INT_MAX &&
	       !proc_stat((pid_t)state->master_pid, &process) &&
	       process.state != 'Z' &&
	       process.start_ticks == state->master_start_ticks;
}

static void look_at_record(struct status_source *source, struct status *status)
{
	int r = instance_load(&source->instance, &source->state,
			      &source->state_why);

	if (!r) {
		status->state = &source->state;
		status->running = is_running(&source->state);
	} else if (r != -ENOENT) {
		status->state_why = source->state_why.text;
	}
}

static void look_at_life(const struct guard_files *files,
			 struct status_source *source, struct status *status)
{
	pid_t pid = guard_lock_owner(files->lock, &source->guard_why);

	status->guard = pid > 0 ? STATUS_GUARD_RUNS :
			pid < 0 ? STATUS_GUARD_UNKNOWN : STATUS_GUARD_GONE;
	status->guard_pid = pid > 0 ? pid : 0;
	if (pid < 0)
		status->guard_why = source->guard_why.text;
	if (pid)
		return;
	pid = guard_lock_owner(files->keeper_lock, NULL);
	if (pid > 0) {
		why_set(&source->guard_why,
			"its keeper, process %d, is to start it again", pid);
		status->guard_why = source->guard_why.text;
	}
}

static void look_at_guard(struct status_source *source, struct status *status)
{
	struct guard_files files;
	int r;

	guard_files_of(&source->instance, &files);
	if (access(files.dir, F_OK) < 0 && errno == ENOENT)
		return;
	look_at_life(&files, source, status);
	source->view = xcalloc(1, sizeof(*source->view));
	r = guard_view_load(&files, source->view, &source->guard_why);
	if (!r) {
		status->view = source->view;
	} else if (r != -ENOENT) {
		status->guard = STATUS_GUARD_UNKNOWN;
		status->guard_why = source->guard_why.text;
	}
}

int status_look(const struct instance *only, struct status_look *ret,
		struct why *why)
{
	struct instance *list = NULL;
	struct status *items;
	size_t count = 1;
	int r;

	if (!only) {
		r = instances_here(&list, &count, why);
		if (r < 0)
			return r;
	}
	*ret = (struct status_look){ .list.count = count };
	ret->list.items = items = xcalloc(count + 1, sizeof(*items));
	ret->list.now_s = clock_wall_s();
	ret->sources = xcalloc(count + 1, sizeof(*ret->sources));
	for (size_t i = 0; i < count; i++) {
		struct status_source *source = &ret->sources[i];

		source->instance = only ? *only : list[i];
		items[i] = (struct status){
			.id = source->instance.id,
			.version = BINDBACK_VERSION,
		};
		look_at_record(source, &items[i]);
		look_at_guard(source, &items[i]);
		/* After what was read: nothing of it is of a time to come. */
		items[i].now_s = clock_wall_s();
	}
	free(list);
	return 0;
}

void status_look_done(struct status_look *look)
{
	for (size_t i = 0; i < look->list.count; i++) {
		state_done(&look->sources[i].state);
		free(look->sources[i].view);
	}
	free(look->sources);
	free((struct status *)look->list.items);
	*look = (struct status_look){ .sources = NULL };
}
