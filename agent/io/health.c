/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/health.h"

#include <string.h>

#include "base/file.h"
#include "io/listeners.h"
#include "io/netlink.h"
#include "io/proc.h"


enum health health_of_place(const struct mta_place *place, struct why *why)
{
	struct mta_processes found = { 0 };
	char exe[PATH_MAX] = "?";
	pid_t pid;

	if (mta_find(place, &found, why) < 0)
		return HEALTH_BROKEN;
	if (!found.master_count && !found.other_count)
		return HEALTH_STOPPED;
	pid = found.master_count ? found.masters[0] : found.others[0];
	(void)proc_link(pid, PROC_EXE, exe);
	why_set(why, "the mail system of %s runs (%s, pid %d), but was not "
		"started by this resource: it is not bound",
		place->spool_dir, exe, pid);
	mta_processes_done(&found);
	return HEALTH_BROKEN;
}

/* The recorded master has gone: is another here? Children that outlive it for
 * a while are its own, no other mail system. */
static enum health master_gone(const struct state *state, struct why *why)
{
	struct mta_processes found = { 0 };
	struct mta_place place;

	mta_place_of_state(state, &place);
	if (!mta_find(&place, &found, NULL) && found.master_count)
		(void)health_of_place(&place, why);
	else
		why_set(why, "the master process (pid %lld) has died",
			(long long)state->master_pid);
	mta_processes_done(&found);
	return HEALTH_BROKEN;
}

static enum health check_master(const struct state *state, struct why *why)
{
	pid_t pid = (pid_t)state->master_pid;
	BUF_CLEAN config = { 0 };
	struct process process;
	char exe[PATH_MAX];

	if (proc_stat(pid, &process) < 0 || process.state == 'Z' ||
	    process.start_ticks != state->master_start_ticks)
		return master_gone(state, why);
	if (process.state == 'T') {
		why_set(why, "the master process (pid %d) is stopped by a "
			"signal (state %c)",
			pid, process.state);
		return HEALTH_BROKEN;
	}
	if (proc_link(pid, PROC_EXE, exe) < 0 ||
	    strcmp(exe, state->program) != 0)
		return master_gone(state, why);
	if (proc_env(pid, "MAIL_CONFIG", &config) < 0 ||
	    strcmp(config.data, state->overlay_dir) != 0) {
		why_set(why, "the master process (pid %d) does not read %s: it "
			"is not bound",
			pid, state->overlay_dir);
		return HEALTH_BROKEN;
	}
	return HEALTH_BOUND;
}

static enum health check_addrs(const struct state *state, struct why *why)
{
	struct local_addr here[IDENTITY_ADDRS];
	const struct identity *id = &state->identity;

	if (netlink_find_addrs(id->addrs, id->count, here, why) < 0)
		return HEALTH_BROKEN;
	for (unsigned int i = 0; i < id->count; i++) {
		if (here[i].ifindex && !here[i].duplicate)
			continue;
		why_set(why, "the virtual address %s %s",
			addr_text(&id->addrs[i]).s,
			here[i].ifindex ? "is also on another host (duplicate "
				"address)" :
					  "is not on this node");
		return HEALTH_BROKEN;
	}
	return HEALTH_BOUND;
}

static enum health check_listeners(const struct state *state, struct why *why)
{
	return listeners_check(state, why) < 0 ? HEALTH_BROKEN : HEALTH_BOUND;
}

static enum health check_overlay(const struct state *state, struct why *why)
{
	for (size_t i = 0; i < state->overlay.count; i++) {
		const struct state_file *file = &state->overlay.items[i];
		uint64_t digest;

		if (file_digest(file->path, STATE_OVERLAY_MAX, &digest, why) <
		    0)
			return HEALTH_BROKEN;
		if (digest == file->digest)
			continue;
		why_set(why, "%s was changed by somebody else: it is not known "
			"what the mail system is bound to",
			file->path);
		return HEALTH_BROKEN;
	}
	return HEALTH_BOUND;
}

enum health health_of_state(const struct state *state, struct why *why)
{
	static enum health (*const checks[])(const struct state *,
					     struct why *) = {
		check_master, check_addrs, check_listeners, check_overlay,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		enum health health = checks[i](state, why);

		if (health != HEALTH_BOUND)
			return health;
	}
	return HEALTH_BOUND;
}
