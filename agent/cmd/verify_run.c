/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/verify_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#define NS_PER_MS 1000000ULL
#define QUIET_MS 1000		/* nobody wonders before */
#define STEP_MS 200

struct verify_run {
	qb_loop_t *loop;
	struct verify *verify;	/* NULL: the verdict has come */
	struct verdict verdict;
};

static void on_verdict(void *ctx, struct verdict *verdict)
{
	struct verify_run *run = ctx;

	run->verdict = *verdict;
	run->verify = NULL;
	qb_loop_stop(run->loop);
}

int verify_run_start(const struct verify_request *request,
		     struct verify_run **ret, struct why *why)
{
	struct verify_run *run = xcalloc(1, sizeof(*run));
	int r;

	run->loop = qb_loop_create();
	if (!run->loop) {
		why_set(why, "cannot make an event loop");
		free(run);
		return -EMFILE;
	}
	r = verify_start(run->loop, request, on_verdict, run, &run->verify,
			 why);
	if (r < 0) {
		qb_loop_destroy(run->loop);
		free(run);
		return r;
	}
	*ret = run;
	return 0;
}

static void on_pause(void *data)
{
	struct verify_run *run = data;

	qb_loop_stop(run->loop);
}

bool verify_run_wait(struct verify_run *run, int64_t wait_ms)
{
	qb_loop_timer_handle timer;

	if (!run->verify)
		return true;
	if (qb_loop_timer_add(run->loop, QB_LOOP_LOW,
			      (uint64_t)wait_ms * NS_PER_MS, run, on_pause,
			      &timer) < 0)
		abort();
	qb_loop_run(run->loop);
	if (run->verify)
		return false;
	(void)qb_loop_timer_del(run->loop, timer);
	return true;
}

static void show_progress(struct verify_run *run)
{
	unsigned int asked, answered;

	if (verify_run_wait(run, QUIET_MS))
		return;
	do {
		verify_progress(run->verify, &asked, &answered);
		(void)fprintf(stderr, "\r%u of %u questions answered ..."
			      "\x1b[K", answered, asked);
	} while (!verify_run_wait(run, STEP_MS));
	(void)fprintf(stderr, "\r\x1b[K");
}

void verify_run_take(struct verify_run *run, bool progress,
		     struct verdict *ret)
{
	if (progress)
		show_progress(run);
	if (run->verify)
		qb_loop_run(run->loop);
	*ret = run->verdict;
	qb_loop_destroy(run->loop);
	free(run);
}

void verify_run_cancel(struct verify_run *run)
{
	if (!run)
		return;
	verify_cancel(run->verify);
	verdict_done(&run->verdict);
	qb_loop_destroy(run->loop);
	free(run);
}
