/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A nameserver and our own mail server, in a network of their own. */
#include "io/own_tls.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fake_dns.h"
#include "fake_tls.h"
#include "io/dns.h"
#include "sandbox.h"

#define VIP "10.50.0.100"
#define NAMESERVER "127.0.0.53"
#define ZONE { "example.com", DNS_SOA, "5" }
#define STS { "_mta-sts.example.com", DNS_TXT, "v=STSv1; id=1;" }, \
	    { "example.com", DNS_MX, FAKE_TLS_NAME }

struct world {
	struct issued *own;
	char tlsa[FAKE_TLSA_SIZE];	/* of it */
	struct params params;
	struct verdict verdict;
	qb_loop_t *loop;
	unsigned int calls;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->own = fake_tls_certificate(world->tlsa);
	assert_int_equal(identity_parse(FAKE_TLS_NAME, VIP, "",
					&world->params.identity, NULL), 0);
	world->verdict.identity = world->params.identity;
	world->loop = qb_loop_create();
	assert_int_equal(sandbox_address(VIP, true), 0);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	fake_tls_certificate_free(world->own);
	verdict_done(&world->verdict);
	qb_loop_destroy(world->loop);
	assert_int_equal(sandbox_address(VIP, false), 0);
	free(world);
	return 0;
}

static void on_done(void *ctx)
{
	struct world *world = ctx;

	world->calls++;
	qb_loop_stop(world->loop);
}

/* Until it is over, at a nameserver with these records. */
static void look(struct world *world, const struct verify_request *request,
		 const struct fake_rr *records, int64_t timeout_ms)
{
	struct endpoint nameserver;
	struct inquire_progress progress = { 0 };
	struct inquire_request inquire = {
		.nameservers = &nameserver,
		.nameserver_count = 1,
		.timeout_ms = timeout_ms,
		.dns = dns_new(world->loop),
		.progress = &progress,
	};
	struct fake fake;

	assert_int_equal(endpoint_parse(NAMESERVER, 53, &nameserver), 0);
	fake_start(&fake, FAKE_HONEST, records, NAMESERVER, 53);
	assert_non_null(own_tls_start(world->loop, request, &inquire,
				      &world->verdict, on_done, world));
	assert_int_equal(world->calls, 0);
	qb_loop_run(world->loop);
	assert_int_equal(world->calls, 1);
	assert_int_equal(progress.asked, progress.answered);
	dns_free(inquire.dns);
	fake_stop(&fake);
}

static int listen_on_vip(void)
{
	struct addr addr = { 0 };
	struct sockaddr_storage sa;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	assert_int_equal(addr_parse(VIP, &addr), 0);
	len = addr_to_sockaddr(&addr, 25, &sa);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* While our mail server runs. */
static void look_live(struct world *world, enum manner manner,
		      const struct fake_rr *records, int64_t timeout_ms)
{
	const struct verify_request request = {
		.params = &world->params,
		.mta_runs = true,
	};
	int listener = listen_on_vip(), status;
	pid_t server = fork();

	if (!server)
		_exit(fake_tls_serve(listener, manner, world->own, 1));
	(void)close(listener);
	look(world, &request, records, timeout_ms);
	if (manner == MANNER_SILENT)
		(void)kill(server, SIGKILL);
	assert_int_equal(waitpid(server, &status, 0), server);
	if (manner != MANNER_SILENT)
		assert_int_equal(status, 0);
}

static void assert_seen(const struct world *world, unsigned int which,
			enum check check, enum outcome outcome)
{
	const struct observation *obs = &world->verdict.observations[which];

	assert_true(which < world->verdict.observation_count);
	assert_int_equal(obs->vantage.kind, VANTAGE_SELF);
	if (obs->check != check || obs->outcome != outcome)
		fail_msg("%s: %s: %s", check_text(obs->check),
			 outcome_text(obs->outcome), obs->evidence);
}

static void test_live(void **state)
{
	struct world *world = *state;
	const struct fake_rr records[] = {
		ZONE,
		{ "_25._tcp." FAKE_TLS_NAME, DNS_TLSA, world->tlsa },
		{ 0 },
	};

	look_live(world, MANNER_TLS, records, 20000);
	assert_int_equal(world->verdict.observation_count, 2);
	assert_seen(world, 0, CHECK_TLS, OUTCOME_MATCH);
	assert_seen(world, 1, CHECK_TLSA, OUTCOME_MATCH);
	assert_int_equal(world->verdict.observations[1].ttl_s, 60);
	assert_int_equal(world->verdict.observations[0].family, AF_INET);
}

static void test_live_without_promises(void **state)
{
	static const struct fake_rr records[] = { ZONE, { 0 } };
	struct world *world = *state;

	look_live(world, MANNER_NO_STARTTLS, records, 20000);
	assert_int_equal(world->verdict.observation_count, 1);
	assert_seen(world, 0, CHECK_TLS, OUTCOME_NODATA);
}

/* No system trusts what we have just made. */
static void test_mta_sts(void **state)
{
	static const struct fake_rr records[] = { ZONE, STS, { 0 } };
	struct world *world = *state;

	look_live(world, MANNER_TLS, records, 20000);
	assert_int_equal(world->verdict.observation_count, 1);
	assert_seen(world, 0, CHECK_TLS, OUTCOME_MISMATCH);
	assert_non_null(strstr(world->verdict.observations[0].evidence,
			       "MTA-STS of example.com"));
}

/* What hangs ends in time, and the rest is told all the same. */
static void test_time_is_up(void **state)
{
	struct world *world = *state;
	const struct fake_rr records[] = {
		ZONE,
		{ "_25._tcp." FAKE_TLS_NAME, DNS_TLSA, world->tlsa },
		{ 0 },
	};

	look_live(world, MANNER_SILENT, records, 400);
	assert_seen(world, 0, CHECK_TLS, OUTCOME_TIMEOUT);
	assert_seen(world, 1, CHECK_TLSA, OUTCOME_TIMEOUT);
}

static void test_nobody_listens(void **state)
{
	static const struct fake_rr records[] = { ZONE, { 0 } };
	struct world *world = *state;
	const struct verify_request request = {
		.params = &world->params,
		.mta_runs = true,
	};

	look(world, &request, records, 20000);
	assert_seen(world, 0, CHECK_TLS, OUTCOME_UNREACHABLE);
}

/* On a node that waits: nobody is connected to. */
static void test_by_files(void **state)
{
	struct world *world = *state;
	const struct fake_rr records[] = {
		ZONE,
		{ "_25._tcp." FAKE_TLS_NAME, DNS_TLSA, world->tlsa },
		{ 0 },
	};
	const struct tls_setup setup = {
		.offered = true,
		.pairs = { { (char *)"/nowhere/cert", (char *)"/key" } },
		.pair_count = 1,
	};
	const struct verify_request request = {
		.params = &world->params,
		.tls_setup = &setup,
	};

	look(world, &request, records, 20000);
	assert_int_equal(world->verdict.observation_count, 2);
	assert_seen(world, 0, CHECK_TLS, OUTCOME_MISMATCH);
	assert_seen(world, 1, CHECK_TLSA, OUTCOME_MISMATCH);
	assert_int_equal(world->verdict.observations[0].family, 0);
}

static void test_cancel(void **state)
{
	struct world *world = *state;
	const struct verify_request request = {
		.params = &world->params,
		.mta_runs = true,
	};
	struct inquire_progress progress = { 0 };
	struct inquire_request inquire = {
		.timeout_ms = 20000,
		.dns = dns_new(world->loop),
		.progress = &progress,
	};

	own_tls_cancel(own_tls_start(world->loop, &request, &inquire,
				     &world->verdict, on_done, world));
	own_tls_cancel(NULL);
	dns_free(inquire.dns);
	assert_int_equal(world->calls, 0);
	assert_int_equal(world->verdict.observation_count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_live),
		TEST(test_live_without_promises),
		TEST(test_mta_sts),
		TEST(test_time_is_up),
		TEST(test_nobody_listens),
		TEST(test_by_files),
		TEST(test_cancel),
	};

	if (sandbox_enter("nameserver " NAMESERVER "\n", "") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
