/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "cmd/command.h"
#include "cmd/key_change.h"
#include "core/witness/keyring.h"
#include "io/key_file.h"

static const char help[] =
	"Usage: bindback witness-key make|rotate|retire|show NAME "
	"[--file=FILE]\n"
	"       bindback witness-key list [--file=FILE]\n"
	"       bindback witness-key import FILE|- [--file=FILE]\n"
	"\n"
	"The keys by which a cluster and its witnesses know each other. NAME "
	"is the cluster's.\n"
	"\n"
	"  make NAME     a first key of that name\n"
	"  list          names, serials and fingerprints; never a secret\n"
	"  show NAME     the lines with the secret, to hand to a witness:\n"
	"                bindback witness-key show NAME | ssh WITNESS "
	"bindback witness-key import -\n"
	"  import FILE   at a witness: put the keys of this file, or of "
	"standard input, in the\n"
	"                place of those of the same names\n"
	"  rotate NAME   a new key; the one before it stays valid\n"
	"  retire NAME   drop all but the newest\n"
	"  --file=FILE   the file of keys (default: " KEY_FILE ";\n"
	"                import: " KEY_FILE_WITNESS "; list: both)\n"
	"  --help        this text\n"
	"\n"
	"Exit status: 0 done, 3 it could not be, 64 wrong usage.\n";

struct request {
	const char *command;
	const char *file;	/* NULL: the verb's own */
	const char *word;	/* NULL: the verb wants none */
};

typedef int change_fn(const char *path, const char *name, struct buf *out,
		      struct why *why);

/* What is told of a run that went well, or why it did not. */
static int finish(const struct request *request, const struct buf *out, int r,
		  const struct why *why)
{
	return r < 0 ? command_failed(request->command, why) :
		       command_output(request->command, out->data, 0);
}

static const char *own_file(const struct request *request)
{
	return request->file ? request->file : KEY_FILE;
}

static int change_key(const struct request *request, change_fn *change)
{
	struct why why = { "" };
	BUF_CLEAN out;
	int r;

	buf_init(&out);
	r = change(own_file(request), request->word, &out, &why);
	return finish(request, &out, r, &why);
}

static int run_make(const struct request *request)
{
	return change_key(request, key_change_make);
}

static int run_rotate(const struct request *request)
{
	return change_key(request, key_change_rotate);
}

static int run_retire(const struct request *request)
{
	return change_key(request, key_change_retire);
}

/* All of standard input, or one byte more than may be. */
static int read_bytes(struct buf *text, struct why *why)
{
	ssize_t n = 1;

	buf_reserve(text, KEYRING_TEXT_MAX + 1);
	while (n && text->len <= KEYRING_TEXT_MAX) {
		n = read(STDIN_FILENO, text->data + text->len,
			 KEYRING_TEXT_MAX + 1 - text->len);
		if (n < 0 && errno != EINTR) {
			int r = -errno;

			why_set(why, "cannot read standard input: %s",
				strerror(-r));
			return r;
		}
		text->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int read_input(struct keyring *ret, struct why *why)
{
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	r = read_bytes(&text, why);
	if (!r) {
		r = keyring_parse((struct span){ text.data, text.len }, ret,
				  why);
		if (r < 0)
			why_context(why, "standard input");
	}
	explicit_bzero(text.data, text.len);
	return r;
}

static int import(const struct request *request, struct buf *out,
		  struct why *why)
{
	bool from_input = !strcmp(request->word, "-");
	struct keyring more = { 0 };
	int r;

	r = from_input ? read_input(&more, why) :
			 key_file_read(request->word, false, &more, why);
	if (!r && !more.count) {
		why_set(why, "%s has no key", from_input ? "standard input" :
							   request->word);
		r = -ENODATA;
	}
	if (!r)
		r = key_change_import(request->file ? request->file :
						      KEY_FILE_WITNESS,
				      &more, out, why);
	keyring_done(&more);
	return r;
}

static int run_import(const struct request *request)
{
	struct why why = { "" };
	BUF_CLEAN out;
	int r;

	buf_init(&out);
	r = import(request, &out, &why);
	return finish(request, &out, r, &why);
}

static int show(const struct request *request, struct buf *out,
		struct why *why)
{
	struct keyring ring = { 0 }, own;
	int r;

	r = key_file_read(own_file(request), false, &ring, why);
	own = keyring_of(&ring, request->word);
	if (!r && !own.count)
		r = key_change_none(own_file(request), request->word, why);
	if (!r)
		keyring_print(&own, out);
	keyring_done(&ring);
	return r;
}

static int run_show(const struct request *request)
{
	struct why why = { "" };
	BUF_CLEAN out;
	int r;

	buf_init(&out);
	r = show(request, &out, &why);
	if (!r)
		(void)fputs("This is a secret: hand it over by a way on which "
			    "nobody else can read it.\n", stderr);
	r = finish(request, &out, r, &why);
	explicit_bzero(out.data, out.len);
	return r;
}

static void put_keys(const struct keyring *ring, const char *path,
		     struct buf *out)
{
	buf_printf(out, "%s%s\n", path, ring->count ? ":" : ": no key");
	for (size_t i = 0; i < ring->count; i++) {
		const struct key *key = &ring->keys[i];

		buf_puts(out, "  ");
		key_put(key, out);
		buf_puts(out, i && !strcmp(key->name, key[-1].name) ?
			 ", the one before\n" : "\n");
	}
}

static int list_file(const char *path, struct buf *out, struct why *why)
{
	struct keyring ring = { 0 };
	int r = key_file_read(path, false, &ring, why);

	if (!r)
		put_keys(&ring, path, out);
	keyring_done(&ring);
	return r;
}

/* Of the two that may be there, those that are. */
static int list_known(struct buf *out, struct why *why)
{
	int r = list_file(KEY_FILE, out, why);

	if (r < 0 && r != -ENOENT)
		return r;
	r = list_file(KEY_FILE_WITNESS, out, why);
	if (r == -ENOENT && out->len)
		return 0;
	if (r == -ENOENT)
		why_set(why, "there is no key: neither " KEY_FILE " nor "
			KEY_FILE_WITNESS " is there");
	return r;
}

static int run_list(const struct request *request)
{
	struct why why = { "" };
	BUF_CLEAN out;
	int r;

	buf_init(&out);
	r = request->file ? list_file(request->file, &out, &why) :
			    list_known(&out, &why);
	return finish(request, &out, r, &why);
}

struct verb {
	const char *name;
	const char *wants;	/* NULL: no word */
	int (*run)(const struct request *request);
};

static const struct verb verbs[] = {
	{ "make", "NAME", run_make },
	{ "list", NULL, run_list },
	{ "show", "NAME", run_show },
	{ "import", "FILE", run_import },
	{ "rotate", "NAME", run_rotate },
	{ "retire", "NAME", run_retire },
};

static int check_word(const struct request *request, const struct verb *verb)
{
	struct why why = { "" };

	if (!verb->wants && request->word)
		return command_usage(request->command, "\"%s\" is one word "
				     "too many; see bindback %s --help",
				     request->word, request->command);
	if (verb->wants && !request->word)
		return command_usage(request->command, "%s wants a %s; see "
				     "bindback %s --help", verb->name,
				     verb->wants, request->command);
	if (verb->wants && !strcmp(verb->wants, "NAME") &&
	    key_name_check(request->word, &why) < 0)
		return command_usage(request->command, "the name \"%s\" %s",
				     request->word, why.text);
	return 0;
}

static int carry_out(const struct request *request, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		int r;

		if (strcmp(word, verbs[i].name) != 0)
			continue;
		r = check_word(request, &verbs[i]);
		return r ? r : verbs[i].run(request);
	}
	return command_usage(request->command, "\"%s\" is nothing that can be "
			     "done to keys; wanted is make, list, show, "
			     "import, rotate or retire", word);
}

static int witness_key_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .command = argv[0] };
	int c;

	while ((c = command_getopt_words(argc, argv, 2, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		if (c == '?')
			return STATUS_USAGE;
		request.file = optarg;
	}
	if (optind == argc)
		return command_usage(argv[0], "make, list, show, import, "
				     "rotate or retire is wanted; see "
				     "bindback %s --help", argv[0]);
	request.word = argv[optind + 1];
	return carry_out(&request, argv[optind]);
}

const struct command command_witness_key = {
	"witness-key",
	"make, show and replace the keys that witnesses know us by",
	witness_key_main,
};
