/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bindback-witness-hosts: run as root for a moment, when the witness's wanted
 * hosts lines have changed, it puts them in the hosts file. It believes the
 * witness nothing: a line must be one, its name one that witness.conf lets a
 * key have there, and not one that the file has from somebody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "core/witness/hosts.h"
#include "core/witness/leases.h"
#include "core/witness/rules.h"

#define PROGRAM "bindback-witness-hosts"
#define CONFIG "/etc/bindback/witness.conf"
#define WANTED "/run/bindback-witness/hosts"
#define STATUS_USAGE 64
#define SAID_MAX 8	/* lines that are told to be refused */

static const char help[] =
	"Usage: " PROGRAM " [--config=FILE] [--wanted=FILE] [--hosts=FILE]\n"
	"\n"
	"Puts the hosts lines that bindback-witness wants into the hosts "
	"file, and takes\nthose away that it does not want any more.\n"
	"\n"
	"  --config=FILE  the witness's configuration (" CONFIG ")\n"
	"  --wanted=FILE  what it wants (" WANTED ")\n"
	"  --hosts=FILE   the hosts file (as the configuration says)\n"
	"  --help         this text\n"
	"\n"
	"Exit status: 0 done, 1 it could not be, 64 wrong usage.\n";

struct helper {
	const char *config, *wanted, *hosts;	/* paths; NULL: as usual */
	struct rules rules;
	struct buf text;		/* of the hosts file */
	int fd;				/* ... which is open */
	struct hosts_line *lines;	/* that are to be there */
	size_t count;
	unsigned int refused;
};

static int usage(const char *word)
{
	(void)fprintf(stderr, PROGRAM ": \"%s\" is wrong here; see " PROGRAM
		      " --help\n", word);
	return STATUS_USAGE;
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct helper *h)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "wanted", required_argument, NULL, 'w' },
		{ "hosts", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == 'c')
			h->config = optarg;
		else if (c == 'w')
			h->wanted = optarg;
		else if (c == 'o')
			h->hosts = optarg;
		else if (c == 'h')
			return fputs(help, stdout) < 0 ? EXIT_FAILURE :
							 EXIT_SUCCESS;
		else
			return usage(argv[optind - 1]);
	}
	if (h->wanted && *h->wanted != '/') {
		(void)fprintf(stderr, PROGRAM ": --wanted: \"%s\" is no full "
			      "path\n", h->wanted);
		return STATUS_USAGE;
	}
	return optind < argc ? usage(argv[optind]) : -1;
}

/* Without a file all is as usual: nobody may have lines. */
static int read_rules(struct helper *h, struct why *why)
{
	const char *path = h->config ? h->config : CONFIG;
	BUF_CLEAN text = { 0 };
	int r = file_read(path, RULES_TEXT_MAX, &text, why);

	if (r < 0 && (r != -ENOENT || h->config))
		return r;
	r = rules_parse((struct span){ text.data, text.len }, &h->rules, why);
	if (r < 0)
		why_context(why, "%s", path);
	else if (!h->hosts)
		h->hosts = h->rules.hosts_file;
	return r;
}

static int read_hosts(struct helper *h, struct why *why)
{
	int r = file_open_foreign(h->hosts, O_RDONLY | O_NONBLOCK | O_NOCTTY,
				  &h->fd);

	if (!r)
		return file_read_open(h->fd, h->hosts, HOSTS_TEXT_MAX,
				      &h->text, why);
	why_set(why, "cannot open %s: %s", h->hosts,
		r == -ELOOP ? "it is a symbolic link; wanted is the file "
			      "itself" :
		r == -EPERM ? "it belongs to another than its folder" :
		r == -EINVAL ? "wanted is a full path" : strerror(-r));
	return r;
}

static bool rules_allow(const struct rules *rules, const char *name)
{
	if (rules->defaults.hosts && rule_allows_name(&rules->defaults, name))
		return true;
	for (size_t i = 0; i < rules->rule_count; i++)
		if (rules->rules[i].hosts &&
		    rule_allows_name(&rules->rules[i], name))
			return true;
	return false;
}

/* What programs here call this host, or its loopback. */
static bool is_own_name(const char *name)
{
	static const char local[] = "localhost";
	char own[NAME_MAX_LEN + 1] = "";
	size_t len = strlen(name);

	if (gethostname(own, sizeof(own) - 1) < 0)
		return true;
	return !strcasecmp(name, own) ||
	       !strncasecmp(name, "localhost.", sizeof(local)) ||
	       (len >= sizeof(local) &&
		!strcasecmp(name + len - sizeof(local), ".localhost"));
}

static bool is_there(const struct helper *h, const struct hosts_line *line)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->lines[i].addr.family == line->addr.family &&
		    !strcmp(h->lines[i].name, line->name))
			return true;
	return false;
}

/* Why it must not be in the hosts file; NULL: it may. */
static const char *line_fault(const struct helper *h,
			      const struct hosts_line *line)
{
	struct span text = { h->text.data, h->text.len };
	struct hosts_found found;

	if (!rules_allow(&h->rules, line->name))
		return "is no name that a key with hosts = yes may have";
	if (is_own_name(line->name))
		return "is this host's own name";
	if (hosts_find(text, line->name, false, &found))
		return "is in the hosts file already, by somebody else";
	if (is_there(h, line))
		return "is wanted twice";
	return NULL;
}

static void refuse(struct helper *h, const char *text)
{
	if (h->refused++ < SAID_MAX)
		(void)fprintf(stderr, PROGRAM ": not put in %s: %s\n",
			      h->hosts, text);
}

static void take_line(struct helper *h, struct span text)
{
	struct hosts_line line;
	const char *fault;
	struct why why;

	if (hosts_line_parse(text, &line, &why) < 0) {
		refuse(h, why.text);
		return;
	}
	fault = line_fault(h, &line);
	if (fault) {
		why_set(&why, "\"%s\" %s", line.name, fault);
		refuse(h, why.text);
		return;
	}
	h->lines = xgrow(h->lines, h->count, sizeof(*h->lines));
	h->lines[h->count++] = line;
}

static int read_wanted(struct helper *h, struct why *why)
{
	const char *path = h->wanted ? h->wanted : WANTED;
	BUF_CLEAN text = { 0 };
	struct span rest, line;
	int r = file_read_foreign(path, LEASES_TEXT_MAX, &text, why);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	rest = (struct span){ text.data, text.len };
	for (int i = 0; i < LEASES_MAX && span_line(&rest, &line); i++)
		take_line(h, line);
	return 0;
}

static int merge(struct helper *h, struct why *why)
{
	BUF_CLEAN out;
	int r;

	buf_init(&out);
	hosts_merge((struct span){ h->text.data, h->text.len }, h->lines,
		    h->count, &out);
	if (out.len == h->text.len &&
	    !memcmp(out.data, h->text.data, out.len))
		return 0;
	r = file_replace(h->hosts, h->fd, out.data, out.len, why);
	if (!r)
		(void)printf("%s: lines kept now: %zu\n", h->hosts,
			     h->count);
	return r;
}

static int carry_out(struct helper *h)
{
	struct why why;
	int r = read_rules(h, &why);

	if (!r)
		r = read_hosts(h, &why);
	if (!r)
		r = read_wanted(h, &why);
	if (!r)
		r = merge(h, &why);
	if (r < 0)
		(void)fprintf(stderr, PROGRAM ": %s\n", why.text);
	if (h->refused > SAID_MAX)
		(void)fprintf(stderr, PROGRAM ": and %u lines more\n",
			      h->refused - SAID_MAX);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct helper h = { .fd = -1 };
	int status = read_options(argc, argv, &h);

	if (status < 0)
		status = carry_out(&h);
	rules_done(&h.rules);
	buf_done(&h.text);
	free(h.lines);
	file_close(&h.fd);
	return status;
}
