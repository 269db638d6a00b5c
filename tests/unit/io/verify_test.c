/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verify.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include <cmocka.h>

#include "fake_dns.h"
#include "io/key_file.h"
#include "sandbox.h"
#include "verdict_schema.h"

#define PATIENT_MS 20000
#define HASTY_MS 1000
#define NAMESERVER "127.0.0.53"
#define RESOLV_CONF "nameserver " NAMESERVER "\noptions timeout:1\n"
#define NS1 "127.0.0.54"
#define NS2 "127.0.0.55"

#define ZONES \
	{ "cluster.test", DNS_SOA, "5" }, \
	{ "cluster.test", DNS_NS, "ns1.cluster.test" }, \
	{ "cluster.test", DNS_NS, "ns2.cluster.test" }, \
	{ "ns1.cluster.test", DNS_A, NS1 }, \
	{ "ns2.cluster.test", DNS_A, NS2 }, \
	{ "node1.cluster.test", DNS_A, "10.50.0.11" }, \
	{ "0.50.10.in-addr.arpa", DNS_SOA, "7" }, \
	{ "0.50.10.in-addr.arpa", DNS_NS, "ns1.cluster.test" }, \
	{ "0.50.10.in-addr.arpa", DNS_NS, "ns2.cluster.test" }

static const struct fake_rr good[] = {
	ZONES,
	{ "mail.cluster.test", DNS_A, "10.50.0.100" },
	{ "100.0.50.10.in-addr.arpa", DNS_PTR, "mail.cluster.test" },
	{ 0 },
};

static const struct fake_rr ptr_of_node[] = {
	ZONES,
	{ "mail.cluster.test", DNS_A, "10.50.0.100" },
	{ "100.0.50.10.in-addr.arpa", DNS_PTR, "node1.cluster.test" },
	{ 0 },
};

/* The nameserver of this node and both authorities. */
struct servers {
	struct fake nameserver;
	struct fake ns1;
	struct fake ns2;
};

static void servers_start(struct servers *servers,
			  enum fake_trait nameserver, enum fake_trait ns2,
			  const struct fake_rr *authority)
{
	fake_start(&servers->nameserver, nameserver, good, NAMESERVER, 53);
	fake_start(&servers->ns1, FAKE_HONEST, authority, NS1, 53);
	fake_start(&servers->ns2, ns2, authority, NS2, 53);
}

static void servers_stop(struct servers *servers)
{
	fake_stop(&servers->nameserver);
	fake_stop(&servers->ns1);
	fake_stop(&servers->ns2);
}

struct finished {
	qb_loop_t *loop;
	unsigned int times;
	struct verdict verdict;
};

static void on_done(void *ctx, struct verdict *verdict)
{
	struct finished *finished = ctx;

	finished->times++;
	finished->verdict = *verdict;
	qb_loop_stop(finished->loop);
}

/* Of `ret_params`, which must live as long. */
static struct verify_request request(int64_t timeout_ms,
				     struct params *ret_params)
{
	*ret_params = (struct params){ .verify_interval_ms = 300000 };
	assert_int_equal(identity_parse("mail.cluster.test", "10.50.0.100", "",
					&ret_params->identity, NULL), 0);
	return (struct verify_request){
		.params = ret_params,
		.timeout_ms = timeout_ms,
	};
}

static void verify(const struct verify_request *rq, struct verdict *ret)
{
	struct finished finished = { .loop = qb_loop_create() };
	struct verify *handle;

	assert_int_equal(verify_start(finished.loop, rq, on_done, &finished,
				      &handle, NULL), 0);
	assert_int_equal(finished.times, 0);
	qb_loop_run(finished.loop);
	qb_loop_destroy(finished.loop);
	assert_int_equal(finished.times, 1);
	assert_verdict_valid(&finished.verdict);
	*ret = finished.verdict;
}

static const char *first_reason(const struct verdict *v)
{
	return v->reason_count ? v->reasons[0].text : "";
}

static void healthy_is_verified(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct servers servers;
	struct verdict v;

	(void)state;
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST, good);
	verify(&rq, &v);
	servers_stop(&servers);
	assert_string_equal(first_reason(&v), "");
	assert_int_equal(v.status, VERDICT_VERIFIED);
	/* 4 at NSS, 4 at the nameserver, 5 at each authority, 1 of SPF. */
	assert_int_equal(v.observation_count, 19);
	assert_true(v.node[0]);
	assert_true(v.time_s > 0);
	verdict_done(&v);
}

static void lost_packets_and_truncation_do_no_harm(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct servers servers;
	struct verdict v;
	unsigned int tcp = 0;

	(void)state;
	servers_start(&servers, FAKE_LOSES_FIRST, FAKE_TRUNCATES, good);
	verify(&rq, &v);
	servers_stop(&servers);
	assert_string_equal(first_reason(&v), "");
	for (size_t i = 0; i < v.observation_count; i++)
		tcp += v.observations[i].tcp;
	assert_int_equal(tcp, 5);
	verdict_done(&v);
}

static void ptr_of_the_node_fails(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct servers servers;
	struct verdict v;

	(void)state;
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST, ptr_of_node);
	verify(&rq, &v);
	servers_stop(&servers);
	assert_int_equal(v.status, VERDICT_FAILED);
	assert_int_equal(v.blame, BLAME_OURS);
	assert_int_equal(v.reasons[0].class, REASON_PTR_MISMATCH);
	verdict_done(&v);
}

static void a_silent_authority_degrades(void **state)
{
	struct params params;
	struct verify_request rq = request(HASTY_MS, &params);
	struct servers servers;
	struct verdict v;

	(void)state;
	servers_start(&servers, FAKE_HONEST, FAKE_SILENT, good);
	verify(&rq, &v);
	servers_stop(&servers);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.blame, BLAME_PATH);
	assert_int_equal(v.reason_count, 1);
	assert_non_null(strstr(first_reason(&v), "ns2.cluster.test"));
	verdict_done(&v);
}

static void silence_everywhere_is_unknown(void **state)
{
	struct params params;
	struct verify_request rq = request(HASTY_MS, &params);
	struct servers servers;
	struct verdict v;

	(void)state;
	servers_start(&servers, FAKE_SILENT, FAKE_SILENT, good);
	verify(&rq, &v);
	servers_stop(&servers);
	assert_int_equal(v.status, VERDICT_UNKNOWN);
	assert_int_equal(v.blame, BLAME_PATH);
	verdict_done(&v);
}

static void a_stale_resolver_is_theirs(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct servers servers;
	struct fake stale;
	struct verdict v;

	(void)state;
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST, good);
	fake_start(&stale, FAKE_HONEST, ptr_of_node, "127.0.0.56", 5353);
	params.resolvers[params.resolver_count++] = stale.at;
	verify(&rq, &v);
	fake_stop(&stale);
	servers_stop(&servers);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.blame, BLAME_THEIRS);
	assert_int_equal(v.reasons[0].clears_in_s, 60);
	assert_non_null(strstr(first_reason(&v), "127.0.0.56#5353"));
	verdict_done(&v);
}

static void a_lying_hosts_file_degrades(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct servers servers;
	struct verdict v;

	(void)state;
	assert_int_equal(sandbox_write("/etc/hosts",
				       "127.0.1.1 mail.cluster.test\n"), 0);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST, good);
	verify(&rq, &v);
	servers_stop(&servers);
	assert_int_equal(sandbox_write("/etc/hosts", ""), 0);
	assert_int_equal(v.status, VERDICT_DEGRADED);
	assert_int_equal(v.reasons[0].class, REASON_NSS);
	verdict_done(&v);
}

static void a_source_that_is_not_here_is_unknown(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct verdict v;

	(void)state;
	/* A server beyond loopback, which has no way there either. */
	assert_int_equal(sandbox_write("/etc/resolv.conf",
				       "nameserver 10.50.0.2\n"), 0);
	rq.from_identity = true;
	verify(&rq, &v);
	assert_int_equal(sandbox_write("/etc/resolv.conf", RESOLV_CONF), 0);
	assert_int_equal(v.status, VERDICT_UNKNOWN);
	assert_non_null(strstr(first_reason(&v),
			       "Cannot assign requested address"));
	verdict_done(&v);
}

static void progress_counts_and_cancel_is_silent(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct finished finished = { .loop = qb_loop_create() };
	unsigned int asked, answered;
	struct verify *handle;

	(void)state;
	assert_int_equal(verify_start(finished.loop, &rq, on_done, &finished,
				      &handle, NULL), 0);
	verify_progress(handle, &asked, &answered);
	assert_int_equal(asked, 0);
	assert_int_equal(answered, 0);
	verify_cancel(handle);
	verify_cancel(NULL);
	qb_loop_destroy(finished.loop);
	assert_int_equal(finished.times, 0);
}

static void stop_loop(void *data)
{
	qb_loop_stop(data);
}

static void cancel_in_the_middle_leaves_nothing(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct finished finished = { .loop = qb_loop_create() };
	qb_loop_timer_handle timer;
	unsigned int asked, answered;
	struct servers servers;
	struct verify *handle;

	(void)state;
	servers_start(&servers, FAKE_SILENT, FAKE_SILENT, good);
	assert_int_equal(verify_start(finished.loop, &rq, on_done, &finished,
				      &handle, NULL), 0);
	assert_int_equal(qb_loop_timer_add(finished.loop, QB_LOOP_HIGH,
					   100 * 1000000ULL, finished.loop,
					   stop_loop, &timer), 0);
	qb_loop_run(finished.loop);
	verify_progress(handle, &asked, &answered);
	assert_true(asked > 0);
	verify_cancel(handle);
	qb_loop_destroy(finished.loop);
	servers_stop(&servers);
	assert_int_equal(finished.times, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static unsigned int open_fds(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* A remote that takes all; it ends with the test's process. */
static pid_t easy_remote(const struct endpoint *at)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&at->addr, at->port, &sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	char line[512];
	pid_t pid;

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	pid = fork();
	while (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		client = accept(fd, NULL, NULL);
		do
			(void)send(client, "250 ok\r\n", 8, MSG_NOSIGNAL);
		while (recv(client, line, sizeof(line), 0) > 0);
		(void)close(client);
	}
	(void)close(fd);
	return pid;
}

/* Of `ret_path`, to be removed. */
static void write_key(char ret_path[64])
{
	struct key key = { .name = "example", .serial = 1, .secret = { 1 } };
	const struct keyring ring = { &key, 1 };

	(void)snprintf(ret_path, 64, "/tmp/verify-key-%d", (int)getpid());
	assert_int_equal(key_file_write(ret_path, &ring, NULL), 0);
}

static const struct observation *find_witness(const struct verdict *v)
{
	for (size_t i = 0; i < v->observation_count; i++)
		if (v->observations[i].vantage.kind == VANTAGE_WITNESS)
			return &v->observations[i];
	return NULL;
}

/* Else they would tell of another host's address. */
static void witnesses_are_asked_from_the_addresses_alone(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct servers servers;
	struct verdict v;

	(void)state;
	assert_int_equal(addr_parse("127.0.0.2", &params.witnesses[0].literal),
			 0);
	params.witnesses[0].port = 9322;
	params.witness_count = 1;
	rq.authkey = "/nonexistent/authkey";
	assert_int_equal(sandbox_address("10.50.0.100", true), 0);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST, good);
	verify(&rq, &v);
	assert_null(find_witness(&v));
	assert_int_equal(v.part_ms[PART_WITNESSES], 0);
	verdict_done(&v);
	rq.from_identity = true;
	verify(&rq, &v);
	assert_non_null(find_witness(&v));
	assert_int_equal(find_witness(&v)->outcome, OUTCOME_NOT_ASKED);
	assert_int_not_equal(v.part_ms[PART_WITNESSES], 0);
	verdict_done(&v);
	rq.no_witnesses = true;
	verify(&rq, &v);
	assert_null(find_witness(&v));
	verdict_done(&v);
	rq.no_witnesses = false;
	rq.records_only = true;
	verify(&rq, &v);
	assert_null(find_witness(&v));
	verdict_done(&v);
	servers_stop(&servers);
	assert_int_equal(sandbox_address("10.50.0.100", false), 0);
}

struct ending {
	struct finished finished;
	struct verify *handle;
};

static void end_it(void *data)
{
	struct ending *ending = data;

	if (!ending->finished.times)
		verify_cancel(ending->handle);
	qb_loop_stop(ending->finished.loop);
}

static bool is_over_after(const struct verify_request *rq, uint64_t us)
{
	struct ending ending = { .finished.loop = qb_loop_create() };
	qb_loop_t *loop = ending.finished.loop;
	qb_loop_timer_handle timer;

	assert_int_equal(verify_start(loop, rq, on_done, &ending.finished,
				      &ending.handle, NULL), 0);
	assert_int_equal(qb_loop_timer_add(loop, QB_LOOP_HIGH, us * 1000,
					   &ending, end_it, &timer), 0);
	qb_loop_run(loop);
	qb_loop_destroy(loop);
	verdict_done(&ending.finished.verdict);
	return ending.finished.times;
}

/* Whatever is under way: DNS over UDP and TCP, the name service's children, a
 * dialogue with a remote, a bind to what is no witness, our own certificate. */
static void cancel_at_any_moment_leaves_nothing(void **state)
{
	struct params params;
	struct verify_request rq = request(PATIENT_MS, &params);
	struct remote *remote = &params.remotes[0];
	unsigned int before, cancelled = 0;
	struct servers servers;
	char key_path[64];
	bool over = false;
	pid_t server;

	(void)state;
	assert_int_equal(remote_parse(span_of("127.0.0.2:2525"), remote, NULL),
			 0);
	params.remote_count = 1;
	params.witnesses[0] = *remote;
	params.witness_count = 1;
	params.callback_port = 9322;
	write_key(key_path);
	rq.authkey = key_path;
	rq.from_identity = true;
	rq.mta_runs = true;
	assert_int_equal(sandbox_address("10.50.0.100", true), 0);
	server = easy_remote(&(struct endpoint){ remote->literal, 2525 });
	servers_start(&servers, FAKE_HONEST, FAKE_TRUNCATES, good);
	before = open_fds();
	for (uint64_t us = 0; !over; us += 100) {
		over = is_over_after(&rq, us);
		cancelled += !over;
		assert_int_equal(open_fds(), before);
	}
	assert_true(cancelled > 0);
	servers_stop(&servers);
	(void)kill(server, SIGKILL);
	assert_int_equal(waitpid(server, NULL, 0), server);
	(void)unlink(key_path);
	assert_int_equal(sandbox_address("10.50.0.100", false), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healthy_is_verified),
		cmocka_unit_test(lost_packets_and_truncation_do_no_harm),
		cmocka_unit_test(ptr_of_the_node_fails),
		cmocka_unit_test(a_silent_authority_degrades),
		cmocka_unit_test(silence_everywhere_is_unknown),
		cmocka_unit_test(a_stale_resolver_is_theirs),
		cmocka_unit_test(a_lying_hosts_file_degrades),
		cmocka_unit_test(a_source_that_is_not_here_is_unknown),
		cmocka_unit_test(progress_counts_and_cancel_is_silent),
		cmocka_unit_test(cancel_in_the_middle_leaves_nothing),
		cmocka_unit_test(
			witnesses_are_asked_from_the_addresses_alone),
		cmocka_unit_test(cancel_at_any_moment_leaves_nothing),
	};

	if (sandbox_enter(RESOLV_CONF, "") < 0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
