/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verdict_xml.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "verdict_schema.h"

#define HEAD "<verdict format=\"1\" status=\"failed\" blame=\"ours\" " \
	     "time=\"2026-11-23T01:02:03Z\" duration-ms=\"1\">"
#define IDENTITY "<identity name=\"mail.example.com\"><address " \
		 "local=\"192.0.2.25\" public=\"192.0.2.25\"/></identity>"
#define NASTY "a<b>&amp;\"'\\x00 ]]> <!-- caf\xc3\xa9 --> "

static void add_reason(struct verdict *verdict, enum reason_class class)
{
	struct reason reason = {
		.status = class % 2 ? VERDICT_DEGRADED : VERDICT_UNKNOWN,
		.blame = (enum blame)(class % 4),
		.class = class,
		.family = class % 2 ? AF_INET6 : 0,
		.clears_in_s = class == REASON_STALE ? UINT32_MAX : 0,
		.text = NASTY,
	};

	verdict->reasons = xgrow(verdict->reasons, verdict->reason_count,
				 sizeof(reason));
	verdict->reasons[verdict->reason_count++] = reason;
}

static void add_observation(struct verdict *verdict, unsigned int n)
{
	struct observation obs = {
		.vantage = { .kind = (enum vantage_kind)
				     (n % (VANTAGE_WITNESS + 1)) },
		.check = (enum check)(n / 4 % (CHECK_LEGACY + 1)),
		.family = n % 3 == 0 ? 0 : n % 3 == 1 ? AF_INET : AF_INET6,
		.outcome = (enum outcome)(n % (OUTCOME_NOT_ASKED + 1)),
		.rcode = n % 5 ? (int)n : -1,
		.ttl_s = n % 2 ? UINT32_MAX : 0,
		.serial = n % 7 ? 0 : 2026112301,
		.latency_ms = n,
		.tcp = n % 2,
		.unanswered = n % 3 == 1,
		.port = n % 11 ? n * 218 : 0,
	};

	memset(obs.evidence, '&', n % EVIDENCE_MAX);
	if (obs.vantage.kind != VANTAGE_NSS)
		assert_int_equal(endpoint_parse(n % 2 ? "2001:db8::53#5353" :
						"192.0.2.53", 53,
						&obs.vantage.server), 0);
	if (obs.vantage.kind == VANTAGE_AUTHORITY) {
		strcpy(obs.vantage.host, "ns1.example.com");
		memset(obs.vantage.zone, 'z', NAME_MAX_LEN);
	}
	verdict_add(verdict, &obs);
}

/* Every word of every enumeration, and texts as long as they may be. */
static struct verdict verdict_full(void)
{
	struct verdict verdict = {
		.status = VERDICT_FAILED,
		.blame = BLAME_OURS,
		.node = "node1",
		.time_s = 1795395723,
		.duration_ms = UINT32_MAX,
	};

	assert_int_equal(identity_parse("mail.example.com",
					"192.0.2.25 2001:db8::25",
					"198.51.100.7 2001:db8::25",
					&verdict.identity, NULL), 0);
	for (int i = REASON_NAME_UNRESOLVED; i <= REASON_NO_ANSWER; i++)
		add_reason(&verdict, (enum reason_class)i);
	memset(verdict.reasons[3].text, '<', sizeof(verdict.reasons[3].text) - 1);
	for (unsigned int i = 0; i < 300; i++)
		add_observation(&verdict, i);
	return verdict;
}

/* Field by field: padding may differ. */
static void assert_same_reason(const struct reason *a, const struct reason *b)
{
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->blame, b->blame);
	assert_int_equal(a->class, b->class);
	assert_int_equal(a->family, b->family);
	assert_int_equal(a->clears_in_s, b->clears_in_s);
	assert_string_equal(a->text, b->text);
}

static void assert_same_observation(const struct observation *a,
				    const struct observation *b)
{
	assert_true(vantage_equal(&a->vantage, &b->vantage));
	assert_int_equal(a->check, b->check);
	assert_int_equal(a->family, b->family);
	assert_int_equal(a->outcome, b->outcome);
	assert_int_equal(a->rcode, b->rcode);
	assert_int_equal(a->ttl_s, b->ttl_s);
	assert_int_equal(a->serial, b->serial);
	assert_int_equal(a->latency_ms, b->latency_ms);
	assert_int_equal(a->tcp, b->tcp);
	assert_int_equal(a->unanswered, b->unanswered);
	assert_int_equal(a->port, b->port);
	assert_string_equal(a->evidence, b->evidence);
}

static void assert_same(const struct verdict *a, const struct verdict *b)
{
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->blame, b->blame);
	assert_string_equal(a->identity.name, b->identity.name);
	assert_int_equal(a->identity.count, b->identity.count);
	for (unsigned int i = 0; i < a->identity.count; i++) {
		assert_true(addr_equal(&a->identity.addrs[i],
				       &b->identity.addrs[i]));
		assert_true(addr_equal(&a->identity.public_addrs[i],
				       &b->identity.public_addrs[i]));
	}
	assert_string_equal(a->node, b->node);
	assert_int_equal(a->time_s, b->time_s);
	assert_int_equal(a->duration_ms, b->duration_ms);
	assert_int_equal(a->reason_count, b->reason_count);
	assert_int_equal(a->observation_count, b->observation_count);
	for (size_t i = 0; i < a->reason_count; i++)
		assert_same_reason(&a->reasons[i], &b->reasons[i]);
	for (size_t i = 0; i < a->observation_count; i++)
		assert_same_observation(&a->observations[i],
					&b->observations[i]);
}

static void test_reads_back_what_it_printed(void **unused)
{
	struct verdict verdict = verdict_full(), again;
	struct why why = { "" };
	BUF_CLEAN out;

	(void)unused;
	buf_init(&out);
	verdict_xml_print(&verdict, &out);
	if (verdict_xml_parse(span_of(out.data), "memory", &again, &why) < 0)
		fail_msg("%s", why.text);
	assert_same(&verdict, &again);
	verdict_done(&again);
	verdict_done(&verdict);
}

static void test_what_it_prints_is_valid(void **unused)
{
	struct verdict verdict = verdict_full(), bare = { 0 };

	(void)unused;
	assert_verdict_valid(&verdict);
	bare.identity = verdict.identity;
	assert_verdict_valid(&bare);
	assert_false(schema_takes(HEAD "</verdict>"));
	verdict_done(&verdict);
}

static void test_saves_and_reads_a_file(void **unused)
{
	struct verdict verdict = verdict_full(), again;
	char path[] = "/tmp/verdict_xml_test.XXXXXX";
	int fd = mkstemp(path);
	struct why why = { "" };

	(void)unused;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(verdict_xml_save(&verdict, path, &why), 0);
	assert_int_equal(verdict_xml_read(path, &again, &why), 0);
	assert_same(&verdict, &again);
	verdict_done(&again);
	verdict_done(&verdict);
	(void)unlink(path);
	assert_int_equal(verdict_xml_read(path, &again, &why), -ENOENT);
	assert_int_equal(verdict_xml_save(&verdict, "/nowhere/verdict.xml",
					  &why), -ENOENT);
}

static void refuse(const char *text, int want, const char *reason)
{
	struct verdict verdict = { .time_s = 42 };
	struct why why = { "" };
	int r = verdict_xml_parse(span_of(text), "a.xml", &verdict, &why);

	if (r != want || !strstr(why.text, reason))
		fail_msg("%s: %d, \"%s\"", text, r, why.text);
	assert_int_equal(verdict.time_s, 42);
	assert_null(verdict.reasons);
}

static void test_refuses(void **unused)
{
	static const struct {
		const char *text, *reason;
		int r;
	} bad[] = {
		{ "", "a.xml: line", -EINVAL },
		{ "<verdict", "a.xml: line 1", -EINVAL },
		{ "<other format='1'/>", "no verdict of format 1",
		  -EPROTONOSUPPORT },
		{ "<verdict format='2'/>", "no verdict of format 1",
		  -EPROTONOSUPPORT },
		{ HEAD "</verdict>", "no identity", -EINVAL },
		{ HEAD "<identity name='localhost'/></verdict>",
		  "has no domain", -EINVAL },
		{ HEAD IDENTITY "<reasons>\n<reason status='failed' "
		  "blame='nobody' class='STALE'>x</reason></reasons></verdict>",
		  "line 2: <reason> cannot have blame \"nobody\"", -EINVAL },
		{ HEAD IDENTITY "<reasons><reason status='failed' "
		  "blame='ours' class='odd'>x</reason></reasons></verdict>",
		  "class \"odd\"", -EINVAL },
		{ HEAD IDENTITY "<observations><observation vantage='nss' "
		  "check='forward' outcome='match' ttl-s='-1'/></observations>"
		  "</verdict>", "ttl-s \"-1\"", -EINVAL },
		{ HEAD IDENTITY "<observations><observation vantage='nss' "
		  "check='forward' outcome='match' rcode='65536'/>"
		  "</observations></verdict>", "rcode", -EINVAL },
		{ HEAD IDENTITY "<observations><observation vantage='nss' "
		  "check='forward' outcome='match' family='IPv5'/>"
		  "</observations></verdict>", "IPv5", -EINVAL },
		{ HEAD IDENTITY "<observations><observation vantage='resolver' "
		  "server='ns1' check='forward' outcome='match'/>"
		  "</observations></verdict>", "server \"ns1\"", -EINVAL },
		{ "<!DOCTYPE verdict [<!ENTITY a 'b'>]>" HEAD IDENTITY
		  "</verdict>", "\"<!\"", -EINVAL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(bad[i].text, bad[i].r, bad[i].reason);
}

/* An encoding of its own must not carry a declaration past the check. */
static void test_refuses_a_document_in_utf16(void **unused)
{
	static const char text[] = "<!DOCTYPE v [<!ENTITY a 'b'>]>"
		HEAD IDENTITY "</verdict>";
	char wide[2 * sizeof(text) + 2] = "\xff\xfe";
	struct verdict verdict = { 0 };

	(void)unused;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		wide[2 + 2 * i] = text[i];
	assert_int_equal(verdict_xml_parse(
		(struct span){ wide, 2 * sizeof(text) }, "wide", &verdict,
		NULL), -EINVAL);
}

static void test_bounds_size_texts_and_items(void **unused)
{
	BUF_CLEAN text;

	(void)unused;
	buf_init(&text);
	buf_puts(&text, HEAD IDENTITY "<reasons><reason status='failed' "
		 "blame='ours' class='STALE'>");
	for (int i = 0; i < 512; i++)
		buf_puts(&text, "x");
	buf_puts(&text, "</reason></reasons></verdict>");
	refuse(text.data, -EINVAL, "so long a text");
	text.len = 0;
	buf_puts(&text, HEAD IDENTITY "<reasons>");
	for (int i = 0; i <= VERDICT_XML_ITEMS_MAX; i++)
		buf_puts(&text, "<reason status='failed' blame='ours' "
			 "class='STALE'>x</reason>");
	buf_puts(&text, "</reasons></verdict>");
	refuse(text.data, -EINVAL, "so many");
	while (text.len <= VERDICT_XML_MAX)
		buf_puts(&text, "          ");
	refuse(text.data, -EFBIG, "");
}

static void test_skips_what_it_does_not_know(void **unused)
{
	struct verdict verdict;

	(void)unused;
	assert_int_equal(verdict_xml_parse(span_of(
		HEAD IDENTITY "<witnesses><witness new='1'/></witnesses>"
		"<observations><observation vantage='nss' check='forward' "
		"outcome='match' mood='good'/></observations></verdict>"),
		"memory", &verdict, NULL), 0);
	assert_int_equal(verdict.observation_count, 1);
	assert_int_equal(verdict.observations[0].rcode, -1);
	assert_int_equal(verdict.time_s, 1795395723);
	verdict_done(&verdict);
}

/* As a guard that was subverted writes it, for root's log and terminal. */
static void test_makes_texts_printable(void **unused)
{
	struct verdict verdict;

	(void)unused;
	assert_int_equal(verdict_xml_parse(span_of(
		HEAD IDENTITY "<reasons><reason status='failed' blame='ours' "
		"class='STALE'>a&#10;ocf-exit-reason:b&#x9b;31m\xc3\xa4"
		"</reason></reasons><observations><observation vantage='nss' "
		"check='forward' outcome='match' host='a&#13;b'/>"
		"</observations></verdict>"), "memory", &verdict, NULL), 0);
	assert_string_equal(verdict.reasons[0].text,
			    "a\\x0aocf-exit-reason:b\\xc2\\x9b31m\xc3\xa4");
	assert_string_equal(verdict.observations[0].vantage.host,
			    "a\\x0db");
	verdict_done(&verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_back_what_it_printed),
		cmocka_unit_test(test_what_it_prints_is_valid),
		cmocka_unit_test(test_saves_and_reads_a_file),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_refuses_a_document_in_utf16),
		cmocka_unit_test(test_bounds_size_texts_and_items),
		cmocka_unit_test(test_skips_what_it_does_not_know),
		cmocka_unit_test(test_makes_texts_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
