/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/certificate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "core/tls/certificate.h"
#include "make_cert.h"

#define NAME "mail.example.com"

static const char *const both_names[] = { "Mail.Example.COM", "*.test", NULL };

/* A root, an issuer below it and a server's certificate below that; another
 * server's by itself; and a folder for files. */
struct world {
	char root[64];
	struct issued top;
	struct issued issuer;
	struct issued own;
	struct issued other;
	struct presented found[PRESENTED_MAX];
	unsigned int count;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	(void)strcpy(world->root, "/tmp/bindback-certificate.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	world->top = issue(&(struct issue_spec){
		NULL, "top", NULL, 90 * DAY, true });
	world->issuer = issue(&(struct issue_spec){
		&world->top, "issuer", NULL, 90 * DAY, true });
	world->own = issue(&(struct issue_spec){
		&world->issuer, "Mail", both_names, 30 * DAY, false });
	world->other = issue(&(struct issue_spec){
		NULL, "other", NULL, 30 * DAY, false });
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	for (unsigned int i = 0; i < world->count; i++)
		presented_done(&world->found[i]);
	issued_done(&world->top);
	issued_done(&world->issuer);
	issued_done(&world->own);
	issued_done(&world->other);
	(void)file_remove_tree(world->root, NULL);
	free(world);
	return 0;
}

static char *put(const struct world *world, const char *name,
		 const struct buf *text)
{
	BUF_CLEAN path;

	buf_init(&path);
	buf_printf(&path, "%s/%s", world->root, name);
	assert_int_equal(file_write(path.data, text->data, text->len, 0600, 0,
				    NULL), 0);
	return buf_steal(&path);
}

/* "k" puts the own key, "o" the own certificate, "i" the issuer's, "t" the
 * root's, "K" and "O" those of the other. */
static char *put_pem(const struct world *world, const char *name,
		     const char *what)
{
	BUF_CLEAN text;

	buf_init(&text);
	for (; *what; what++) {
		if (*what == 'k' || *what == 'K')
			put_key(*what == 'k' ? &world->own : &world->other,
				&text);
		else
			put_crt(*what == 'o' ? &world->own :
				*what == 'i' ? &world->issuer :
				*what == 't' ? &world->top : &world->other,
				&text);
	}
	return put(world, name, &text);
}

static void read_pair(struct world *world, char *certs, char *key)
{
	struct tls_setup setup = {
		.offered = true,
		.pairs = { { certs, key } },
		.pair_count = 1,
	};

	world->count = certificate_read_files(&setup, world->found);
	assert_int_equal(world->count, 1);
	assert_string_equal(world->found[0].place, certs);
	tls_setup_done(&setup);
}

static void assert_broken(const struct world *world, const char *text)
{
	if (world->found[0].what != PRESENTED_BROKEN ||
	    !strstr(world->found[0].detail, text))
		fail_msg("%d: %s", world->found[0].what,
			 world->found[0].detail);
	assert_int_equal(world->found[0].chain.count, 0);
}

static void test_takes_a_chain_apart(void **state)
{
	struct world *world = *state;
	const struct certificate *cert = &world->found[0].chain.certs[0];
	int64_t now_s = clock_wall_s();
	unsigned char digest[32];
	size_t size = sizeof(digest);

	read_pair(world, put_pem(world, "certs", "oit"),
		  put_pem(world, "key", "k"));
	assert_int_equal(world->found[0].what, PRESENTED_CHAIN);
	assert_int_equal(world->found[0].chain.count, 3);
	assert_int_equal(world->found[0].chain.linked, 3);
	assert_false(world->found[0].chain.trusted);
	assert_string_equal(cert->subject, "CN=Mail");
	assert_string_equal(cert->common_name, "mail");
	assert_int_equal(cert->name_count, 2);
	assert_true(certificate_covers(cert, NAME));
	assert_true(certificate_covers(cert, "a.test"));
	assert_in_range(cert->not_after_s, now_s + 29 * DAY,
			now_s + 31 * DAY);
	assert_in_range(cert->not_before_s, now_s - 3 * DAY, now_s - DAY);
	/* The digests, by another way to them. */
	assert_int_equal(gnutls_x509_crt_get_fingerprint(
		world->own.crt, GNUTLS_DIG_SHA256, digest, &size), 0);
	assert_memory_equal(cert->whole.sha256, digest, size);
	assert_int_equal(gnutls_x509_crt_get_key_id(
		world->own.crt, GNUTLS_KEYID_USE_SHA256, digest, &size), 0);
	assert_memory_equal(cert->key.sha256, digest, size);
	assert_memory_not_equal(cert->key.sha512, cert->whole.sha512, 64);
}

/* Sent along is not the same as having signed. */
static void test_tells_what_is_linked(void **state)
{
	struct world *world = *state;

	read_pair(world, put_pem(world, "certs", "oti"),
		  put_pem(world, "key", "k"));
	assert_int_equal(world->found[0].chain.count, 3);
	assert_int_equal(world->found[0].chain.linked, 1);
	presented_done(&world->found[0]);
	read_pair(world, put_pem(world, "certs", "oiO"),
		  put_pem(world, "key", "k"));
	assert_int_equal(world->found[0].chain.linked, 2);
}

static void test_key_in_the_same_file(void **state)
{
	struct world *world = *state;
	char *path = put_pem(world, "both", "oik");

	read_pair(world, path, xstrdup(path));
	assert_int_equal(world->found[0].what, PRESENTED_CHAIN);
	assert_int_equal(world->found[0].chain.count, 2);
}

static void test_key_of_another(void **state)
{
	struct world *world = *state;

	read_pair(world, put_pem(world, "certs", "oi"),
		  put_pem(world, "key", "K"));
	assert_broken(world, "belongs to another certificate");
}

static void test_files_that_hold_nothing(void **state)
{
	struct world *world = *state;
	struct buf text = { .data = (char *)"no PEM", .len = 6 };

	read_pair(world, put(world, "certs", &text),
		  put_pem(world, "key", "k"));
	assert_broken(world, "no certificate can be read");
	read_pair(world, put_pem(world, "certs", "o"),
		  put(world, "key", &text));
	assert_broken(world, "no unencrypted private key");
	read_pair(world, put_pem(world, "certs", "o"),
		  xstrdup("/nowhere/key"));
	assert_broken(world, "cannot open /nowhere/key: No such file");
}

static void test_huge_file(void **state)
{
	struct world *world = *state;
	BUF_CLEAN text;

	buf_init(&text);
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "%1024s", "");
	read_pair(world, put(world, "certs", &text),
		  put_pem(world, "key", "k"));
	assert_broken(world, "certs");
}

/* Postfix may read what we may not: that says nothing about it. */
static void test_unreadable_for_us_alone(void **state)
{
	struct world *world = *state;
	char *key = put_pem(world, "key", "k");
	char *certs = put_pem(world, "certs", "oi");

	assert_int_equal(chmod(world->root, 0755), 0);
	assert_int_equal(chmod(certs, 0644), 0);
	assert_int_equal(chmod(key, getuid() ? 0 : 0600), 0);
	if (!getuid())
		assert_int_equal(seteuid(65534), 0);
	read_pair(world, certs, xstrdup(key));
	assert_int_equal(world->found[0].what, PRESENTED_CHAIN);
	presented_done(&world->found[0]);
	read_pair(world, xstrdup(key), key);
	if (!getuid())
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(world->found[0].what, PRESENTED_UNKNOWN);
	assert_int_equal(world->found[0].outcome, OUTCOME_NOT_ASKED);
	assert_non_null(strstr(world->found[0].detail, "Permission denied"));
}

static void read_chain_files(struct world *world, char *a, char *b)
{
	struct tls_setup setup = { .offered = true };

	setup.chain_files = xcalloc(3, sizeof(char *));
	setup.chain_files[0] = a;
	setup.chain_files[1] = b;
	world->count = certificate_read_files(&setup, world->found);
	tls_setup_done(&setup);
}

/* Keys each followed by their chain, also across files. */
static void test_chain_files(void **state)
{
	struct world *world = *state;

	read_chain_files(world, put_pem(world, "a", "koiK"),
			 put_pem(world, "b", "O"));
	assert_int_equal(world->count, 2);
	assert_int_equal(world->found[0].what, PRESENTED_CHAIN);
	assert_int_equal(world->found[0].chain.count, 2);
	assert_int_equal(world->found[1].what, PRESENTED_CHAIN);
	assert_string_equal(world->found[1].chain.certs[0].subject,
			    "CN=other");
}

static void test_chain_files_in_the_wrong_order(void **state)
{
	struct world *world = *state;

	read_chain_files(world, put_pem(world, "a", "Ko"), NULL);
	assert_int_equal(world->count, 1);
	assert_broken(world, "belongs to another");
	read_chain_files(world, put_pem(world, "a", "ko"),
			 xstrdup("/nowhere/b"));
	assert_int_equal(world->count, 1);
	assert_broken(world, "cannot open /nowhere/b");
}

static void test_not_offered(void **state)
{
	const struct tls_setup setup = { .offered = false };
	struct world *world = *state;

	world->count = certificate_read_files(&setup, world->found);
	assert_int_equal(world->count, 1);
	assert_int_equal(world->found[0].what, PRESENTED_NONE);
}

static void test_offered_without_files(void **state)
{
	const struct tls_setup setup = { .offered = true };
	struct world *world = *state;

	world->count = certificate_read_files(&setup, world->found);
	assert_int_equal(world->count, 1);
	assert_broken(world, "no certificate is set");
}

static void test_hangs_on_the_name_asked_for(void **state)
{
	struct world *world = *state;
	char *path = put_pem(world, "both", "ok");
	struct tls_setup setup = {
		.offered = true,
		.by_server_name = true,
		.pairs = { { path, xstrdup(path) } },
		.pair_count = 1,
	};

	world->count = certificate_read_files(&setup, world->found);
	assert_int_equal(world->found[0].what, PRESENTED_UNKNOWN);
	assert_non_null(strstr(world->found[0].detail, "sni"));
	tls_setup_done(&setup);
}

static void test_no_certificate_in_the_octets(void **state)
{
	const struct span bad = { "\x30\x03\x02\x01\x01", 5 };
	struct certificate_chain chain;
	struct why why = { "" };

	(void)state;
	assert_int_equal(certificate_chain_make(&bad, 1, &chain, &why),
			 -EBADMSG);
	assert_int_equal(strncmp(why.text, "certificate 1: ", 15), 0);
	assert_int_equal(certificate_chain_make(NULL, 0, &chain, &why),
			 -EBADMSG);
}

/* Ours is trusted by nobody's system; asking makes nothing else of it. */
static void test_trust(void **state)
{
	struct world *world = *state;

	read_pair(world, put_pem(world, "certs", "oit"),
		  put_pem(world, "key", "k"));
	certificate_chain_trust(&world->found[0].chain);
	assert_false(world->found[0].chain.trusted);
	assert_int_equal(world->found[0].chain.count, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_takes_a_chain_apart),
		TEST(test_tells_what_is_linked),
		TEST(test_key_in_the_same_file),
		TEST(test_key_of_another),
		TEST(test_files_that_hold_nothing),
		TEST(test_huge_file),
		TEST(test_unreadable_for_us_alone),
		TEST(test_chain_files),
		TEST(test_chain_files_in_the_wrong_order),
		TEST(test_not_offered),
		TEST(test_offered_without_files),
		TEST(test_hangs_on_the_name_asked_for),
		TEST(test_no_certificate_in_the_octets),
		TEST(test_trust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
