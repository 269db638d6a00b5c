/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/params.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

#define DIGITS_50 "12345678901234567890123456789012345678901234567890"
#define LABEL_63 "a" DIGITS_50 "123456789012"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." DIGITS_50 "1234567.com"
#define SEVEN "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 " \
	"192.0.2.7"

/* A good set, in which one parameter is replaced (or with NULL taken away). */
struct given {
	const char *name, *text;
};

static const char *get(void *ctx, const char *name)
{
	const struct given *given = ctx;

	if (!strcmp(given->name, name))
		return given->text;
	return !strcmp(name, "name") ? "Mail.Example.com" :
	       !strcmp(name, "ip")   ? "192.0.2.25 2001:db8::25" : NULL;
}

static struct params taken(const char *name, const char *text)
{
	struct given given = { name, text };
	struct params params;
	struct why why = { "" };

	if (params_parse(get, &given, &params, &why) < 0)
		fail_msg("%s=\"%s\" was refused: %s", name,
			 text ? text : "", why.text);
	return params;
}

static void test_defaults(void **state)
{
	struct params params = taken("", NULL);

	(void)state;
	assert_string_equal(params.mta, "postfix");
	assert_string_equal(params.identity.name, "mail.example.com");
	assert_int_equal(params.identity.count, 2);
	assert_null(params.config_dir);
	assert_null(params.binary);
	assert_string_equal(params.parameters, "");
	assert_string_equal(params.unbound_transports, "");
	assert_int_equal(params.resolver_count, 0);
	assert_int_equal(params.witness_count, 0);
	assert_string_equal(params.authkey, "/etc/bindback/authkey");
	assert_int_equal(params.callback_port, 9322);
	assert_int_equal(params.callback, CALLBACK_BINDBACK);
	assert_int_equal(params.on_unverified, ON_UNVERIFIED_DEGRADE);
	assert_true(params.hold);
	assert_int_equal(params.hold_max_ms, 0);
	assert_int_equal(params.verify_timeout_ms, 10000);
	assert_int_equal(params.verify_interval_ms, 300000);
	assert_true(params.require_quorum);
	assert_int_equal(params.mode, MODE_ENFORCE);
	assert_int_equal(params.score, 100);
	assert_int_equal(params.dampen_ms, 5000);
	params_done(&params);
}

static void test_on_unverified(void **state)
{
	static const char *const words[] = {
		[ON_UNVERIFIED_IGNORE] = "ignore",
		[ON_UNVERIFIED_ATTRIBUTE] = "attribute",
		[ON_UNVERIFIED_DEGRADE] = "degrade",
		[ON_UNVERIFIED_FAIL] = "fail",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct params params = taken("on_unverified", words[i]);

		assert_int_equal(params.on_unverified, i);
		params_done(&params);
	}
}

static void test_guard(void **state)
{
	struct params params = taken("mode", "observe");

	(void)state;
	assert_int_equal(params.mode, MODE_OBSERVE);
	params_done(&params);

	params = taken("score", "1000000");
	assert_int_equal(params.score, 1000000);
	params_done(&params);

	params = taken("dampen", "0");
	assert_int_equal(params.dampen_ms, 0);
	params_done(&params);
}

static void test_paths(void **state)
{
	struct params params = taken("config_dir", "/etc/postfix-out//");

	(void)state;
	assert_string_equal(params.config_dir, "/etc/postfix-out");
	params_done(&params);

	params = taken("binary", "/opt/postfix..3/postfix");
	assert_string_equal(params.binary, "/opt/postfix..3/postfix");
	params_done(&params);

	params = taken("config_dir", "");
	assert_null(params.config_dir);
	params_done(&params);
}

static void test_lists(void **state)
{
	struct params params = taken("resolvers",
				     " 127.0.0.1#5353  127.0.0.1 ::1 ");

	(void)state;
	assert_int_equal(params.resolver_count, 3);
	assert_string_equal(endpoint_text(&params.resolvers[0], 53).s,
			    "127.0.0.1#5353");
	assert_string_equal(endpoint_text(&params.resolvers[1], 53).s,
			    "127.0.0.1");
	assert_string_equal(endpoint_text(&params.resolvers[2], 53).s, "::1");
	params_done(&params);

	params = taken("resolvers", SEVEN " 192.0.2.8");
	assert_int_equal(params.resolver_count, RESOLVERS_MAX);
	params_done(&params);

	params = taken("unbound_transports", "smtp-amavis lmtp_local x.y");
	assert_string_equal(params.unbound_transports,
			    "smtp-amavis lmtp_local x.y");
	params_done(&params);

	params = taken("parameters", "-v -Dv");
	assert_string_equal(params.parameters, "-v -Dv");
	params_done(&params);
}

static void test_witnesses(void **state)
{
	struct params params = taken("witnesses", " W.partner.test "
				     "192.0.2.7 [2001:db8::7]:9323 192.0.2.7:1");
	struct params copy = params_copy(&params);

	(void)state;
	assert_int_equal(params.witness_count, 4);
	assert_string_equal(params.witnesses[0].host, "w.partner.test");
	assert_string_equal(params.witnesses[0].domain, "");
	assert_int_equal(params.witnesses[0].port, 9322);
	assert_int_equal(params.witnesses[2].port, 9323);
	assert_string_equal(copy.authkey, params.authkey);
	assert_ptr_not_equal(copy.authkey, params.authkey);
	params_done(&copy);
	params_done(&params);

	params = taken("witnesses", SEVEN " 192.0.2.8");
	assert_int_equal(params.witness_count, WITNESSES_MAX);
	params_done(&params);

	params = taken("callback_port", "65535");
	assert_int_equal(params.callback_port, 65535);
	params_done(&params);

	params = taken("authkey", "/srv/keys/mail@1");
	assert_string_equal(params.authkey, "/srv/keys/mail@1");
	params_done(&params);
}

static void test_callback(void **state)
{
	static const char *const words[] = {
		[CALLBACK_BINDBACK] = "bindback",
		[CALLBACK_SMTP] = "smtp",
		[CALLBACK_NONE] = "none",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct params params = taken("callback", words[i]);

		assert_int_equal(params.callback, i);
		assert_string_equal(callback_text(params.callback), words[i]);
		params_done(&params);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *name, *text;
		int64_t ms;
	} cases[] = {
		{ "verify_timeout", "7", 7000 },
		{ "verify_timeout", "100ms", 100 },
		{ "verify_timeout", "10m", 600000 },
		{ "verify_interval", "1s", 1000 },
		{ "verify_interval", "1h", 3600000 },
		{ "hold_max", "0", 0 },
		{ "hold_max", "720h", 2592000000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct params params = taken(cases[i].name, cases[i].text);

		assert_int_equal(cases[i].name[0] == 'h' ?
				 params.hold_max_ms :
				 cases[i].name[7] == 't' ?
				 params.verify_timeout_ms :
				 params.verify_interval_ms, cases[i].ms);
		params_done(&params);
	}
}

static void test_name_of_253_octets(void **state)
{
	struct params params = taken("name", NAME_253);

	(void)state;
	assert_int_equal(sizeof(NAME_253) - 1, NAME_MAX_LEN);
	assert_string_equal(params.identity.name, NAME_253);
	params_done(&params);
}

static const struct refusal {
	const char *name, *text, *says;
} refusals[] = {
	{ "name", NULL, "is empty" },
	{ "name", "", "is empty" },
	{ "name", "mail", "has no domain" },
	{ "name", "mail.example.com.", "ends with a dot" },
	{ "name", "b\xc3\xbc" "cher.example", "xn--" },
	{ "name", "m" NAME_253, "254 octets" },
	{ "name", "mail_1.example.com", "'_'" },
	{ "name", "mail.example.com\nrelayhost", "line break" },
	{ "name", "mail.$mydomain.com", "'$'" },
	{ "name", "${x}.example.com", "'$'" },
	{ "name", "192.0.2.25", "digits only" },
	{ "ip", NULL, "no address" },
	{ "ip", "", "no address" },
	{ "ip", "mail.example.com", "is no IPv4 or IPv6 address" },
	{ "ip", "192.0.2.25/24", "prefix" },
	{ "ip", "192.0.2.25 192.0.2.25", "twice" },
	{ "ip", "192.0.2.25 192.0.2.26", "second address of its family" },
	{ "ip", "127.0.0.1", "loopback" },
	{ "ip", "::1", "loopback" },
	{ "ip", "224.0.0.1", "multicast" },
	{ "ip", "0.0.0.0", "unspecified" },
	{ "ip", "fe80::1", "link-local" },
	{ "ip", "192.0.2.25\t2001:db8::25", "control character" },
	{ "public_ip", "198.51.100.1", "one address for each" },
	{ "public_ip", "198.51.100.1 10", "is no IPv4 or IPv6 address" },
	{ "name", "mail.example.com\r", "line break" },
	{ "mta", "exim", "wanted is one of: postfix" },
	{ "mta", "post", "wanted is one of: postfix" },
	{ "mta", "", "wanted is one of: postfix" },
	{ "config_dir", "etc/postfix", "full path" },
	{ "config_dir", "/etc/../root", "\"..\"" },
	{ "config_dir", "/", "root folder" },
	{ "config_dir", "/etc/post fix", "character other" },
	{ "config_dir", "/etc/{postfix}", "'{'" },
	{ "config_dir", "/etc/\x7f", "control character" },
	{ "config_dir", "/etc/caf\xc3\xa9", "character other" },
	{ "binary", "postfix", "full path" },
	{ "binary", "/usr/sbin/$x", "'$'" },
	{ "parameters", "-c /etc/other", "only -v and -D" },
	{ "parameters", "v", "only -v and -D" },
	{ "parameters", "-", "only -v and -D" },
	{ "parameters", "-vx", "only -v and -D" },
	{ "resolvers", "ns1.example.com", "\"ns1.example.com\" in it, which "
		"is no address" },
	{ "resolvers", "192.0.2.53#0", "which is no address" },
	{ "resolvers", "192.0.2.53#65536", "which is no address" },
	{ "resolvers", "192.0.2.53#", "which is no address" },
	{ "resolvers", "192.0.2.53,192.0.2.54", "which is no address" },
	{ "resolvers", "192.0.2.53 192.0.2.53#53", "twice" },
	{ "resolvers", "0.0.0.0", "no single server" },
	{ "resolvers", "ff02::1", "no single server" },
	{ "resolvers", SEVEN " 192.0.2.8 192.0.2.9", "more than 8" },
	{ "witnesses", "partner", "\"partner\" in it, which has no domain" },
	{ "witnesses", "w.test w.test:9322", "\"w.test:9322\" in it, which "
		"is there twice" },
	{ "witnesses", "mx:w.test", "which is no witness; wanted is "
		"host[:port]" },
	{ "witnesses", "w.test/w.test", "which is no witness" },
	{ "witnesses", "w.test:0", "port \"0\"" },
	{ "witnesses", "[2001:db8::7]:x", "port \"x\"" },
	{ "witnesses", "224.0.0.1", "no single server" },
	{ "witnesses", SEVEN " 192.0.2.8 192.0.2.9", "more than 8 witnesses" },
	{ "authkey", "", "an empty value is no full path" },
	{ "authkey", "authkey", "full path" },
	{ "authkey", "/etc/../key", "\"..\"" },
	{ "callback_port", "25", "callback=smtp" },
	{ "callback_port", "443", "below 1024" },
	{ "callback_port", "1023", "below 1024" },
	{ "callback_port", "0", "no whole number from 1 to 65535" },
	{ "callback_port", "65536", "no whole number from 1 to 65535" },
	{ "callback_port", "", "no whole number from 1 to 65535" },
	{ "callback", "echo", "wanted is one of: bindback smtp none" },
	{ "callback", "", "wanted is one of: bindback smtp none" },
	{ "on_unverified", "panic", "ignore attribute degrade fail" },
	{ "on_unverified", "", "ignore attribute degrade fail" },
	{ "on_unverified", "Fail", "ignore attribute degrade fail" },
	{ "hold", "maybe", "neither true nor false" },
	{ "hold", "", "an empty value is neither true nor false" },
	{ "hold", "2", "neither true nor false" },
	{ "hold_max", "-1", "0 to 30 days" },
	{ "hold_max", "721h", "0 to 30 days" },
	{ "hold_max", "", "0 to 30 days" },
	{ "verify_timeout", "0", "100ms to 10m" },
	{ "verify_timeout", "99ms", "100ms to 10m" },
	{ "verify_timeout", "601s", "100ms to 10m" },
	{ "verify_timeout", "-5s", "100ms to 10m" },
	{ "verify_timeout", "1.5s", "100ms to 10m" },
	{ "verify_timeout", "5 s", "100ms to 10m" },
	{ "verify_timeout", "5 parsecs", "100ms to 10m" },
	{ "verify_timeout", "99999999999999999999s", "100ms to 10m" },
	{ "verify_interval", "0", "1s to 30 days" },
	{ "verify_interval", "999ms", "1s to 30 days" },
	{ "require_quorum", "perhaps", "neither true nor false" },
	{ "mode", "watch", "wanted is one of: enforce observe" },
	{ "score", "0", "no whole number from 1 to 1000000" },
	{ "score", "1000001", "no whole number from 1 to 1000000" },
	{ "score", "-5", "no whole number from 1 to 1000000" },
	{ "score", "", "no whole number from 1 to 1000000" },
	{ "score", "1.5", "no whole number from 1 to 1000000" },
	{ "dampen", "601s", "0 to 10m" },
	{ "dampen", "soon", "0 to 10m" },
	{ "unbound_transports", "smtp:", "\"smtp:\" in it, which is no "
		"transport's name" },
	{ "unbound_transports", "a,b", "which is no transport's name" },
	{ "unbound_transports", "a b a", "\"a\" in it twice" },
	{ "unbound_transports", "a\nb", "line break" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *c = &refusals[i];
		struct given given = { c->name, c->text };
		struct params params = { .mta = (char *)"untouched" };
		struct why why = { "" };
		size_t len = strlen(c->name);

		assert_int_equal(params_parse(get, &given, &params, &why),
				 -EINVAL);
		if (strncmp(why.text, c->name, len) ||
		    strncmp(why.text + len, ": ", 2) ||
		    !strstr(why.text, c->says))
			fail_msg("%s=\"%s\" is refused with \"%s\"", c->name,
				 c->text, why.text);
		assert_string_equal(params.mta, "untouched");
	}
}

/* No parameter lets through what a configuration file would interpret. */
static void test_every_parameter_is_checked(void **state)
{
	static const char *const names[] = {
		"mta", "name", "ip", "public_ip", "config_dir", "binary",
		"parameters", "resolvers", "on_unverified", "hold",
		"hold_max", "verify_timeout", "verify_interval",
		"require_quorum", "unbound_transports", "sender_domains",
		"remotes", "mode", "score", "dampen", "witnesses", "authkey",
		"callback_port", "callback",
	};
	static const char *const texts[] = {
		"/a\n", "/a\r", "/a$b", "/a{", "/a}", "/a\x01", "/a\x7f",
	};
	char large[1026];

	(void)state;
	memset(large, 'a', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct given given = { names[i], large };
		struct params params;
		struct why why = { "" };

		assert_int_equal(params_parse(get, &given, &params, &why),
				 -EINVAL);
		assert_non_null(strstr(why.text, "is 1025 octets long"));
		for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
			given.text = texts[k];
			assert_int_equal(params_parse(get, &given, &params,
						      &why), -EINVAL);
			assert_non_null(strstr(why.text, " in it"));
			assert_null(strpbrk(why.text, "\n\r\x01\x7f"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_on_unverified),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_witnesses),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_name_of_253_octets),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_every_parameter_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
