/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_tls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* As postconf -x shows them: each with a line of its own. */
#define DEFAULTS \
	"config_directory = /etc/postfix\n" \
	"smtpd_enforce_tls = no\nsmtpd_use_tls = no\n" \
	"smtpd_tls_chain_files =\nsmtpd_tls_dcert_file =\n" \
	"smtpd_tls_dkey_file =\nsmtpd_tls_eccert_file =\n" \
	"smtpd_tls_eckey_file =\ntls_server_sni_maps =\n"
#define MAY "smtpd_tls_security_level = may\n"
#define SNAKE "smtpd_tls_cert_file = /etc/ssl/snake.pem\n" \
	      "smtpd_tls_key_file = /etc/ssl/snake.key\n"
#define SAME "smtpd_tls_cert_file = /etc/ssl/both.pem\n" \
	     "smtpd_tls_key_file = /etc/ssl/both.pem\n"
#define NONE "smtpd_tls_cert_file =\nsmtpd_tls_key_file =\n"
#define SMTPD "smtp inet n - y - - smtpd\n"

struct world {
	struct tls_setup setup;
};

static int setup(void **state)
{
	static struct world world;

	world = (struct world){ 0 };
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	tls_setup_done(&world->setup);
	return 0;
}

static void read_well(struct world *world, const char *effective,
		      const char *services)
{
	const struct driver_input in = {
		.effective_text = span_of(effective),
		.services_text = span_of(services),
	};
	struct why why = { "" };

	tls_setup_done(&world->setup);
	if (driver_postfix.tls(&in, &world->setup, &why) < 0)
		fail_msg("%s", why.text);
}

static void assert_pair(const struct world *world, unsigned int which,
			const char *certs, const char *key)
{
	assert_in_range(which, 0, world->setup.pair_count - 1);
	assert_string_equal(world->setup.pairs[which].certs, certs);
	assert_string_equal(world->setup.pairs[which].key, key);
}

static void test_debian(void **state)
{
	struct world *world = *state;

	read_well(world, DEFAULTS MAY SNAKE, SMTPD);
	assert_true(world->setup.offered);
	assert_false(world->setup.by_server_name);
	assert_null(world->setup.chain_files);
	assert_int_equal(world->setup.pair_count, 1);
	assert_pair(world, 0, "/etc/ssl/snake.pem", "/etc/ssl/snake.key");
	read_well(world, DEFAULTS MAY SAME, SMTPD);
	assert_pair(world, 0, "/etc/ssl/both.pem", "/etc/ssl/both.pem");
}

static void test_when_it_is_offered(void **state)
{
	struct world *world = *state;

	read_well(world, DEFAULTS SNAKE "smtpd_tls_security_level =\n", SMTPD);
	assert_false(world->setup.offered);
	read_well(world, DEFAULTS SNAKE "smtpd_tls_security_level = none\n",
		  SMTPD);
	assert_false(world->setup.offered);
	read_well(world, DEFAULTS SNAKE "smtpd_tls_security_level = encrypt\n",
		  SMTPD);
	assert_true(world->setup.offered);
	read_well(world, "smtpd_use_tls = yes\n" SNAKE, SMTPD);
	assert_true(world->setup.offered);
	read_well(world, "smtpd_enforce_tls = yes\n" SNAKE, SMTPD);
	assert_true(world->setup.offered);
	/* A level, if there is one, decides. */
	read_well(world, "smtpd_use_tls = yes\nsmtpd_tls_security_level = "
		  "none\n" SNAKE, SMTPD);
	assert_false(world->setup.offered);
	/* Without a certificate it is offered, and refused. */
	read_well(world, DEFAULTS MAY NONE, SMTPD);
	assert_true(world->setup.offered);
	assert_int_equal(world->setup.pair_count, 0);
	read_well(world, DEFAULTS MAY "smtpd_tls_cert_file = none\n", SMTPD);
	assert_true(world->setup.offered);
	assert_int_equal(world->setup.pair_count, 0);
}

static void test_several_kinds_of_key(void **state)
{
	struct world *world = *state;

	read_well(world, "smtpd_tls_eccert_file = /e.pem\n"
		  "smtpd_tls_eckey_file = /e.key\n" MAY SNAKE, SMTPD);
	assert_int_equal(world->setup.pair_count, 2);
	assert_pair(world, 1, "/e.pem", "/e.key");
}

/* postconf(5): chain files put the other parameters out of force. */
static void test_chain_files(void **state)
{
	struct world *world = *state;

	read_well(world, "smtpd_tls_chain_files = /a.pem, /b.pem\n" MAY SNAKE,
		  SMTPD);
	assert_true(world->setup.offered);
	assert_int_equal(world->setup.pair_count, 0);
	assert_string_equal(world->setup.chain_files[0], "/a.pem");
	assert_string_equal(world->setup.chain_files[1], "/b.pem");
	assert_null(world->setup.chain_files[2]);
}

static void test_options_of_the_service(void **state)
{
	struct world *world = *state;

	read_well(world, DEFAULTS SNAKE "smtpd_tls_security_level =\n",
		  "smtp inet n - y - - smtpd\n"
		  "  -o smtpd_tls_security_level=may\n"
		  "  -o { smtpd_tls_cert_file = ${config_directory}/own.pem }\n"
		  "  -o smtpd_tls_key_file=$config_directory/own.key\n");
	assert_true(world->setup.offered);
	assert_pair(world, 0, "/etc/postfix/own.pem", "/etc/postfix/own.key");
	/* The key's default is the service's own chain. */
	read_well(world, DEFAULTS MAY SAME, "smtp inet n - y - - smtpd\n"
		  "  -o smtpd_tls_cert_file=$(config_directory)/own.pem\n");
	assert_pair(world, 0, "/etc/postfix/own.pem", "/etc/postfix/own.pem");
	read_well(world, DEFAULTS MAY SNAKE, "smtp inet n - y - - smtpd\n"
		  "  -o smtpd_tls_chain_files=/c.pem\n");
	assert_string_equal(world->setup.chain_files[0], "/c.pem");
}

/* Port 25 as remotes reach it, and whoever speaks there. */
static void test_which_service(void **state)
{
	struct world *world = *state;

	read_well(world, DEFAULTS MAY SNAKE,
		  "submission inet n - y - - smtpd\n"
		  "  -o smtpd_tls_cert_file=/submission.pem\n"
		  "127.0.0.1:25 inet n - y - - smtpd\n"
		  "  -o smtpd_tls_cert_file=/loopback.pem\n"
		  "smtp unix n - y - - smtp\n"
		  "  -o smtpd_tls_cert_file=/unix.pem\n"
		  "192.0.2.1:smtp inet n - y - - smtpd\n"
		  "  -o smtpd_tls_cert_file=/right.pem\n"
		  "  -o smtpd_tls_key_file=/right.key\n");
	assert_pair(world, 0, "/right.pem", "/right.key");
	read_well(world, DEFAULTS MAY SNAKE,
		  "25 inet n - y - 1 postscreen\n"
		  "  -o smtpd_tls_cert_file=/postscreen.pem\n"
		  "smtpd pass - - y - - smtpd\n"
		  "  -o smtpd_tls_cert_file=/passed.pem\n"
		  "  -o smtpd_tls_key_file=/passed.key\n");
	assert_pair(world, 0, "/passed.pem", "/passed.key");
	read_well(world, DEFAULTS MAY SNAKE, "pickup unix n - y 60 1 pickup\n");
	assert_pair(world, 0, "/etc/ssl/snake.pem", "/etc/ssl/snake.key");
}

static void test_another_for_who_names_a_server(void **state)
{
	struct world *world = *state;

	read_well(world, "tls_server_sni_maps = hash:/etc/sni\n" MAY SNAKE,
		  SMTPD);
	assert_true(world->setup.by_server_name);
}

static void assert_refused(const char *services, int wanted, const char *text)
{
	const struct driver_input in = {
		.effective_text = span_of(DEFAULTS MAY SNAKE),
		.services_text = span_of(services),
	};
	struct why why = { "" };
	struct tls_setup setup;

	assert_int_equal(postfix_tls(&in, &setup, &why), wanted);
	if (!strstr(why.text, text))
		fail_msg("%s", why.text);
}

static void test_what_only_postfix_can_evaluate(void **state)
{
	static const char *const values[] = {
		"${nothing?{/a.pem}}", "$nothing/a.pem", "$$",
		"/a$",
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		(void)snprintf(text, sizeof(text), SMTPD
			       "  -o { smtpd_tls_cert_file = %s }\n",
			       values[i]);
		assert_refused(text, -ENOTSUP, "only Postfix can evaluate");
	}
	assert_refused(SMTPD "  -o smtpd_tls_chain_files=/a.pem,$nothing\n",
		       -ENOTSUP, "only Postfix can evaluate");
	assert_refused("smtp inet\n", -EINVAL, "master.cf:1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_debian),
		TEST(test_when_it_is_offered),
		TEST(test_several_kinds_of_key),
		TEST(test_chain_files),
		TEST(test_options_of_the_service),
		TEST(test_which_service),
		TEST(test_another_for_who_names_a_server),
		TEST(test_what_only_postfix_can_evaluate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
