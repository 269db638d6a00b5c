/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/params_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define FULL "bindback-params 1\ncluster-node node1\nresource-id mta\n" \
	"resource-promotable yes\n" \
	"name mail.example.com\nip 192.0.2.25\npublic_ip \nend\n"

static const char *get(void *ctx, const char *name)
{
	(void)ctx;
	return !strcmp(name, "name")	  ? "mail.example.com" :
	       !strcmp(name, "ip")	  ? "192.0.2.25" :
	       !strcmp(name, "public_ip") ? "" : NULL;
}

static struct params_text parsed(const char *text)
{
	struct params_text ret = { 0 };
	struct why why = { "" };

	if (params_text_parse(span_of(text), &ret, &why) < 0)
		fail_msg("refused: %s", why.text);
	return ret;
}

static void test_what_is_given_is_written(void **unused)
{
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	params_text_print(get, NULL, "node1", "mta", true, &out);
	assert_string_equal(out.data, FULL);
}

static void test_reads_what_was_written(void **unused)
{
	struct params_text text = parsed(FULL);

	(void)unused;
	assert_string_equal(text.node, "node1");
	assert_string_equal(text.resource, "mta");
	assert_true(text.promotable);
	assert_string_equal(params_text_get(&text, "name"),
			    "mail.example.com");
	assert_string_equal(params_text_get(&text, "public_ip"), "");
	assert_null(params_text_get(&text, "hold"));
	assert_null(params_text_get(&text, "no_such"));
	params_text_done(&text);
}

/* Whatever a value has in it, it is the same afterwards, for each name. */
static const char *odd(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return " a\\b\nend\n\x01\x7f\xc3\xbc ";
}

static void test_any_value_of_any_parameter(void **unused)
{
	BUF_CLEAN out;
	struct params_text text;
	size_t count = 0;

	(void)unused;
	buf_init(&out);
	params_text_print(odd, NULL, odd(NULL, ""), "", false, &out);
	text = parsed(out.data);
	for (; params_name(count); count++)
		assert_string_equal(params_text_get(&text, params_name(count)),
				    odd(NULL, ""));
	assert_true(count > 15);
	assert_string_equal(text.node, odd(NULL, ""));
	assert_string_equal(text.resource, "");
	params_text_done(&text);
}

/* A newer agent knows more parameters, an older one fewer. */
static void test_skips_what_it_does_not_know(void **unused)
{
	struct params_text text =
		parsed("bindback-params 1\nnewer x\nhold no\nend\n");

	(void)unused;
	assert_string_equal(params_text_get(&text, "hold"), "no");
	assert_string_equal(text.node, "");
	assert_string_equal(text.resource, "");
	params_text_done(&text);
}

static void test_refuses(void **unused)
{
	static const struct {
		const char *text, *says;
		int error;
	} cases[] = {
		{ "", "do not start with", -EPROTONOSUPPORT },
		{ "bindback-params 2\nend\n", "do not start with",
		  -EPROTONOSUPPORT },
		{ "bindback-state 1\nend\n", "do not start with",
		  -EPROTONOSUPPORT },
		{ "bindback-params 1\n", "are cut", -EINVAL },
		{ "bindback-params 1\nend\nhold no\n", "are cut", -EINVAL },
		{ "bindback-params 1\nhold a\\x0\nend\n", "\"hold a", -EINVAL },
		{ "bindback-params 1\nhold a\tb\nend\n", "\"hold a", -EINVAL },
		{ "bindback-params 1\nhold no\nhold yes\nend\n",
		  "\"hold yes\"", -EINVAL },
		{ "bindback-params 1\nresource-id a\nresource-id a\nend\n",
		  "\"resource-id a\"", -EINVAL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct params_text text = { .node = (char *)"untouched" };
		struct why why = { "" };

		assert_int_equal(params_text_parse(span_of(cases[i].text),
						   &text, &why),
				 cases[i].error);
		if (!strstr(why.text, cases[i].says))
			fail_msg("case %zu says \"%s\"", i, why.text);
		assert_string_equal(text.node, "untouched");
	}
}

static void test_refuses_what_is_too_long(void **unused)
{
	char *large = xcalloc(1, PARAMS_TEXT_MAX + 2);
	struct params_text text = { 0 };

	(void)unused;
	memset(large, 'a', PARAMS_TEXT_MAX + 1);
	assert_int_equal(params_text_parse(span_of(large), &text, NULL),
			 -EFBIG);
	large[PARAMS_TEXT_MAX] = '\0';
	assert_int_equal(params_text_parse(span_of(large), &text, NULL),
			 -EPROTONOSUPPORT);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_given_is_written),
		cmocka_unit_test(test_reads_what_was_written),
		cmocka_unit_test(test_any_value_of_any_parameter),
		cmocka_unit_test(test_skips_what_it_does_not_know),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_refuses_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
