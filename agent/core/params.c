/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/params.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/span.h"
#include "core/guard/score.h"

#include "mta_parameters.h"

#define VALUE_MAX 1024
#define ALNUM \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum {
#define X(name, value, options) PARAM_##name,
	MTA_PARAMETERS(X)
#undef X
	PARAM_COUNT
};

/* A parameter as the metadata has it; then with the value that holds. */
struct value {
	const char *name;
	const char *text;
	const char *options;	/* words, of a select */
};

static const struct value defaults[PARAM_COUNT] = {
#define X(name, value, options) { #name, value, options },
	MTA_PARAMETERS(X)
#undef X
};

const char *params_name(size_t i)
{
	return i < PARAM_COUNT ? defaults[i].name : NULL;
}

__attribute__((format(printf, 3, 4)))
static int refuse(const struct value *value, struct why *why,
		  const char *fmt, ...)
{
	struct why reason;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(reason.text, sizeof(reason.text), fmt, args);
	va_end(args);
	if (*value->text)
		why_set(why, "%s: \"%.80s\" %s", value->name, value->text,
			reason.text);
	else
		why_set(why, "%s: an empty value %s", value->name,
			reason.text);
	return -EINVAL;
}

/* What no parameter may have: each would mean something in a configuration
 * file that the value reaches. */
static int text_check(const struct value *value, struct why *why)
{
	size_t len = strlen(value->text);

	if (len > VALUE_MAX)
		return refuse(value, why, "is %zu octets long, at most %d "
			      "are allowed", len, VALUE_MAX);
	for (const char *p = value->text; *p; p++) {
		if (*p == '\n' || *p == '\r')
			return refuse(value, why, "has a line break in it");
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return refuse(value, why, "has a control character "
				      "in it");
		if (strchr("${}", *p))
			return refuse(value, why, "has the character '%c' in "
				      "it, which a mail server would expand",
				      *p);
	}
	return 0;
}

static int values_read(params_get_fn *get, void *ctx,
		       struct value values[PARAM_COUNT], struct why *why)
{
	for (int i = 0; i < PARAM_COUNT; i++) {
		const char *given = get(ctx, defaults[i].name);
		int r;

		values[i] = defaults[i];
		if (given)
			values[i].text = given;
		if (!values[i].text)
			values[i].text = "";	/* required: refused later */
		r = text_check(&values[i], why);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Gives the place of the word among the options. */
static int parse_select(const struct value *value, unsigned int *ret,
			struct why *why)
{
	struct span rest = span_of(value->options), option;

	for (unsigned int i = 0; span_word(&rest, " ", &option); i++)
		if (span_equals(option, value->text)) {
			*ret = i;
			return 0;
		}
	return refuse(value, why, "is not known; wanted is one of: %s",
		      value->options);
}

static int parse_truth(const struct value *value, bool *ret, struct why *why)
{
	if (parse_bool(value->text, ret) < 0)
		return refuse(value, why, "is neither true nor false");
	return 0;
}

struct range {
	int64_t min_ms, max_ms;
	const char *text;
};

static int parse_time(const struct value *value, struct range range,
		      int64_t *ret_ms, struct why *why)
{
	int64_t ms;

	if (parse_duration_ms(value->text, &ms) < 0 || ms < range.min_ms ||
	    ms > range.max_ms)
		return refuse(value, why, "is no time from %s; wanted is a "
			      "whole number with ms, s, m or h behind it",
			      range.text);
	*ret_ms = ms;
	return 0;
}

static int parse_number(const struct value *value, uint32_t min, uint32_t max,
			int32_t *ret, struct why *why)
{
	uint32_t number;

	if (parse_u32(value->text, max, &number) < 0 || number < min)
		return refuse(value, why, "is no whole number from %u to %u",
			      min, max);
	*ret = (int32_t)number;
	return 0;
}

static bool has_dot_dot(const char *path)
{
	struct span rest = span_of(path), part;

	while (span_word(&rest, "/", &part))
		if (span_equals(part, ".."))
			return true;
	return false;
}

/* An empty value leaves `ret` NULL; final slashes go. */
static int parse_path(const struct value *value, char **ret, struct why *why)
{
	size_t len = strlen(value->text);

	if (!len)
		return 0;
	if (value->text[0] != '/')
		return refuse(value, why, "is no full path; wanted is one "
			      "that begins with a slash");
	if (value->text[strspn(value->text, ALNUM "/._-+@")])
		return refuse(value, why, "has a character other than ASCII "
			      "letters, digits and / . _ - + @");
	if (has_dot_dot(value->text))
		return refuse(value, why, "has \"..\" in it; wanted is the "
			      "path without detours");
	while (len && value->text[len - 1] == '/')
		len--;
	if (!len)
		return refuse(value, why, "is the root folder");
	*ret = xmemdup0(value->text, len);
	return 0;
}

/* Words for the start of the MTA. Only what cannot undo the binding: another
 * -c, say, would. */
static int parse_options(const struct value *value, char **ret,
			 struct why *why)
{
	struct span rest = span_of(value->text), word;

	while (span_word(&rest, " ", &word))
		if (word.len < 2 || word.p[0] != '-' ||
		    strspn(word.p + 1, "Dv") < word.len - 1)
			return refuse(value, why, "has \"%.*s\" in it; of "
				      "Postfix's options only -v and -D may "
				      "be given", SPAN_ARG(word));
	*ret = xstrdup(value->text);
	return 0;
}

static int parse_transports(const struct value *value, char **ret,
			    struct why *why)
{
	struct span rest = span_of(value->text), word;

	while (span_word(&rest, " ", &word)) {
		if (strspn(word.p, ALNUM "._-") < word.len)
			return refuse(value, why, "has \"%.*s\" in it, which "
				      "is no transport's name; wanted are "
				      "names parted by spaces",
				      SPAN_ARG(word));
		if (span_has_word(rest, word))
			return refuse(value, why, "has \"%.*s\" in it twice",
				      SPAN_ARG(word));
	}
	*ret = xstrdup(value->text);
	return 0;
}

static const char *resolver_fault(const struct params *params,
				  const struct endpoint *ep)
{
	if (addr_is_unspecified(&ep->addr) || addr_is_multicast(&ep->addr))
		return "which no single server can have";
	for (unsigned int i = 0; i < params->resolver_count; i++)
		if (addr_equal(&params->resolvers[i].addr, &ep->addr) &&
		    params->resolvers[i].port == ep->port)
			return "which is there twice";
	return NULL;
}

static int parse_resolvers(const struct value *value, struct params *params,
			   struct why *why)
{
	struct span rest = span_of(value->text), word;

	while (span_word(&rest, " ", &word)) {
		struct endpoint ep = { 0 };
		char *text = xmemdup0(word.p, word.len);
		const char *fault = endpoint_parse(text, DNS_PORT, &ep) < 0 ?
			"which is no address or address#port" :
			resolver_fault(params, &ep);

		free(text);
		if (fault)
			return refuse(value, why, "has \"%.*s\" in it, %s",
				      SPAN_ARG(word), fault);
		if (params->resolver_count == RESOLVERS_MAX)
			return refuse(value, why, "has more than %d resolvers",
				      RESOLVERS_MAX);
		params->resolvers[params->resolver_count++] = ep;
	}
	return 0;
}

static bool remote_known(const struct params *params,
			 const struct remote *remote)
{
	for (unsigned int i = 0; i < params->remote_count; i++)
		if (remote_equal(&params->remotes[i], remote))
			return true;
	return false;
}

static int parse_remotes(const struct value *value, struct params *params,
			 struct why *why)
{
	struct span rest = span_of(value->text), word;
	struct why fault = { "" };
	struct remote remote;

	while (span_word(&rest, " ", &word)) {
		if (remote_parse(word, &remote, &fault) < 0)
			return refuse(value, why, "has \"%.*s\" in it, which "
				      "%.200s", SPAN_ARG(word), fault.text);
		if (remote_known(params, &remote))
			return refuse(value, why, "has \"%.*s\" in it, which "
				      "is there twice", SPAN_ARG(word));
		if (params->remote_count == REMOTES_MAX)
			return refuse(value, why, "has more than %d mail "
				      "servers", REMOTES_MAX);
		params->remotes[params->remote_count++] = remote;
	}
	return 0;
}

static int parse_domain(const struct value *value, struct span word,
			struct buf *list, struct why *why)
{
	char *name = xmemdup0(word.p, word.len);
	struct why fault = { "" };
	int r = 0;

	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (fqdn_check(name, &fault) < 0)
		r = refuse(value, why, "has \"%.*s\" in it, which %.200s",
			   SPAN_ARG(word), fault.text);
	else if (span_has_word(span_of(list->data), span_of(name)))
		r = refuse(value, why, "has \"%s\" in it twice", name);
	else
		buf_printf(list, "%s%s", list->len ? " " : "", name);
	free(name);
	return r;
}

static int parse_domains(const struct value *value, struct params *params,
			 struct why *why)
{
	struct span rest = span_of(value->text), word;
	unsigned int count = 0;
	BUF_CLEAN list = { 0 };
	int r = 0;

	buf_init(&list);
	while (!r && span_word(&rest, " ", &word)) {
		if (count++ == SENDER_DOMAINS_MAX)
			return refuse(value, why, "has more than %d domains",
				      SENDER_DOMAINS_MAX);
		r = parse_domain(value, word, &list, why);
	}
	if (!r)
		params->sender_domains = buf_steal(&list);
	return r;
}

static int mta_parse(const struct value *values, struct params *params,
		     struct why *why)
{
	unsigned int word;
	int r = parse_select(&values[PARAM_mta], &word, why);

	if (!r)
		params->mta = xstrdup(values[PARAM_mta].text);
	if (!r)
		r = identity_parse(values[PARAM_name].text,
				   values[PARAM_ip].text,
				   values[PARAM_public_ip].text,
				   &params->identity, why);
	if (!r)
		r = parse_path(&values[PARAM_config_dir], &params->config_dir,
			       why);
	if (!r)
		r = parse_path(&values[PARAM_binary], &params->binary, why);
	if (!r)
		r = parse_options(&values[PARAM_parameters],
				  &params->parameters, why);
	if (!r)
		r = parse_transports(&values[PARAM_unbound_transports],
				     &params->unbound_transports, why);
	return r;
}

static int verify_parse(const struct value *values, struct params *params,
			struct why *why)
{
	static const struct range timeout = { 100, 600000, "100ms to 10m" };
	static const struct range interval = { 1000, INT64_MAX,
					       "1s to 30 days" };
	int r = parse_resolvers(&values[PARAM_resolvers], params, why);

	if (!r)
		r = parse_remotes(&values[PARAM_remotes], params, why);
	if (!r)
		r = parse_domains(&values[PARAM_sender_domains], params, why);
	if (!r)
		r = parse_time(&values[PARAM_verify_timeout], timeout,
			       &params->verify_timeout_ms, why);
	if (!r)
		r = parse_time(&values[PARAM_verify_interval], interval,
			       &params->verify_interval_ms, why);
	return r;
}

static int policy_parse(const struct value *values, struct params *params,
			struct why *why)
{
	static const struct range hold_max = { 0, INT64_MAX, "0 to 30 days" };
	unsigned int word = 0;
	int r = parse_select(&values[PARAM_on_unverified], &word, why);

	params->on_unverified = (enum on_unverified)word;
	if (!r)
		r = parse_truth(&values[PARAM_hold], &params->hold, why);
	if (!r)
		r = parse_time(&values[PARAM_hold_max], hold_max,
			       &params->hold_max_ms, why);
	if (!r)
		r = parse_truth(&values[PARAM_require_quorum],
				&params->require_quorum, why);
	return r;
}

static int guard_parse(const struct value *values, struct params *params,
		       struct why *why)
{
	static const struct range dampen = { 0, 600000, "0 to 10m" };
	unsigned int word = 0;
	int r = parse_select(&values[PARAM_mode], &word, why);

	params->mode = (enum run_mode)word;
	if (!r)
		r = parse_number(&values[PARAM_score], 1, SCORE_MAX,
				 &params->score, why);
	if (!r)
		r = parse_time(&values[PARAM_dampen], dampen,
			       &params->dampen_ms, why);
	return r;
}

int params_parse(params_get_fn *get, void *ctx, struct params *ret,
		 struct why *why)
{
	struct value values[PARAM_COUNT];
	struct params params = { 0 };
	int r = values_read(get, ctx, values, why);

	if (!r)
		r = mta_parse(values, &params, why);
	if (!r)
		r = verify_parse(values, &params, why);
	if (!r)
		r = policy_parse(values, &params, why);
	if (!r)
		r = guard_parse(values, &params, why);
	if (r < 0)
		params_done(&params);
	else
		*ret = params;
	return r;
}

static char *text_copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

struct params params_copy(const struct params *params)
{
	struct params copy = *params;

	copy.mta = text_copy(params->mta);
	copy.config_dir = text_copy(params->config_dir);
	copy.binary = text_copy(params->binary);
	copy.parameters = text_copy(params->parameters);
	copy.unbound_transports = text_copy(params->unbound_transports);
	copy.sender_domains = text_copy(params->sender_domains);
	return copy;
}

void params_done(struct params *params)
{
	if (!params)
		return;
	free(params->mta);
	free(params->config_dir);
	free(params->binary);
	free(params->parameters);
	free(params->unbound_transports);
	free(params->sender_domains);
	*params = (struct params){ 0 };
}
