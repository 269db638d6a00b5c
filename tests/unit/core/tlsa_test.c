/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tlsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tls_world.h"

#define NAME "mail.example.com"
#define OWNER "_25._tcp." NAME

/* A server's certificate for NAME, its issuer and the root. */
struct world {
	struct dnsmsg msg;
	struct certificate_chain chain;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	strcpy(world->msg.qname, OWNER);
	add_san(add_certificate(&world->chain), NAME);
	add_certificate(&world->chain);
	add_certificate(&world->chain);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	certificate_chain_done(&world->chain);
	free(world);
	return 0;
}

static struct dns_record *record_add(struct world *world, const char *owner,
				     const void *octets, size_t len)
{
	struct dnsmsg *msg = &world->msg;
	struct dns_record *record = &msg->records[msg->record_count++];

	*record = (struct dns_record){
		.type = DNS_TLSA,
		.ttl_s = 300,
		.data_at = (uint16_t)msg->data_len,
		.data_len = (uint16_t)len,
	};
	strcpy(record->owner, owner);
	memcpy(msg->data + msg->data_len, octets, len);
	msg->data_len += (unsigned int)len;
	return record;
}

/* A digest of `len` octets, all `seed`. */
static void digest_add(struct world *world, uint8_t usage, uint8_t selector,
		       uint8_t matching, size_t len, uint8_t seed)
{
	uint8_t octets[3 + 64] = { usage, selector, matching };

	memset(octets + 3, seed, len);
	record_add(world, OWNER, octets, 3 + len);
}

static void full_add(struct world *world, uint8_t usage, uint8_t selector,
		     const struct certificate_form *form)
{
	uint8_t octets[3 + 5] = { usage, selector, TLSA_FULL };

	memcpy(octets + 3, form->der, form->der_len);
	record_add(world, OWNER, octets, 3 + form->der_len);
}

static enum tlsa_fit match(const struct world *world)
{
	uint32_t ttl_s = UINT32_MAX;
	struct tlsa_set set;
	enum tlsa_fit fit;

	tlsa_read(&world->msg, &set, &ttl_s);
	fit = tlsa_match(&set, &world->chain, NAME, NOW, NULL);
	tlsa_set_done(&set);
	return fit;
}

/* Each test begins without records. */
static enum tlsa_fit match_and_clear(struct world *world)
{
	enum tlsa_fit fit = match(world);

	world->msg.record_count = 0;
	world->msg.data_len = 0;
	return fit;
}

static void test_no_record(void **state)
{
	assert_int_equal(match(*state), TLSA_ABSENT);
}

static void test_ee_by_every_selector_and_type(void **state)
{
	struct world *world = *state;

	digest_add(world, 3, 0, 1, 32, 0x10);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	digest_add(world, 3, 1, 1, 32, 0x11);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	digest_add(world, 3, 0, 2, 64, 0x10);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	digest_add(world, 3, 1, 2, 64, 0x11);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	full_add(world, 3, 0, &world->chain.certs[0].whole);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	full_add(world, 3, 1, &world->chain.certs[0].key);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
}

static void test_ee_is_the_first_certificate_alone(void **state)
{
	struct world *world = *state;

	digest_add(world, 3, 1, 1, 32, 0x21);
	assert_int_equal(match_and_clear(world), TLSA_DIFFERS);
	digest_add(world, 3, 0, 1, 32, 0x11);	/* the key's, of the whole */
	assert_int_equal(match_and_clear(world), TLSA_DIFFERS);
	full_add(world, 3, 0, &world->chain.certs[0].key);
	assert_int_equal(match_and_clear(world), TLSA_DIFFERS);
}

/* RFC 7671, 5.1. */
static void test_ee_minds_neither_name_nor_date(void **state)
{
	struct world *world = *state;

	strcpy(world->chain.certs[0].names[0], "else.test");
	world->chain.certs[0].not_after_s = NOW - DAY;
	digest_add(world, 3, 1, 1, 32, 0x11);
	assert_int_equal(match(world), TLSA_FITS_EE);
}

static void test_anchor_in_the_chain(void **state)
{
	struct world *world = *state;

	digest_add(world, 2, 1, 1, 32, 0x21);
	assert_int_equal(match_and_clear(world), TLSA_FITS_TA);
	digest_add(world, 2, 0, 2, 64, 0x30);
	assert_int_equal(match_and_clear(world), TLSA_FITS_TA);
	digest_add(world, 2, 1, 1, 32, 0x11);	/* its own key is no anchor */
	assert_int_equal(match_and_clear(world), TLSA_DIFFERS);
}

/* That an anchor is sent along proves nothing: it must have signed. */
static void test_anchor_that_did_not_sign(void **state)
{
	struct world *world = *state;

	world->chain.linked = 2;
	digest_add(world, 2, 0, 1, 32, 0x30);
	assert_int_equal(match_and_clear(world), TLSA_DIFFERS);
	digest_add(world, 2, 0, 1, 32, 0x20);
	assert_int_equal(match_and_clear(world), TLSA_FITS_TA);
}

static void test_anchor_minds_name_and_dates(void **state)
{
	struct world *world = *state;

	digest_add(world, 2, 0, 1, 32, 0x20);
	world->chain.certs[2].not_after_s = NOW - DAY;	/* beyond the anchor */
	assert_int_equal(match(world), TLSA_FITS_TA);
	world->chain.certs[1].not_after_s = NOW - 1;
	assert_int_equal(match(world), TLSA_OUT_OF_DATE);
	world->chain.certs[1].not_after_s = NOW;
	assert_int_equal(match(world), TLSA_FITS_TA);
	world->chain.certs[0].not_before_s = NOW + 1;
	assert_int_equal(match(world), TLSA_OUT_OF_DATE);
	world->chain.certs[0].not_before_s = NOW;
	strcpy(world->chain.certs[0].names[0], "else.test");
	assert_int_equal(match(world), TLSA_OTHER_NAME);
}

/* RFC 7671, 5.2.2: "2 0 0" may stand for an anchor that is not sent. */
static void test_anchor_in_the_dns_alone(void **state)
{
	struct certificate_form unsent = { 0 };
	struct world *world = *state;

	fill_form(&unsent, 0x77);
	full_add(world, 2, 0, &unsent);
	assert_int_equal(match(world), TLSA_ANCHOR_UNSENT);
	digest_add(world, 2, 0, 1, 32, 0x99);
	assert_int_equal(match(world), TLSA_ANCHOR_UNSENT);
	digest_add(world, 2, 0, 2, 64, 0x20);
	assert_int_equal(match(world), TLSA_FITS_TA);
	free(unsent.der);
}

/* RFC 7672, 3.1.3, and what is not assigned or cut. */
static void test_unusable(void **state)
{
	struct world *world = *state;

	digest_add(world, 0, 0, 1, 32, 0x30);
	digest_add(world, 1, 1, 1, 32, 0x11);
	digest_add(world, 4, 1, 1, 32, 0x11);
	digest_add(world, 255, 1, 1, 32, 0x11);
	digest_add(world, 3, 2, 1, 32, 0x11);
	digest_add(world, 3, 1, 3, 32, 0x11);
	digest_add(world, 3, 1, 1, 31, 0x11);
	digest_add(world, 3, 1, 1, 33, 0x11);
	digest_add(world, 3, 1, 2, 32, 0x11);
	digest_add(world, 3, 1, 1, 0, 0x11);
	digest_add(world, 3, 1, 0, 0, 0x11);
	record_add(world, OWNER, "\3\1", 2);
	record_add(world, OWNER, "", 0);
	assert_int_equal(match(world), TLSA_UNUSABLE);
	digest_add(world, 3, 1, 1, 32, 0x98);
	assert_int_equal(match(world), TLSA_DIFFERS);
	digest_add(world, 3, 1, 1, 32, 0x11);
	assert_int_equal(match(world), TLSA_FITS_EE);
}

/* RFC 7671, 9: of one usage and selector the strongest digest counts. */
static void test_weaker_digests_do_not_count(void **state)
{
	struct world *world = *state;

	digest_add(world, 3, 1, 1, 32, 0x11);
	digest_add(world, 3, 1, 2, 64, 0x99);
	assert_int_equal(match_and_clear(world), TLSA_DIFFERS);
	digest_add(world, 3, 1, 1, 32, 0x11);
	digest_add(world, 3, 0, 2, 64, 0x99);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	digest_add(world, 3, 1, 1, 32, 0x11);
	digest_add(world, 2, 1, 2, 64, 0x99);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	digest_add(world, 3, 1, 1, 32, 0x11);
	digest_add(world, 3, 1, 2, 63, 0x99);	/* unusable itself */
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
	digest_add(world, 3, 1, 2, 64, 0x99);	/* whole ones always count */
	full_add(world, 3, 1, &world->chain.certs[0].key);
	assert_int_equal(match_and_clear(world), TLSA_FITS_EE);
}

static void test_tells_which_record_decided(void **state)
{
	struct world *world = *state;
	uint32_t ttl_s = UINT32_MAX;
	const struct tlsa *record;
	struct tlsa_set set;

	digest_add(world, 1, 1, 1, 32, 0x11);
	digest_add(world, 3, 0, 1, 32, 0x99);
	digest_add(world, 2, 0, 1, 32, 0x30);
	tlsa_read(&world->msg, &set, &ttl_s);
	assert_int_equal(tlsa_match(&set, &world->chain, NAME, NOW, &record),
			 TLSA_FITS_TA);
	assert_ptr_equal(record, &set.records[2]);
	set.count = 1;
	assert_int_equal(tlsa_match(&set, &world->chain, NAME, NOW, &record),
			 TLSA_UNUSABLE);
	assert_null(record);
	tlsa_set_done(&set);
	assert_int_equal(set.count, 0);
}

static void test_reads_what_the_name_leads_to(void **state)
{
	struct world *world = *state;
	uint8_t octets[35] = { 3, 1, 1 };
	uint32_t ttl_s = UINT32_MAX;
	struct dns_record *cname;
	struct tlsa_set set;

	record_add(world, OWNER, octets, sizeof(octets));
	record_add(world, "_dane.example.com", octets, 20)->ttl_s = 200;
	record_add(world, "_dane.example.com", octets, 30)->authority = true;
	cname = &world->msg.records[world->msg.record_count++];
	*cname = (struct dns_record){ .type = DNS_CNAME, .ttl_s = 100 };
	strcpy(cname->owner, OWNER);
	strcpy(cname->target, "_dane.example.com");
	tlsa_read(&world->msg, &set, &ttl_s);
	assert_int_equal(set.count, 1);
	assert_int_equal(set.records[0].data_len, 17);
	assert_int_equal(ttl_s, 100);
	tlsa_set_done(&set);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_record),
		TEST(test_ee_by_every_selector_and_type),
		TEST(test_ee_is_the_first_certificate_alone),
		TEST(test_ee_minds_neither_name_nor_date),
		TEST(test_anchor_in_the_chain),
		TEST(test_anchor_that_did_not_sign),
		TEST(test_anchor_minds_name_and_dates),
		TEST(test_anchor_in_the_dns_alone),
		TEST(test_unusable),
		TEST(test_weaker_digests_do_not_count),
		TEST(test_tells_which_record_decided),
		TEST(test_reads_what_the_name_leads_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
