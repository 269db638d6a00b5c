/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "core/postfix/postfix_job.h"

/*
 * Every Postfix program naps while main.cf is younger than about a second,
 * which made releases ten times slower; so what we write is born old.
 */
#define AGE_S 10
#define CREATE_TIMEOUT_MS 20000
#define POSTSUPER_TIMEOUT_MS 60000
#define MASTER_TIMEOUT_MS 20000
#define QMGR_TIMEOUT_MS 2000
#define POKE_TIMEOUT_MS 2000
#define POKE_AGAIN_MS 500

/* A folder that a parameter names, and what is `below` it. */
static int path_of(const struct postfix_job *job, const char *param,
		   const char *below, char **ret, struct why *why)
{
	struct span dir = postfix_effective(job, param);
	BUF_CLEAN path = { 0 };

	if (!dir.len || dir.p[0] != '/') {
		why_set(why, "%s: found %s = \"%.*s\"; wanted is an absolute "
			"path", job->main_path, param,
			dir.len > 80 ? 80 : (int)dir.len, dir.p ? dir.p : "");
		return -EINVAL;
	}
	buf_init(&path);
	buf_printf(&path, "%.*s%s", SPAN_ARG(dir), below);
	*ret = buf_steal(&path);
	return 0;
}

static char *below(const char *dir, const char *name)
{
	BUF_CLEAN path = { 0 };

	buf_init(&path);
	buf_printf(&path, "%s%s", dir, name);
	return buf_steal(&path);
}

static void add_dir(struct plan *plan, const char *path, const char *what)
{
	plan_add(plan, PLAN_DIR, path, what)->mode = 0755;
}

/* A main.cf with a password in it is closed; so must be what is made of it. */
static mode_t mode_like(mode_t source)
{
	return source ? source & 0644 : 0644;
}

static struct plan_step *add_file(struct plan *plan, const char *dir,
				  const char *name, const struct buf *text,
				  const char *what)
{
	char *path = below(dir, name);
	struct plan_step *step = plan_add(plan, PLAN_FILE, path, what);

	step->text = xmemdup0(text->data, text->len);
	step->text_len = text->len;
	step->age_s = AGE_S;
	free(path);
	return step;
}

/* compatibility_level below 1 has y as the default of chroot, master(5). */
static bool is_chrooted(const struct postfix_job *job,
			const struct master_service *service)
{
	struct span level = postfix_effective(job, "compatibility_level");

	if (service->dropped || service_is(service, MASTER_CHROOT, "n"))
		return false;
	return service_is(service, MASTER_CHROOT, "y") || !level.len ||
	       level.p[0] == '0';
}

static bool any_chrooted(const struct postfix_job *job)
{
	for (size_t i = 0; i < job->master.count; i++)
		if (is_chrooted(job, &job->master.services[i]))
			return true;
	return false;
}

static void add_chroot_copy(struct postfix_job *job, const char *from)
{
	char *path = below(job->out->spool_dir, from);
	struct plan_step *step = plan_add(&job->out->write, PLAN_COPY, path,
					  "chrooted services see the host's "
					  "file");

	step->from = xstrdup(from);
	step->mode = 0644;
	free(path);
}

static void plan_write(struct postfix_job *job)
{
	struct plan *plan = &job->out->write;
	const char *run_dir = job->want->run_dir;
	mode_t mode = mode_like(job->in->services_mode);
	BUF_CLEAN main = { 0 };
	BUF_CLEAN held = { 0 };
	BUF_CLEAN released = { 0 };

	buf_init(&main);
	buf_init(&held);
	buf_init(&released);
	buf_printf(&main, "# Made by bindback from %s; edit that one.\n",
		   job->main_path);
	main_print(&job->main, &main);
	buf_printf(&held, "# Made by bindback from %s, without remote "
		   "delivery.\n", job->master_path);
	master_print(&job->master, true, &held);
	buf_printf(&released, "# Made by bindback from %s.\n",
		   job->master_path);
	master_print(&job->master, false, &released);
	add_dir(plan, run_dir, "the instance");
	add_dir(plan, job->out->overlay_dir, "the overlay");
	add_file(plan, job->out->overlay_dir, "/main.cf", &main,
		 "the admin's settings, bound")->mode =
		mode_like(job->in->main_mode);
	add_file(plan, run_dir, "/master.cf.held", &held,
		 "services without remote delivery")->mode = mode;
	add_file(plan, run_dir, "/master.cf.released", &released,
		 "services with remote delivery")->mode = mode;
	add_file(plan, job->out->overlay_dir, "/master.cf",
		 job->want->held ? &held : &released,
		 job->want->held ? "start held" : "start released")->mode =
		mode;
	for (const char *const *p = job->in->host_files;
	     p && *p && any_chrooted(job); p++)
		add_chroot_copy(job, *p);
}

static struct plan_step *add_run(struct postfix_job *job,
				 const char *const *argv, const char *what)
{
	struct plan_step *step = plan_add(&job->out->launch, PLAN_RUN, NULL,
					  what);
	struct span logtag = postfix_effective(job, "syslog_name");
	char *config = below("MAIL_CONFIG=", job->out->overlay_dir);
	BUF_CLEAN tag = { 0 };

	buf_init(&tag);
	buf_printf(&tag, "MAIL_LOGTAG=%.*s", logtag.len ? (int)logtag.len : 7,
		   logtag.len ? logtag.p : "postfix");
	step->argv = plan_strings(argv);
	step->env = plan_strings((const char *[]){
		config, tag.data, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL });
	step->cwd = xstrdup(job->out->spool_dir);
	free(config);
	return step;
}

/*
 * A package that was never started, or a queue copied without its empty
 * folders, lacks some, and then neither postsuper nor master run.
 */
static void add_missing(struct postfix_job *job, const char *postfix)
{
	static const char *const folders[] = {
		"active", "bounce", "corrupt", "defer", "deferred", "flush",
		"hold", "incoming", "maildrop", "pid", "private", "public",
		"saved", "trace",
	};
	struct plan_step *step = add_run(job, (const char *[]){
		postfix, "post-install", "create-missing", NULL },
		"make what is missing of the queue's folders");

	step->timeout_ms = CREATE_TIMEOUT_MS;
	step->unless = xcalloc(ARRAY_SIZE(folders) + 1, sizeof(char *));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		BUF_CLEAN path = { 0 };

		buf_init(&path);
		buf_printf(&path, "%s/%s", job->out->spool_dir, folders[i]);
		step->unless[i] = buf_steal(&path);
	}
}

/* What Postfix's own programs say to these two (postqueue -f, postdrop). */
static struct plan_step *add_poke(const char *spool_dir, const char *service,
				  const char *text, const char *what,
				  struct plan *plan)
{
	char *socket = below(spool_dir, service);
	struct plan_step *step = plan_add(plan, PLAN_POKE, socket, what);

	step->text = xstrdup(text);
	step->text_len = strlen(text);
	free(socket);
	return step;
}

static struct plan_step *add_flush(const char *spool_dir, struct plan *plan)
{
	return add_poke(spool_dir, "/public/qmgr", "FADI",
			"the queue manager delivers now", plan);
}

/* The admin's further options, behind ours. */
static void add_options(struct plan_step *step, const char *options)
{
	struct span rest = span_of(options), word;
	size_t count = 0;

	while (step->argv[count])
		count++;
	while (span_word(&rest, " ", &word)) {
		step->argv = reallocarray(step->argv, count + 2,
					  sizeof(char *));
		if (!step->argv)
			abort();
		step->argv[count++] = xmemdup0(word.p, word.len);
		step->argv[count] = NULL;
	}
}

static int plan_launch(struct postfix_job *job, struct why *why)
{
	struct plan_step *master;
	char *postfix, *postsuper;
	int r = path_of(job, "command_directory", "/postfix", &postfix, why);

	if (r < 0)
		return r;
	add_missing(job, postfix);
	free(postfix);
	r = path_of(job, "command_directory", "/postsuper", &postsuper, why);
	if (r < 0)
		return r;
	add_run(job, (const char *[]){ postsuper, NULL },
		"put queue files in order, also after a copy of the queue")
		->timeout_ms = POSTSUPER_TIMEOUT_MS;
	free(postsuper);
	master = add_run(job, (const char *[]){ job->out->program, "-w", NULL },
			 "start Postfix, and wait until it is up");
	master->timeout_ms = MASTER_TIMEOUT_MS;
	add_options(master, job->want->parameters);
	(void)add_poke(job->out->spool_dir, "/public/pickup", "W",
		       "local mail that waited is taken up",
		       &job->out->launch);
	if (!job->want->held)
		(void)add_flush(job->out->spool_dir, &job->out->launch);
	return 0;
}

static struct plan_step *add_hangup(struct plan *plan)
{
	struct plan_step *step = plan_add(plan, PLAN_SIGNAL, NULL,
					  "Postfix reads the overlay again");

	step->signal = SIGHUP;
	return step;
}

static void add_switch(const struct driver_place *place, struct plan *plan,
		       const char *variant, const char *what)
{
	char *path = below(place->overlay_dir, "/master.cf");
	struct plan_step *step = plan_add(plan, PLAN_COPY, path, what);

	step->from = below(place->run_dir, variant);
	step->mode = 0644;
	step->age_s = AGE_S;
	free(path);
}

/*
 * The flush must not reach the old queue manager, which knows no transports
 * and would defer everything again; and it is said twice, as a message that
 * the old one had handed to error(8) to defer is passed over the first time.
 */
static void add_release(const struct driver_place *place,
			struct plan_step *hangup, struct plan *plan)
{
	hangup->awaited = xstrdup("qmgr");
	hangup->timeout_ms = QMGR_TIMEOUT_MS;
	add_flush(place->spool_dir, plan)->timeout_ms = POKE_TIMEOUT_MS;
	add_flush(place->spool_dir, plan)->delay_ms = POKE_AGAIN_MS;
}

void postfix_turn(const struct driver_place *place, bool held,
		  struct plan *write, struct plan *refresh)
{
	if (held) {
		add_switch(place, write, "/master.cf.held",
			   "without remote delivery");
		(void)add_hangup(refresh);
		return;
	}
	add_switch(place, write, "/master.cf.released", "with remote delivery");
	add_release(place, add_hangup(refresh), refresh);
}

static int make_paths(struct postfix_job *job, struct why *why)
{
	struct binding *out = job->out;
	struct span pids = postfix_effective(job, "process_id_directory");
	BUF_CLEAN pid_file = { 0 };
	int r = path_of(job, "queue_directory", "", &out->spool_dir, why);

	if (!r)
		r = path_of(job, "daemon_directory", "", &out->program_dir,
			    why);
	if (!r)
		r = path_of(job, "daemon_directory", "/master", &out->program,
			    why);
	if (r < 0)
		return r;
	out->overlay_dir = below(job->want->run_dir, "/postfix");
	buf_init(&pid_file);
	buf_printf(&pid_file, "%s/%.*s/master.pid", out->spool_dir,
		   pids.len ? (int)pids.len : 3, pids.len ? pids.p : "pid");
	out->pid_file = buf_steal(&pid_file);
	return 0;
}

int postfix_make_plans(struct postfix_job *job, struct why *why)
{
	int r = make_paths(job, why);

	if (!r)
		r = plan_launch(job, why);
	if (r < 0)
		return r;
	plan_write(job);
	(void)add_hangup(&job->out->refresh);
	return 0;
}
