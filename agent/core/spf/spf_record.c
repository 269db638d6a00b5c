/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf_record.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define VERSION "v=spf1"

bool spf_record_is(struct span text)
{
	size_t len = strlen(VERSION);

	if (text.len < len || strncasecmp(text.p, VERSION, len) != 0)
		return false;
	return text.len == len || text.p[len] == ' ';
}

int spf_record_read(struct span text, const char *domain,
		    struct span *ret_terms, struct spf_term *ret_redirect,
		    struct why *why)
{
	struct span terms = { text.p + strlen(VERSION),
			      text.len - strlen(VERSION) };
	struct span rest = terms;
	struct spf_term term, redirect = { .kind = SPF_REDIRECT };
	unsigned int redirects = 0, exps = 0;
	int r;

	while ((r = spf_term_next(&rest, &term, why)) > 0) {
		redirects += term.kind == SPF_REDIRECT;
		exps += term.kind == SPF_EXP;
		if (redirects > 1 || exps > 1) {
			why_set(why, "a second modifier of its kind");
			r = -EINVAL;
			break;
		}
		if (term.kind == SPF_REDIRECT)
			redirect = term;
	}
	if (r < 0) {
		why_context(why, "\"%.*s\" of %s", SPF_TERM_ARG(term.text),
			    domain);
		return r;
	}
	*ret_terms = terms;
	*ret_redirect = redirect;
	return 0;
}
