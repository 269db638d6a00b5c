/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/settings.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/run.h"
#include "base/span.h"
#include "core/postfix/postfix_main.h"

#define SETTINGS_MAX (1024 * 1024)
#define ORIGIN_MAX 4096
#define POSTCONF_TIMEOUT_MS 10000

static const char default_binary[] = "/usr/sbin/postfix";
static const char default_config_dir[] = "/etc/postfix";

/*
 * What a chrooted Postfix process needs a copy of: the list of Debian's
 * configure-instance.sh.
 */
static const char *const chroot_patterns[] = {
	"/etc/localtime",
	"/etc/services",
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/lib/*-linux-gnu*/libgcc_s.so.*",
	"/lib/*-linux-gnu*/libnss_*.so.*",
	"/lib/*-linux-gnu*/libresolv.so.*",
};

static int program_check(const char *param, const char *path, struct why *why)
{
	struct stat st;
	int r;

	r = stat(path, &st) < 0 ? -errno :
	    S_ISDIR(st.st_mode) ? -EISDIR :
	    access(path, X_OK) < 0 ? -errno : 0;
	if (r < 0)
		why_set(why, "%s: cannot use %s: %s; wanted is the program of "
			"an installed Postfix",
			param, path, strerror(-r));
	return r;
}

static int folder_check(const char *path, struct why *why)
{
	struct stat st;
	int r;

	r = stat(path, &st) < 0 ? -errno : !S_ISDIR(st.st_mode) ? -ENOTDIR : 0;
	if (r < 0)
		why_set(why, "config_dir: cannot use %s: %s; wanted is the "
			"folder of main.cf and master.cf",
			path, strerror(-r));
	return r;
}

static int read_in(const char *dir, const char *name, struct buf *ret,
		   mode_t *ret_mode, struct why *why)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	r = file_read(path, SETTINGS_MAX, ret, why);
	if (r < 0) {
		why_context(why, "config_dir");
		return r;
	}
	if (stat(path, &st) < 0) {
		r = -errno;
		why_set(why, "config_dir: cannot look at %s: %s", path,
			strerror(-r));
		buf_done(ret);
		return r;
	}
	*ret_mode = st.st_mode & 07777;
	return 0;
}

static int read_effective(const char *binary, const char *config_dir,
			  struct buf *ret, struct why *why)
{
	const char *slash = strrchr(binary, '/');
	char postconf[PATH_MAX];
	const char *const argv[] = { postconf, "-x", "-c", config_dir, NULL };
	const char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				     NULL };
	const struct run_spec spec = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = POSTCONF_TIMEOUT_MS,
		.output_limit = SETTINGS_MAX,
	};
	struct run_result result;
	int r;

	(void)snprintf(postconf, sizeof(postconf), "%.*s/postconf",
		       (int)(slash - binary), binary);
	r = program_check("binary", postconf, why);
	if (r < 0)
		return r;
	r = run(&spec, &result, why);
	if (r < 0) {
		why_context(why, "binary");
		return r;
	}
	if (result.exit_status) {
		struct span text = { result.err.data, result.err.len };

		text = span_trim(text);
		why_set(why, "config_dir: %s -c %s failed (status %d): %.*s",
			postconf, config_dir, result.exit_status,
			SPAN_ARG(text));
		r = -EINVAL;
	} else {
		*ret = result.out;
		result.out = (struct buf){ 0 };
	}
	run_result_done(&result);
	return r;
}

/* myorigin may name a file that holds the domain (Debian: /etc/mailname). */
static void read_origin(struct settings *settings)
{
	struct span value = effective_find(
		(struct span){ settings->effective_text.data,
			       settings->effective_text.len }, "myorigin");
	char *path;

	if (!value.len || value.p[0] != '/')
		return;
	path = xmemdup0(value.p, value.len);
	(void)file_read(path, ORIGIN_MAX, &settings->origin_text, NULL);
	free(path);
}

static char **list_host_files(void)
{
	char **list = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(chroot_patterns); i++) {
		glob_t found = { 0 };

		if (!glob(chroot_patterns[i], 0, NULL, &found))
			for (size_t n = 0; n < found.gl_pathc; n++) {
				list = xgrow(list, count, sizeof(*list));
				list[count++] = xstrdup(found.gl_pathv[n]);
			}
		globfree(&found);
	}
	list = xgrow(list, count, sizeof(*list));
	list[count] = NULL;
	return list;
}

int settings_read(const struct params *params, struct settings *ret,
		  struct why *why)
{
	const char *binary = params->binary ? params->binary : default_binary;
	const char *dir = params->config_dir ? params->config_dir :
					       default_config_dir;
	struct settings s = { 0 };
	int r;

	r = program_check("binary", binary, why);
	if (!r)
		r = folder_check(dir, why);
	if (!r)
		r = read_in(dir, "main.cf", &s.main_text, &s.main_mode, why);
	if (!r)
		r = read_in(dir, "master.cf", &s.services_text,
			    &s.services_mode, why);
	if (!r)
		r = read_effective(binary, dir, &s.effective_text, why);
	if (r < 0) {
		settings_done(&s);
		return r;
	}
	read_origin(&s);
	s.host_files = list_host_files();
	s.config_dir = xstrdup(dir);
	*ret = s;
	return 0;
}

void settings_done(struct settings *settings)
{
	if (!settings)
		return;
	for (char **p = settings->host_files; p && *p; p++)
		free(*p);
	free(settings->host_files);
	free(settings->config_dir);
	buf_done(&settings->main_text);
	buf_done(&settings->services_text);
	buf_done(&settings->effective_text);
	buf_done(&settings->origin_text);
	*settings = (struct settings){ 0 };
}

static struct span span_of_buf(const struct buf *buf)
{
	return (struct span){ buf->data, buf->len };
}

struct driver_input settings_input(const struct settings *settings)
{
	return (struct driver_input){
		.config_dir = settings->config_dir,
		.main_text = span_of_buf(&settings->main_text),
		.services_text = span_of_buf(&settings->services_text),
		.effective_text = span_of_buf(&settings->effective_text),
		.origin_text = span_of_buf(&settings->origin_text),
		.main_mode = settings->main_mode,
		.services_mode = settings->services_mode,
		.host_files = (const char *const *)settings->host_files,
	};
}
