/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real nameservers and remotes, in a network of the test's own; "postfix" and
 * "postconf" are scripts in a folder. */
#include "io/preflight.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "fake_dns.h"
#include "sandbox.h"

#define PATIENT_MS 20000
#define HASTY_MS 1200
#define VIRTUAL "127.0.1.100"
#define NS1 "127.0.0.53"
#define NS2 "127.0.0.54"
#define REMOTE "127.0.0.25"
#define PORT 2525
#define NOBODY 65534

struct world {
	char root[64];
	char *etc;
	qb_loop_t *loop;
	struct params params;
	struct preflight_request request;
	struct preflight found;
	unsigned int done;
};

static char *below(const struct world *world, const char *name)
{
	BUF_CLEAN path;

	buf_init(&path);
	buf_printf(&path, "%s/%s", world->root, name);
	return buf_steal(&path);
}

static void put(const struct world *world, const char *name, const char *text,
		mode_t mode)
{
	char *path = below(world, name);

	assert_int_equal(file_write(path, text, strlen(text), mode, 0, NULL),
			 0);
	free(path);
}

static void put_mta(struct world *world)
{
	put(world, "postfix", "#!/bin/sh\n", 0755);
	put(world, "postconf", "#!/bin/sh\n"
	    "echo mail_version = 3.7.11\n"
	    "echo myhostname = node1.cluster.test\n"
	    "echo mydomain = cluster.test\n"
	    "echo myorigin = cluster.test\n"
	    "echo mydestination = localhost\n"
	    "echo queue_directory = /var/spool/postfix\n"
	    "echo command_directory = /usr/sbin\n"
	    "echo daemon_directory = /usr/lib/postfix/sbin\n"
	    "echo process_id_directory = pid\n"
	    "echo compatibility_level = 3.6\n"
	    "echo inet_interfaces = all\n"
	    "echo inet_protocols = ipv4\n"
	    "echo mynetworks = 127.0.0.0/8\n"
	    "echo smtp_bind_address_enforce = no\n", 0755);
	put(world, "etc/main.cf", "compatibility_level = 3.6\n", 0644);
	put(world, "etc/master.cf", "smtp inet n - n - - smtpd\n"
	    "smtp unix - - n - - smtp\nqmgr unix n - n 300 1 qmgr\n", 0644);
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	struct params *params = &world->params;

	(void)strcpy(world->root, "/tmp/bindback-preflight.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	assert_int_equal(chmod(world->root, 0755), 0);
	world->etc = below(world, "etc");
	assert_int_equal(file_mkdirs(world->etc, 0755, NULL), 0);
	put_mta(world);
	world->loop = qb_loop_create();
	/* identity_parse takes no loopback address. */
	(void)strcpy(params->identity.name, "mail.cluster.test");
	assert_int_equal(addr_parse(VIRTUAL, &params->identity.addrs[0]), 0);
	params->identity.public_addrs[0] = params->identity.addrs[0];
	params->identity.count = 1;
	params->mta = xstrdup("postfix");
	params->parameters = xstrdup("");
	params->unbound_transports = xstrdup("");
	params->sender_domains = xstrdup("");
	params->config_dir = xstrdup(world->etc);
	params->binary = below(world, "postfix");
	params->verify_interval_ms = 300000;
	world->request = (struct preflight_request){
		.params = params,
		.timeout_ms = PATIENT_MS,
	};
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	qb_loop_destroy(world->loop);
	params_done(&world->params);
	(void)file_remove_tree(world->root, NULL);
	free(world->etc);
	free(world);
	return 0;
}

static void add_remote(struct world *world, const char *text)
{
	struct params *params = &world->params;

	assert_int_equal(remote_parse(span_of(text),
			 &params->remotes[params->remote_count++], NULL), 0);
}

static void on_done(void *ctx, const struct preflight *preflight)
{
	struct world *world = ctx;

	world->done++;
	world->found = *preflight;
	qb_loop_stop(world->loop);
}

static void look(struct world *world)
{
	struct preflight_run *run;
	struct why why = { "" };

	world->done = 0;
	if (preflight_start(world->loop, &world->request, on_done, world, &run,
			    &why) < 0)
		fail_msg("%s", why.text);
	assert_int_equal(world->done, 0);
	qb_loop_run(world->loop);
	assert_int_equal(world->done, 1);
	assert_true(world->found.time_s > 0);
}

/* The n-th item of a check. */
static const struct preflight_item *item(const struct world *world,
					 enum preflight_check check,
					 unsigned int n)
{
	for (size_t i = 0; i < world->found.count; i++)
		if (world->found.items[i].check == check && !n--)
			return &world->found.items[i];
	fail_msg("no such item of %s", preflight_check_text(check));
	return NULL;
}

static void assert_item(const struct world *world, enum preflight_check check,
			unsigned int n, enum verdict_status status,
			const char *part)
{
	const struct preflight_item *found = item(world, check, n);

	if (found->status != status || !strstr(found->text, part))
		fail_msg("%s %u is %s: %s", preflight_check_text(check), n,
			 verdict_status_text(found->status), found->text);
}

static const struct fake_rr records[] = {
	{ "cluster.test", DNS_SOA, "5" },
	{ "mail.cluster.test", DNS_A, VIRTUAL },
	{ "example.net", DNS_SOA, "5" },
	{ "example.net", DNS_MX, "mx.example.net" },
	{ "mx.example.net", DNS_A, "10.9.9.9" },
	{ 0 },
};

struct servers {
	struct fake first;
	struct fake second;
};

static void servers_start(struct servers *servers, enum fake_trait first,
			  enum fake_trait second)
{
	fake_start(&servers->first, first, records, NS1, 53);
	fake_start(&servers->second, second, records, NS2, 53);
}

static void servers_stop(struct servers *servers)
{
	fake_stop(&servers->first);
	fake_stop(&servers->second);
}

static int listen_at(const char *text)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	int on = 1;

	assert_int_equal(inet_pton(AF_INET, text, &at.sin_addr), 1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static unsigned int count_connections(int listener)
{
	unsigned int count = 0;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		(void)close(fd);
		count++;
	}
	return count;
}

static void all_is_well(void **state)
{
	struct world *world = *state;
	struct servers servers;
	int listener;

	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	listener = listen_at(REMOTE);
	add_remote(world, REMOTE ":2525");
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_NAMESERVER, 0, VERDICT_VERIFIED, "");
	assert_string_equal(item(world, PREFLIGHT_NAMESERVER, 0)->subject,
			    NS1);
	assert_string_equal(item(world, PREFLIGHT_NAMESERVER, 1)->subject,
			    NS2);
	assert_item(world, PREFLIGHT_REMOTE, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_ROUTE, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_INTERFACE, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_MTA, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_CHROOT, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_CERTIFICATE, 0, VERDICT_VERIFIED, "");
	assert_int_equal(preflight_judge(&world->found), VERDICT_VERIFIED);
	assert_true(world->found.settings_digest != 0);
	assert_false(preflight_has(&world->found, PREFLIGHT_SETTINGS));
	assert_int_equal(count_connections(listener), 1);
	(void)close(listener);
}

static void witnesses_are_reached(void **state)
{
	struct world *world = *state;
	struct servers servers;
	int listener;

	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	listener = listen_at(REMOTE);
	assert_int_equal(witness_parse(span_of(REMOTE ":2525"),
				       &world->params.witnesses[0], NULL), 0);
	assert_int_equal(witness_parse(span_of(REMOTE ":2526"),
				       &world->params.witnesses[1], NULL), 0);
	world->params.witness_count = 2;
	world->request.authkey = "/nowhere/authkey";
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_WITNESS, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_WITNESS, 1, VERDICT_DEGRADED,
		    "no connection from this node's own address");
	assert_item(world, PREFLIGHT_WITNESS, 2, VERDICT_DEGRADED,
		    "/nowhere/authkey");
	assert_false(preflight_has(&world->found, PREFLIGHT_REMOTE));
	assert_false(preflight_has(&world->found, PREFLIGHT_ROUTE));
	assert_int_equal(count_connections(listener), 1);
	(void)close(listener);
}

static void the_witnesses_key(void **state)
{
	static const char text[] = "key mail 1 0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef\n";
	struct world *world = *state;
	struct servers servers;
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/authkey", world->root);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	world->request.authkey = path;
	look(world);
	assert_false(preflight_has(&world->found, PREFLIGHT_WITNESS));
	assert_int_equal(witness_parse(span_of("w.test"),
				       &world->params.witnesses[0], NULL), 0);
	world->params.witness_count = 1;
	look(world);
	assert_item(world, PREFLIGHT_WITNESS, 0, VERDICT_DEGRADED, path);
	assert_int_equal(file_write(path, text, strlen(text), 0440, 0, NULL),
			 0);
	look(world);
	assert_item(world, PREFLIGHT_WITNESS, 0, VERDICT_DEGRADED, "0440");
	world->request.authkey_copied = true;
	look(world);
	assert_item(world, PREFLIGHT_WITNESS, 0, VERDICT_VERIFIED, "");
	servers_stop(&servers);
}

/* There the verification asks them. */
static void not_where_the_virtual_addresses_are(void **state)
{
	struct world *world = *state;
	struct servers servers;
	int listener;

	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	listener = listen_at(REMOTE);
	add_remote(world, REMOTE ":2525");
	assert_int_equal(sandbox_address(VIRTUAL, true), 0);
	look(world);
	assert_int_equal(sandbox_address(VIRTUAL, false), 0);
	servers_stop(&servers);
	assert_int_equal(count_connections(listener), 0);
	(void)close(listener);
	assert_false(preflight_has(&world->found, PREFLIGHT_REMOTE));
	assert_item(world, PREFLIGHT_INTERFACE, 0, VERDICT_VERIFIED, "");
	assert_int_equal(preflight_judge(&world->found), VERDICT_VERIFIED);
}

static void each_nameserver_is_asked(void **state)
{
	struct world *world = *state;
	struct servers servers;

	servers_start(&servers, FAKE_SILENT, FAKE_SERVFAIL);
	world->request.timeout_ms = HASTY_MS;
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_NAMESERVER, 0, VERDICT_FAILED,
		    "it does not answer for our name: timeout");
	assert_item(world, PREFLIGHT_NAMESERVER, 1, VERDICT_FAILED,
		    "servfail");
	assert_int_equal(preflight_judge_check(&world->found,
					       PREFLIGHT_NAMESERVER),
			 VERDICT_FAILED);
}

static void no_such_name_is_an_answer(void **state)
{
	struct world *world = *state;
	struct servers servers;

	(void)strcpy(world->params.identity.name, "other.cluster.test");
	servers_start(&servers, FAKE_HONEST, FAKE_SERVFAIL);
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_NAMESERVER, 0, VERDICT_VERIFIED, "");
	assert_int_equal(preflight_judge_check(&world->found,
					       PREFLIGHT_NAMESERVER),
			 VERDICT_DEGRADED);
}

/* One refuses; to the other, found by its MX record, there is no way. */
static void remotes_out_of_reach(void **state)
{
	struct world *world = *state;
	struct servers servers;

	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	add_remote(world, REMOTE ":2525");
	add_remote(world, "mx:example.net");
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_REMOTE, 0, VERDICT_DEGRADED,
		    "(connection refused); a firewall may pass the virtual "
		    "addresses alone");
	assert_item(world, PREFLIGHT_REMOTE, 1, VERDICT_DEGRADED,
		    "Network is unreachable");
	assert_string_equal(item(world, PREFLIGHT_REMOTE, 1)->subject,
			    "mx.example.net (10.9.9.9)");
	assert_item(world, PREFLIGHT_ROUTE, 0, VERDICT_DEGRADED,
		    "no route over IPv4 to 10.9.9.9, while others have one");
	assert_int_equal(preflight_judge_check(&world->found,
					       PREFLIGHT_REMOTE),
			 VERDICT_UNKNOWN);
}

static void no_route_at_all(void **state)
{
	struct world *world = *state;
	struct servers servers;

	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	add_remote(world, "10.9.9.9");
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_ROUTE, 0, VERDICT_FAILED,
		    "no route over IPv4 to any remote");
}

/* That the nameservers are silent says nothing of the remote. */
static void remotes_that_are_not_found(void **state)
{
	struct world *world = *state;
	struct servers servers;

	servers_start(&servers, FAKE_SILENT, FAKE_SILENT);
	add_remote(world, "mx:example.net");
	world->request.timeout_ms = HASTY_MS;
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_REMOTE, 0, VERDICT_UNKNOWN,
		    "not connected to: ");
	assert_int_equal(preflight_reachable(&world->found), 1000);
}

static void who_took_a_connection_is_left_alone(void **state)
{
	struct world *world = *state;
	struct servers servers;
	int listener;

	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	listener = listen_at(REMOTE);
	add_remote(world, REMOTE ":2525");
	add_remote(world, "127.0.0.26:2525");
	world->request.memory = preflight_memory_new();
	look(world);
	assert_item(world, PREFLIGHT_REMOTE, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_REMOTE, 1, VERDICT_DEGRADED, "refused");
	look(world);
	look(world);
	assert_item(world, PREFLIGHT_REMOTE, 0, VERDICT_VERIFIED, "");
	assert_item(world, PREFLIGHT_ROUTE, 0, VERDICT_VERIFIED, "");
	assert_int_equal(count_connections(listener), 1);
	(void)close(listener);
	/* Who did not take one is tried each time. */
	listener = listen_at("127.0.0.26");
	look(world);
	assert_item(world, PREFLIGHT_REMOTE, 1, VERDICT_VERIFIED, "");
	assert_int_equal(count_connections(listener), 1);
	(void)close(listener);
	/* When its time has come, it is seen that nobody listens. */
	world->params.verify_interval_ms = 0;
	look(world);
	assert_item(world, PREFLIGHT_REMOTE, 0, VERDICT_DEGRADED, "refused");
	servers_stop(&servers);
	preflight_memory_free(world->request.memory);
}

static void mta_is_not_installed(void **state)
{
	struct world *world = *state;
	struct servers servers;

	assert_int_equal(unlink(world->params.binary), 0);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_MTA, 0, VERDICT_FAILED,
		    "No such file or directory");
	assert_int_equal(world->found.settings_digest, 0);
	assert_false(preflight_has(&world->found, PREFLIGHT_CERTIFICATE));
}

static void settings_that_cannot_be_bound(void **state)
{
	struct world *world = *state;
	struct servers servers;

	put(world, "etc/master.cf", "smtp inet\n", 0644);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_MTA, 0, VERDICT_FAILED, "master.cf:1");
}

static void postconf_hangs(void **state)
{
	struct world *world = *state;
	struct servers servers;
	int64_t start_ms = clock_ms();

	put(world, "postconf", "#!/bin/sh\nexec sleep 15\n", 0755);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	world->request.timeout_ms = HASTY_MS;
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_MTA, 0, VERDICT_UNKNOWN, "timed out");
	assert_true(clock_ms() - start_ms < PATIENT_MS / 2);
}

static void certificate_is_not_there(void **state)
{
	struct world *world = *state;
	struct servers servers;

	put(world, "postconf", "#!/bin/sh\n"
	    "echo mail_version = 3.7.11\n"
	    "echo myhostname = node1.cluster.test\n"
	    "echo myorigin = cluster.test\n"
	    "echo queue_directory = /var/spool/postfix\n"
	    "echo command_directory = /usr/sbin\n"
	    "echo daemon_directory = /usr/lib/postfix/sbin\n"
	    "echo smtpd_tls_security_level = may\n"
	    "echo smtpd_tls_cert_file = /nonexistent/cert.pem\n", 0755);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	look(world);
	servers_stop(&servers);
	assert_item(world, PREFLIGHT_CERTIFICATE, 0, VERDICT_DEGRADED,
		    "/nonexistent/cert.pem");
}

/* As the guard's user: what it may not read is not known. */
static void files_that_are_roots(void **state)
{
	struct world *world = *state;
	struct servers servers;
	char *path = below(world, "etc/main.cf");

	assert_int_equal(chmod(path, 0600), 0);
	free(path);
	servers_start(&servers, FAKE_HONEST, FAKE_HONEST);
	/* As root in a namespace of an ordinary user there is nobody else. */
	if (setegid(NOBODY) < 0 || seteuid(NOBODY) < 0) {
		servers_stop(&servers);
		skip();
	}
	look(world);
	servers_stop(&servers);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_item(world, PREFLIGHT_MTA, 0, VERDICT_UNKNOWN,
		    "Permission denied");
	assert_int_equal(world->found.settings_digest, 0);
}

static void it_can_be_stopped(void **state)
{
	struct world *world = *state;
	struct preflight_run *run;
	struct servers servers;

	servers_start(&servers, FAKE_SILENT, FAKE_SILENT);
	add_remote(world, "mx:example.net");
	assert_int_equal(preflight_start(world->loop, &world->request, on_done,
					 world, &run, NULL), 0);
	preflight_cancel(run);
	preflight_cancel(NULL);
	assert_int_equal(world->done, 0);
	servers_stop(&servers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_well, setup, teardown),
		cmocka_unit_test_setup_teardown(the_witnesses_key, setup, teardown),
		cmocka_unit_test_setup_teardown(witnesses_are_reached, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			not_where_the_virtual_addresses_are, setup, teardown),
		cmocka_unit_test_setup_teardown(each_nameserver_is_asked,
						setup, teardown),
		cmocka_unit_test_setup_teardown(no_such_name_is_an_answer,
						setup, teardown),
		cmocka_unit_test_setup_teardown(remotes_out_of_reach, setup,
						teardown),
		cmocka_unit_test_setup_teardown(no_route_at_all, setup,
						teardown),
		cmocka_unit_test_setup_teardown(remotes_that_are_not_found,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_took_a_connection_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(mta_is_not_installed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(settings_that_cannot_be_bound,
						setup, teardown),
		cmocka_unit_test_setup_teardown(postconf_hangs, setup,
						teardown),
		cmocka_unit_test_setup_teardown(certificate_is_not_there,
						setup, teardown),
		cmocka_unit_test_setup_teardown(files_that_are_roots, setup,
						teardown),
		cmocka_unit_test_setup_teardown(it_can_be_stopped, setup,
						teardown),
	};

	if (sandbox_enter("nameserver " NS1 "\nnameserver " NS2 "\n", "") <
	    0) {
		printf("1..0 # SKIP no namespaces here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
