/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/driver.h"
#include "core/postfix/postfix_digest.h"
#include "core/postfix/postfix_job.h"
#include "core/postfix/postfix_text.h"
#include "core/postfix/postfix_tls.h"

/* 3.0 brought "-o { name = value }"; 3.1 is the oldest this was thought
 * through for. */
#define OLDEST_MAJOR 3
#define OLDEST_MINOR 1

struct span postfix_effective(const struct postfix_job *job, const char *name)
{
	return effective_find(job->in->effective_text, name);
}

void postfix_override(struct postfix_job *job, const char *name,
		      const char *value)
{
	const struct main_param *old = main_find(&job->main, name);

	/* Whatever they are made from, a line of their own they are not. */
	assert(!strchr(value, '\n'));
	if (old && old->line && strcmp(old->value, value))
		binding_add_finding(job->out, FINDING_NOTE, "%s:%u: %s = %s "
				    "gives way to %s", job->main_path,
				    old->line, name, old->value,
				    value[0] ? value : "nothing");
	main_set(&job->main, name, value);
}

/* "3.7.11", "3.10.1", "3.9-20231112". */
static int version_check(const struct postfix_job *job, struct why *why)
{
	struct span version = postfix_effective(job, "mail_version");
	int len = version.len > 40 ? 40 : (int)version.len;
	unsigned long major, minor = 0;
	char *text = xmemdup0(version.p, version.len), *end = text;
	bool readable = isdigit((unsigned char)text[0]);

	major = strtoul(text, &end, 10);
	if (*end == '.')
		minor = strtoul(end + 1, NULL, 10);
	free(text);
	if (readable && (major > OLDEST_MAJOR ||
			 (major == OLDEST_MAJOR && minor >= OLDEST_MINOR)))
		return 0;
	why_set(why, "mta: found Postfix of version \"%.*s\"; wanted is %d.%d "
		"or later", len, version.p ? version.p : "", OLDEST_MAJOR,
		OLDEST_MINOR);
	return -EINVAL;
}

static char *effective_copy(const struct postfix_job *job, const char *name,
			    const char *otherwise)
{
	struct span value = postfix_effective(job, name);

	return value.len ? xmemdup0(value.p, value.len) : xstrdup(otherwise);
}

static void replace_source(const struct postfix_job *job, char **text)
{
	char *replaced = macro_replace(*text, "config_directory",
				       job->source_dir);

	free(*text);
	*text = replaced;
}

/* In the overlay $config_directory would be the overlay, which has none of
 * the tables. */
static void keep_source(struct postfix_job *job)
{
	for (size_t i = 0; i < job->main.count; i++)
		replace_source(job, &job->main.params[i].value);
	for (size_t i = 0; i < job->master.count; i++) {
		struct master_service *service = &job->master.services[i];

		for (size_t n = 0; n < service->option_count; n++)
			replace_source(job, &service->options[n].value);
		replace_source(job, &service->flags);
		replace_source(job, &service->args);
	}
	main_drop(&job->main, "config_directory");
	if (!main_find(&job->main, "meta_directory")) {
		char *meta = effective_copy(job, "meta_directory",
					    job->source_dir);

		main_set(&job->main, "meta_directory", meta);
		free(meta);
	}
}

/* The overlay is one instance by itself and manages no others. */
static void leave_instances(struct postfix_job *job)
{
	main_drop(&job->main, "multi_instance_directories");
	main_drop(&job->main, "multi_instance_wrapper");
}

static bool is_config(struct span word)
{
	return span_equals(word, "MAIL_CONFIG") ||
	       span_starts(word, "MAIL_CONFIG=");
}

/*
 * A command that local(8) or pipe(8) starts must not see the overlay: a
 * `sendmail` in a .forward file is refused with it. Postfix's own processes
 * must.
 */
static int bind_environment(struct postfix_job *job, struct why *why)
{
	struct span rest = postfix_effective(job, "export_environment"), word;
	struct span import = postfix_effective(job, "import_environment");
	BUF_CLEAN list = { 0 };
	int r;

	buf_init(&list);
	while ((r = brace_word(&rest, " \t\r\n,", &word)) > 0)
		if (!is_config(word))
			buf_printf(&list, "%s%.*s", list.len ? " " : "",
				   SPAN_ARG(word));
	if (r < 0) {
		why_set(why, "%s: export_environment has a \"{\" that is not "
			"closed; wanted is a \"}\"", job->main_path);
		return r;
	}
	main_set(&job->main, "export_environment", list.data);
	if (import.p && !span_has_word(import, span_of("MAIL_CONFIG"))) {
		BUF_CLEAN more = { 0 };

		buf_init(&more);
		buf_printf(&more, "MAIL_CONFIG %.*s", SPAN_ARG(import));
		postfix_override(job, "import_environment", more.data);
	}
	return 0;
}

/* Settings that speak of the name mean another one now. */
static void audit_macros(struct postfix_job *job)
{
	for (size_t i = 0; i < job->main.count; i++) {
		const struct main_param *param = &job->main.params[i];

		if (param->line && strcmp(param->name, "smtpd_banner") &&
		    strcmp(param->name, "mydestination") &&
		    macro_refers(param->value, "myhostname"))
			binding_add_finding(job->out, FINDING_NOTE, "%s:%u: "
					    "%s uses $myhostname, which is now "
					    "%s", job->main_path, param->line,
					    param->name,
					    job->want->identity->name);
	}
}

static int job_bind(struct postfix_job *job, struct why *why)
{
	int r = version_check(job, why);

	if (r < 0)
		return r;
	job->node = effective_copy(job, "myhostname", "");
	job->source_dir = effective_copy(job, "config_directory",
					 job->in->config_dir);
	if (!job->node[0]) {
		why_set(why, "%s: myhostname is empty; wanted is the node's "
			"name", job->main_path);
		return -EINVAL;
	}
	keep_source(job);
	leave_instances(job);
	r = postfix_bind_names(job, why);
	if (r < 0)
		return r;
	postfix_bind_addrs(job);
	r = bind_environment(job, why);
	if (!r)
		r = postfix_bind_services(job, why);
	if (r < 0)
		return r;
	postfix_bind_listeners(job);
	postfix_find_log(job);
	audit_macros(job);
	return postfix_make_plans(job, why);
}

static char *path_below(const char *dir, const char *name)
{
	BUF_CLEAN path = { 0 };

	buf_init(&path);
	buf_printf(&path, "%s/%s", dir, name);
	return buf_steal(&path);
}

static int postfix_derive(const struct driver_input *in,
			  const struct driver_want *want, struct binding *ret,
			  struct why *why)
{
	struct binding out = { 0 };
	struct postfix_job job = {
		.in = in,
		.want = want,
		.main_path = path_below(in->config_dir, "main.cf"),
		.master_path = path_below(in->config_dir, "master.cf"),
		.out = &out,
	};
	int r = main_parse(job.main_path, in->main_text, &job.main, why);

	if (!r)
		r = master_parse(job.master_path, in->services_text,
				 &job.master, why);
	if (!r)
		r = job_bind(&job, why);
	if (r < 0)
		binding_done(&out);
	else
		*ret = out;
	main_done(&job.main);
	master_done(&job.master);
	free(job.main_path);
	free(job.master_path);
	free(job.node);
	free(job.source_dir);
	return r;
}

const struct driver driver_postfix = {
	.name = "postfix",
	.derive = postfix_derive,
	.turn = postfix_turn,
	.tls = postfix_tls,
	.digest = postfix_digest,
};
