/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/params.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/span.h"
#include "core/guard/score.h"
#include "core/params_value.h"

#include "mta_parameters.h"

#define FIRST_FREE_PORT 1024	/* for all users, as Linux comes */

#define VALUE_MAX 1024
#define ALNUM \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum {
#define X(name, value, options) PARAM_##name,
	MTA_PARAMETERS(X)
#undef X
	PARAM_COUNT
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

int value_refuse(const struct value *value, struct why *why, const char *fmt,
		 ...)
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
		return value_refuse(value, why, "is %zu octets long, at most "
				    "%d are allowed", len, VALUE_MAX);
	for (const char *p = value->text; *p; p++) {
		if (*p == '\n' || *p == '\r')
			return value_refuse(value, why, "has a line break in "
					    "it");
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return value_refuse(value, why, "has a control "
					    "character in it");
		if (strchr("${}", *p))
			return value_refuse(value, why, "has the character "
					    "'%c' in it, which a mail server "
					    "would expand", *p);
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
	return value_refuse(value, why, "is not known; wanted is one of: %s",
			    value->options);
}

static int parse_truth(const struct value *value, bool *ret, struct why *why)
{
	if (parse_bool(value->text, ret) < 0)
		return value_refuse(value, why, "is neither true nor false");
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
		return value_refuse(value, why, "is no time from %s; wanted "
				    "is a whole number with ms, s, m or h "
				    "behind it", range.text);
	*ret_ms = ms;
	return 0;
}

static int parse_number(const struct value *value, uint32_t min, uint32_t max,
			int32_t *ret, struct why *why)
{
	uint32_t number;

	if (parse_u32(value->text, max, &number) < 0 || number < min)
		return value_refuse(value, why, "is no whole number from %u "
				    "to %u", min, max);
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
		return value_refuse(value, why, "is no full path; wanted is "
				    "one that begins with a slash");
	if (value->text[strspn(value->text, ALNUM "/._-+@")])
		return value_refuse(value, why, "has a character other than "
				    "ASCII letters, digits and / . _ - + @");
	if (has_dot_dot(value->text))
		return value_refuse(value, why, "has \"..\" in it; wanted is "
				    "the path without detours");
	while (len && value->text[len - 1] == '/')
		len--;
	if (!len)
		return value_refuse(value, why, "is the root folder");
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
			return value_refuse(value, why, "has \"%.*s\" in it; "
					    "of Postfix's options only -v and "
					    "-D may be given", SPAN_ARG(word));
	*ret = xstrdup(value->text);
	return 0;
}

static int parse_transports(const struct value *value, char **ret,
			    struct why *why)
{
	struct span rest = span_of(value->text), word;

	while (span_word(&rest, " ", &word)) {
		if (strspn(word.p, ALNUM "._-") < word.len)
			return value_refuse(value, why, "has \"%.*s\" in it, "
					    "which is no transport's name; "
					    "wanted are names parted by spaces",
					    SPAN_ARG(word));
		if (span_has_word(rest, word))
			return value_refuse(value, why, "has \"%.*s\" in it "
					    "twice", SPAN_ARG(word));
	}
	*ret = xstrdup(value->text);
	return 0;
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
	int r = params_take_resolvers(&values[PARAM_resolvers], params, why);

	if (!r)
		r = params_take_remotes(&values[PARAM_remotes], params, why);
	if (!r)
		r = params_take_domains(&values[PARAM_sender_domains], params,
					why);
	if (!r)
		r = parse_time(&values[PARAM_verify_timeout], timeout,
			       &params->verify_timeout_ms, why);
	if (!r)
		r = parse_time(&values[PARAM_verify_interval], interval,
			       &params->verify_interval_ms, why);
	return r;
}

static int parse_callback_port(const struct value *value, uint16_t *ret,
			       struct why *why)
{
	int32_t port = 0;
	int r = parse_number(value, 1, UINT16_MAX, &port, why);

	if (r < 0)
		return r;
	if (port == SMTP_PORT)
		return value_refuse(value, why, "is the mail server's own "
				    "port; callback=smtp has the witnesses "
				    "call there");
	if (port < FIRST_FREE_PORT)
		return value_refuse(value, why, "is below %d, where the guard, "
				    "which is not root, cannot listen",
				    FIRST_FREE_PORT);
	*ret = (uint16_t)port;
	return 0;
}

static int witnesses_parse(const struct value *values, struct params *params,
			   struct why *why)
{
	unsigned int word = 0;
	int r = params_take_witnesses(&values[PARAM_witnesses], params, why);

	if (!r)
		r = parse_path(&values[PARAM_authkey], &params->authkey, why);
	if (!r && !params->authkey)
		r = value_refuse(&values[PARAM_authkey], why, "is no full "
				 "path; wanted is the file of the key");
	if (!r)
		r = parse_callback_port(&values[PARAM_callback_port],
					&params->callback_port, why);
	if (!r)
		r = parse_select(&values[PARAM_callback], &word, why);
	params->callback = (enum callback_mode)word;
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
		r = witnesses_parse(values, &params, why);
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

const char *callback_text(enum callback_mode mode)
{
	switch (mode) {
	case CALLBACK_BINDBACK:
		return "bindback";
	case CALLBACK_SMTP:
		return "smtp";
	case CALLBACK_NONE:
		return "none";
	}
	abort();
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
	copy.authkey = text_copy(params->authkey);
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
	free(params->authkey);
	*params = (struct params){ 0 };
}
