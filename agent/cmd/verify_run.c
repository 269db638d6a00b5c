/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/verify_run.h"

#include <errno.h>
#include <stdio.h>

#define NS_PER_MS 1000000ULL
#define QUIET_MS 1000		/* nobody wonders before */
#define STEP_MS 200

struct run {
	qb_loop_t *loop;
	struct verify *verify;
	struct verdict verdict;
	bool shown;
	/* Kept here as what it calls leads back to it. */
	qb_loop_timer_dispatch_fn tick;
};

static void on_done(void *ctx, struct verdict *verdict)
{
	struct run *run = ctx;

	run->verdict = *verdict;
	*verdict = (struct verdict){ 0 };
	run->verify = NULL;
	qb_loop_stop(run->loop);
}

static void tick_after(struct run *run, uint64_t ms)
{
	qb_loop_timer_handle handle;

	/* A missing progress line is no reason to fail. */
	(void)qb_loop_timer_add(run->loop, QB_LOOP_LOW, ms * NS_PER_MS, run,
				run->tick, &handle);
}

static void on_tick(void *ctx)
{
	struct run *run = ctx;
	unsigned int asked, answered;

	if (!run->verify)
		return;
	verify_progress(run->verify, &asked, &answered);
	(void)fprintf(stderr, "\r%u of %u questions answered ...\x1b[K",
		      answered, asked);
	run->shown = true;
	tick_after(run, STEP_MS);
}

int verify_run(const struct verify_request *request, bool progress,
	       struct verdict *ret, struct why *why)
{
	struct run run = { .loop = qb_loop_create(), .tick = on_tick };
	int r;

	if (!run.loop) {
		why_set(why, "cannot make an event loop");
		return -EMFILE;
	}
	r = verify_start(run.loop, request, on_done, &run, &run.verify, why);
	if (!r) {
		if (progress)
			tick_after(&run, QUIET_MS);
		qb_loop_run(run.loop);
		*ret = run.verdict;
	}
	if (run.shown)
		(void)fprintf(stderr, "\r\x1b[K");
	qb_loop_destroy(run.loop);
	return r;
}
