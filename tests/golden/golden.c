/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden <folder>: derive with the driver from the observed texts in the
 * folder and compare with the expected ones there. golden --update <folder>
 * writes them anew, for a person to read in the diff.
 *
 * In: main.cf, master.cf, postconf (what `postconf -x` said), origin (the
 * file of myorigin), want (`key value` lines: name, ip, public_ip,
 * unbound_transports, parameters, held,
 * config_dir). Out: main.cf.overlay, master.cf.held,
 * master.cf.released, findings, plan; or error alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "core/driver.h"

#define TEXT_MAX (1024 * 1024)
#define RUN_DIR "/run/bindback/mail"

struct golden {
	const char *folder;
	bool update;
	unsigned int compared;
	unsigned int differ;
};

static char *path_in(const char *folder, const char *name)
{
	BUF_CLEAN path = { 0 };

	buf_init(&path);
	buf_printf(&path, "%s/%s", folder, name);
	return buf_steal(&path);
}

/* A file that is not there is an empty text. */
static bool read_in(const char *folder, const char *name, struct buf *ret)
{
	char *path = path_in(folder, name);
	struct why why;
	int r = file_read(path, TEXT_MAX, ret, &why);

	if (r < 0 && r != -ENOENT) {
		fprintf(stderr, "%s\n", why.text);
		exit(99);
	}
	if (r < 0)
		buf_init(ret);
	free(path);
	return !r;
}

static char *want_value(const struct buf *want, const char *key)
{
	struct span rest = { want->data, want->len }, line, word;

	while (span_line(&rest, &line)) {
		struct span value = line;

		if (span_word(&value, " ", &word) && span_equals(word, key)) {
			value = span_trim(value);
			return xmemdup0(value.p, value.len);
		}
	}
	return xstrdup("");
}

static void show_difference(const struct golden *golden, const char *name,
			    const struct buf *have)
{
	BUF_CLEAN command = { 0 };
	FILE *pipe;

	buf_init(&command);
	buf_printf(&command, "diff -u '%s/%s' - >&2", golden->folder, name);
	fprintf(stderr, "%s/%s differs from what was derived:\n",
		golden->folder, name);
	pipe = popen(command.data, "w");
	if (!pipe)
		return;
	(void)fwrite(have->data, 1, have->len, pipe);
	(void)pclose(pipe);
}

/* An output that is empty has no file. */
static void compare(struct golden *golden, const char *name,
		    const struct buf *have)
{
	char *path = path_in(golden->folder, name);
	BUF_CLEAN expected = { 0 };
	struct why why;

	golden->compared++;
	if (golden->update && !have->len)
		(void)unlink(path);
	else if (golden->update &&
		 file_write(path, have->data, have->len, 0644, 0, &why) < 0)
		fprintf(stderr, "%s\n", why.text);
	free(path);
	(void)read_in(golden->folder, name, &expected);
	if (expected.len == have->len &&
	    !memcmp(expected.data, have->data, have->len))
		return;
	golden->differ++;
	show_difference(golden, name, have);
}

static const struct plan_step *file_step(const struct plan *plan,
					 const char *path)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].op == PLAN_FILE &&
		    !strcmp(plan->steps[i].path, path))
			return &plan->steps[i];
	return NULL;
}

static void compare_file(struct golden *golden, const struct plan *plan,
			 const char *path, const char *name)
{
	const struct plan_step *step = file_step(plan, path);
	BUF_CLEAN text = { 0 };

	buf_init(&text);
	if (step)
		buf_add(&text, step->text, step->text_len);
	compare(golden, name, &text);
}

static void print_turn(const struct binding *binding, bool held,
		       struct buf *out)
{
	const struct driver_place place = { RUN_DIR, binding->overlay_dir,
					    binding->spool_dir };
	struct plan plan = { 0 };

	driver_postfix.turn(&place, held, &plan, &plan);
	buf_printf(out, "\n[%s]\n", held ? "hold" : "release");
	plan_print(&plan, false, out);
	plan_done(&plan);
}

static void print_listeners(const struct binding *binding, struct buf *out)
{
	buf_puts(out, "\n[listeners]\n");
	for (size_t i = 0; i < binding->listener_count; i++)
		buf_printf(out, "%s %s\n",
			   addr_text(&binding->listeners[i].addr).s,
			   binding->listeners[i].service);
}

static void print_plans(const struct binding *binding, struct buf *out)
{
	const struct {
		const char *name;
		const struct plan *plan;
	} plans[] = {
		{ "write", &binding->write },
		{ "launch", &binding->launch },
		{ "refresh", &binding->refresh },
	};

	buf_printf(out, "program %s\nprogram_dir %s\noverlay_dir %s\n"
		   "spool_dir %s\npid_file %s\nlog_file %s\nlog_names %s\n",
		   binding->program, binding->program_dir,
		   binding->overlay_dir, binding->spool_dir, binding->pid_file,
		   binding->log_file, binding->log_names);
	print_listeners(binding, out);
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		buf_printf(out, "\n[%s]\n", plans[i].name);
		plan_print(plans[i].plan, false, out);
	}
	print_turn(binding, true, out);
	print_turn(binding, false, out);
}

static void compare_binding(struct golden *golden, struct binding *binding)
{
	BUF_CLEAN findings = { 0 };
	BUF_CLEAN plans = { 0 };

	buf_init(&findings);
	buf_init(&plans);
	for (size_t i = 0; i < binding->finding_count; i++)
		buf_printf(&findings, "%s: %s\n",
			   binding->findings[i].level == FINDING_NOTE ?
			   "note" : "warning", binding->findings[i].text);
	print_plans(binding, &plans);
	compare_file(golden, &binding->write, RUN_DIR "/postfix/main.cf",
		     "main.cf.overlay");
	compare_file(golden, &binding->write, RUN_DIR "/master.cf.held",
		     "master.cf.held");
	compare_file(golden, &binding->write, RUN_DIR "/master.cf.released",
		     "master.cf.released");
	compare(golden, "findings", &findings);
	compare(golden, "plan", &plans);
}

static int identity_read(const struct buf *text, struct identity *ret)
{
	char *name = want_value(text, "name");
	char *ip = want_value(text, "ip");
	char *public_ip = want_value(text, "public_ip");
	struct why why;
	int r = identity_parse(name, ip, public_ip, ret, &why);

	if (r < 0)
		fprintf(stderr, "want: %s\n", why.text);
	free(name);
	free(ip);
	free(public_ip);
	return r;
}

static void derive_and_compare(struct golden *golden,
			       const struct driver_input *in,
			       const struct driver_want *want)
{
	struct binding binding = { 0 };
	BUF_CLEAN error = { 0 };
	struct why why = { "" };
	int r = driver_postfix.derive(in, want, &binding, &why);

	buf_init(&error);
	if (r < 0)
		buf_printf(&error, "%s: %s\n", strerrorname_np(-r), why.text);
	compare(golden, "error", &error);
	if (!r)
		compare_binding(golden, &binding);
	binding_done(&binding);
}

struct texts {
	struct buf main, services, effective, origin, want;
};

static void texts_done(struct texts *texts)
{
	buf_done(&texts->main);
	buf_done(&texts->services);
	buf_done(&texts->effective);
	buf_done(&texts->origin);
	buf_done(&texts->want);
}

static bool texts_read(const char *folder, struct texts *ret)
{
	bool found = read_in(folder, "main.cf", &ret->main);

	found = read_in(folder, "master.cf", &ret->services) && found;
	found = read_in(folder, "postconf", &ret->effective) && found;
	found = read_in(folder, "want", &ret->want) && found;
	(void)read_in(folder, "origin", &ret->origin);
	if (!found)
		fprintf(stderr, "%s: wanted are main.cf, master.cf, postconf "
			"and want\n", folder);
	return found;
}

static struct span span_of_buf(const struct buf *buf)
{
	return (struct span){ buf->data, buf->len };
}

static bool golden_run(struct golden *golden)
{
	static const char *const host_files[] = {
		"/etc/resolv.conf", "/etc/hosts", "/etc/services", NULL };
	struct texts texts = { 0 };
	struct identity identity;
	bool ok = texts_read(golden->folder, &texts) &&
		  !identity_read(&texts.want, &identity);

	if (ok) {
		char *unbound = want_value(&texts.want, "unbound_transports");
		char *options = want_value(&texts.want, "parameters");
		char *held = want_value(&texts.want, "held");
		char *dir = want_value(&texts.want, "config_dir");

		derive_and_compare(golden, &(struct driver_input){
			.config_dir = dir[0] ? dir : "/etc/postfix",
			.main_text = span_of_buf(&texts.main),
			.services_text = span_of_buf(&texts.services),
			.effective_text = span_of_buf(&texts.effective),
			.origin_text = span_of_buf(&texts.origin),
			.host_files = host_files,
		}, &(struct driver_want){
			.identity = &identity,
			.run_dir = RUN_DIR,
			.unbound_transports = unbound,
			.parameters = options,
			.held = !strcmp(held, "yes"),
		});
		free(unbound);
		free(options);
		free(held);
		free(dir);
	}
	texts_done(&texts);
	return ok;
}

int main(int argc, char **argv)
{
	struct golden golden = { 0 };

	golden.update = argc == 3 && !strcmp(argv[1], "--update");
	if (argc != 2 + golden.update) {
		fprintf(stderr, "usage: golden [--update] FOLDER\n");
		return 64;
	}
	golden.folder = argv[argc - 1];
	if (!golden_run(&golden) || !golden.compared)
		return 99;
	printf("%s: %u texts compared, %u differ\n", golden.folder,
	       golden.compared, golden.differ);
	return golden.differ ? 1 : 0;
}
