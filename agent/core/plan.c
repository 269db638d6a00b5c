/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

struct plan_step *plan_add(struct plan *plan, enum plan_op op,
			   const char *path, const char *what)
{
	struct plan_step *step;

	plan->steps = xgrow(plan->steps, plan->count, sizeof(*step));
	step = &plan->steps[plan->count++];
	*step = (struct plan_step){
		.op = op,
		.path = path ? xstrdup(path) : NULL,
		.what = xstrdup(what),
	};
	return step;
}

char **plan_strings(const char *const *list)
{
	size_t count = 0;
	char **copy;

	while (list[count])
		count++;
	copy = xcalloc(count + 1, sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = xstrdup(list[i]);
	return copy;
}

static void strings_free(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

void plan_done(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_step *step = &plan->steps[i];

		free(step->what);
		free(step->path);
		free(step->from);
		free(step->text);
		free(step->cwd);
		free(step->awaited);
		strings_free(step->argv);
		strings_free(step->env);
		strings_free(step->unless);
	}
	free(plan->steps);
	*plan = (struct plan){ 0 };
}

static void print_strings(char **list, struct buf *out)
{
	for (char **p = list; p && *p; p++)
		buf_printf(out, " %s", *p);
}

static void print_text(const struct plan_step *step, struct buf *out)
{
	struct span rest = { step->text, step->text_len }, line;

	while (span_line(&rest, &line))
		buf_printf(out, "    | %.*s\n", SPAN_ARG(line));
}

static void print_step(const struct plan_step *step, struct buf *out)
{
	switch (step->op) {
	case PLAN_DIR:
		buf_printf(out, "folder  %s (mode %04o)", step->path,
			   (unsigned int)step->mode);
		return;
	case PLAN_FILE:
		buf_printf(out, "write   %s (%zu bytes, mode %04o)",
			   step->path, step->text_len,
			   (unsigned int)step->mode);
		return;
	case PLAN_COPY:
		buf_printf(out, "copy    %s -> %s", step->from, step->path);
		return;
	case PLAN_RUN:
		buf_puts(out, "run    ");
		print_strings(step->env, out);
		print_strings(step->argv, out);
		if (step->cwd)
			buf_printf(out, " (in %s)", step->cwd);
		if (step->unless) {
			buf_puts(out, " unless there are");
			print_strings(step->unless, out);
		}
		return;
	case PLAN_SIGNAL:
		buf_printf(out, "signal  SIG%s to the long-lived process",
			   sigabbrev_np(step->signal));
		return;
	case PLAN_POKE:
		buf_printf(out, "poke    %s with \"%s\"", step->path,
			   step->text);
		if (step->delay_ms)
			buf_printf(out, " after %u ms", step->delay_ms);
		return;
	}
	abort();	/* not a plan_op */
}

void plan_print(const struct plan *plan, bool with_text, struct buf *out)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];

		print_step(step, out);
		buf_printf(out, "  # %s\n", step->what);
		if (with_text && step->op == PLAN_FILE)
			print_text(step, out);
	}
}
