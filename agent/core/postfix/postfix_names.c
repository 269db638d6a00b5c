/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "core/postfix/postfix_job.h"
#include "core/postfix/postfix_text.h"

/* postconf(5): the default of mydestination. */
#define DEFAULT_DESTINATION "$myhostname, localhost.$mydomain, localhost"

bool postfix_lists_name(struct span list, const char *name)
{
	struct span word;

	while (span_word(&list, " \t\r\n,", &word))
		if (word.len == strlen(name) &&
		    !strncasecmp(word.p, name, word.len))
			return true;
	return false;
}

/*
 * mydomain follows myhostname unless it is set. What was the admin's domain
 * stays that: a parent domain of the cluster's name must not become local, or
 * the origin, only because mydestination or myorigin speak of $mydomain.
 */
static void bind_domain(struct postfix_job *job)
{
	struct span old = postfix_effective(job, "mydomain");
	const char *derived = strchr(job->want->identity->name, '.') + 1;
	char *pinned;

	if (!old.len || main_find(&job->main, "mydomain") ||
	    (old.len == strlen(derived) &&
	     !strncasecmp(old.p, derived, old.len)))
		return;
	pinned = xmemdup0(old.p, old.len);
	main_set(&job->main, "mydomain", pinned);
	binding_add_finding(job->out, FINDING_NOTE, "%s: mydomain is not set; "
			    "it stays %s, as derived from the node's name, and "
			    "does not become %s", job->main_path, pinned,
			    derived);
	free(pinned);
}

/* The domain of local senders now; the caller frees it. */
static int origin_read(const struct postfix_job *job, char **ret,
		       struct why *why)
{
	struct span origin = postfix_effective(job, "myorigin");
	struct span text = job->in->origin_text;

	if (origin.len && origin.p[0] == '/') {
		const struct main_param *param = main_find(&job->main,
							   "myorigin");
		char *path = xmemdup0(origin.p, origin.len);

		if (!span_line(&text, &origin))
			origin = (struct span){ path, 0 };
		origin = span_trim(origin);
		if (!origin.len)
			why_set(why, "%s:%u: found myorigin = %s, a file whose "
				"first line has no name; wanted is a domain",
				job->main_path, param ? param->line : 0, path);
		free(path);
	} else if (!origin.len) {
		why_set(why, "%s: myorigin is empty; wanted is a domain",
			job->main_path);
	}
	if (!origin.len)
		return -EINVAL;
	*ret = xmemdup0(origin.p, origin.len);
	return 0;
}

/* /etc/mailname has the node's name often without its domain. */
bool postfix_is_node_name(const struct postfix_job *job, const char *name)
{
	size_t len = strlen(name);

	return !strcasecmp(name, job->node) ||
	       (!strchr(name, '.') && !strncasecmp(name, job->node, len) &&
		job->node[len] == '.');
}

static bool is_within(const char *name, const char *domain)
{
	size_t name_len = strlen(name), len = strlen(domain);

	return !strcasecmp(name, domain) ||
	       (name_len > len && name[name_len - len - 1] == '.' &&
		!strcasecmp(name + name_len - len, domain));
}

/* Was the node's name the origin, the cluster's takes its place; an admin's
 * own domain stays. */
static int bind_origin(struct postfix_job *job, struct why *why)
{
	const char *name = job->want->identity->name;
	char *origin;
	int r = origin_read(job, &origin, why);

	if (r < 0)
		return r;
	if (postfix_is_node_name(job, origin))
		postfix_override(job, "myorigin", "$myhostname");
	else if (!is_within(name, origin))
		binding_add_finding(job->out, FINDING_WARNING,
				    "%s: local senders stay user@%s, which is "
				    "not the node's name %s and is left alone; "
				    "remotes may look it up", job->main_path,
				    origin, job->node);
	free(origin);
	return 0;
}

static const char *domain_class(const struct postfix_job *job)
{
	static const char *const classes[] = {
		"virtual_mailbox_domains", "virtual_alias_domains",
		"relay_domains", NULL,
	};

	for (const char *const *class = classes; *class; class++)
		if (postfix_lists_name(postfix_effective(job, *class),
				       job->want->identity->name))
			return *class;
	return NULL;
}

/* The cluster's name has a home already; local it must not be as well. */
static void destination_keep_node(struct postfix_job *job, const char *raw,
				  const char *class)
{
	char *text = macro_replace(raw, "myhostname", job->node);

	main_set(&job->main, "mydestination", text);
	binding_add_finding(job->out, FINDING_WARNING, "%s: %s is in %s, so it "
			    "is not made local beside the node's name",
			    job->main_path, job->want->identity->name, class);
	free(text);
}

/*
 * Where mail for the node's name was delivered here, mail for the cluster's
 * name is too; and the node's own name stays local, since mail for it may be
 * in the queue.
 */
static void destination_extend(struct postfix_job *job, const char *raw)
{
	BUF_CLEAN text = { 0 };

	buf_init(&text);
	buf_puts(&text, raw);
	if (!macro_refers(raw, "myhostname") &&
	    !postfix_lists_name(span_of(raw), job->want->identity->name))
		buf_puts(&text, ", $myhostname");
	if (!postfix_lists_name(span_of(raw), job->node))
		buf_printf(&text, ", %s", job->node);
	if (strcmp(text.data, raw))
		main_set(&job->main, "mydestination", text.data);
}

/* Names in a table or file cannot be seen here. */
static bool has_table(struct span list)
{
	struct span word;

	while (span_word(&list, " \t\r\n,", &word))
		if (memchr(word.p, ':', word.len) || word.p[0] == '/')
			return true;
	return false;
}

static void bind_destination(struct postfix_job *job)
{
	struct span effective = postfix_effective(job, "mydestination");
	const struct main_param *param = main_find(&job->main,
						   "mydestination");
	char *raw = xstrdup(param ? param->value : DEFAULT_DESTINATION);
	const char *name = job->want->identity->name;
	const char *class = domain_class(job);

	if (!effective.len)
		binding_add_finding(job->out, FINDING_NOTE, "%s: mydestination "
				    "is empty, as on a null client; mail for "
				    "%s is not delivered here", job->main_path,
				    name);
	else if (postfix_lists_name(effective, job->node) && class)
		destination_keep_node(job, raw, class);
	else if (postfix_lists_name(effective, job->node))
		destination_extend(job, raw);
	else if (has_table(effective) && !postfix_lists_name(effective, name))
		binding_add_finding(job->out, FINDING_WARNING, "%s:%u: "
				    "mydestination looks names up in a table, "
				    "which is not read here; where it lists "
				    "%s, %s is wanted as well", job->main_path,
				    param ? param->line : 0, job->node, name);
	free(raw);
}

bool postfix_banner_fits(const struct postfix_job *job, const char *banner)
{
	static const char *const macros[] = {
		"$myhostname", "${myhostname}", "$(myhostname)",
		"$smtpd_banner", "${smtpd_banner}", "$(smtpd_banner)",
	};
	struct span rest = span_of(banner), word;

	if (!span_word(&rest, " \t\r\n", &word))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(macros); i++)
		if (span_equals(word, macros[i]))
			return true;
	return postfix_lists_name(word, job->want->identity->name);
}

/* A first word that is no name is text to keep. */
static struct span banner_text(const char *banner)
{
	struct span rest = span_of(banner), word;

	if (span_word(&rest, " \t\r\n", &word) &&
	    (memchr(word.p, '.', word.len) || memchr(word.p, '$', word.len)))
		return span_trim(rest);
	return span_trim(span_of(banner));
}

static void bind_banner(struct postfix_job *job, const char *name)
{
	const struct main_param *param = main_find(&job->main, name);
	BUF_CLEAN banner = { 0 };

	if (!param || postfix_banner_fits(job, param->value))
		return;
	buf_init(&banner);
	buf_printf(&banner, "$myhostname %.*s",
		   SPAN_ARG(banner_text(param->value)));
	lines_join(banner.data);
	postfix_override(job, name, banner.data);
}

/* What postscreen(8) says first; an empty one is none. */
static void bind_teaser(struct postfix_job *job)
{
	static const char name[] = "postscreen_greet_banner";
	const struct main_param *param = main_find(&job->main, name);

	if (param && param->value[0])
		bind_banner(job, name);
}

int postfix_bind_names(struct postfix_job *job, struct why *why)
{
	int r = bind_origin(job, why);

	if (r < 0)
		return r;
	bind_domain(job);
	bind_destination(job);
	bind_banner(job, "smtpd_banner");
	bind_teaser(job);
	postfix_override(job, "myhostname", job->want->identity->name);
	postfix_override(job, "smtp_helo_name", "$myhostname");
	return 0;
}
