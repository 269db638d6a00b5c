/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "cmd/command.h"
#include "cmd/tls_files.h"
#include "cmd/verify_run.h"
#include "cmd/wanted.h"
#include "core/params.h"
#include "core/verdict/verdict_html.h"
#include "core/verdict/verdict_text.h"
#include "io/maillog.h"
#include "io/netlink.h"
#include "io/verdict_files.h"
#include "io/verdict_xml.h"

static const char help[] =
	"Usage: bindback verify --name=NAME --ip=ADDR [OPTION...]\n"
	"       bindback verify --resource=ID [OPTION...]\n"
	"\n"
	"Asks this node's name service, each of its nameservers, each "
	"authoritative server of\n"
	"the zones, and the resolvers given, whether name and addresses lead "
	"to each other,\n"
	"and the mail servers given whether they would take mail from them; "
	"none is sent.\n"
	"Has the witnesses given resolve the name where they are, and call "
	"back.\n"
	"Looks whether the SPF records of the name and the sender domains "
	"cover the addresses,\n"
	"and whether the certificate that our mail server presents is as "
	"promised; on another\n"
	"node of the cluster, the one that it would present by its settings. "
	"The questions\n"
	"leave from the addresses themselves where they are on this node; "
	"mail servers and\n"
	"witnesses are asked only then.\n"
	"\n"
	"  --name=NAME       the cluster's mail name\n"
	"  --ip=ADDR         a virtual address; twice for IPv4 and IPv6\n"
	"  --public-ip=ADDR  what the world sees of it, behind 1:1 NAT\n"
	"  --resource=ID     what the parameters of this resource, bound on "
	"this node, say,\n"
	"                    instead of the three above; its mail log is "
	"looked at for\n"
	"                    rejections of real deliveries; if mail servers "
	"are asked, what is\n"
	"                    found is kept for explain and for the next "
	"verification, where\n"
	"                    that may be written\n"
	"  --resolver=ADDR[#PORT]\n"
	"                    ask this resolver too; up to 8 times\n"
	"  --remote=HOST[:PORT][/DOMAIN], --remote=mx:DOMAIN\n"
	"                    ask this mail server too; up to 16 times\n"
	"  --sender-domain=DOMAIN\n"
	"                    a domain that mail is sent from, for SPF; up to "
	"8 times\n"
	"  --witness=HOST[:PORT]\n"
	"                    have this witness resolve the name and call back; "
	"up to 8 times\n"
	"  --authkey=FILE    the key that it knows us by (default: the "
	"agent's authkey)\n"
	"  --callback=bindback|smtp|none\n"
	"                    how it calls back (default: bindback)\n"
	"  --callback-port=PORT\n"
	"                    where, with bindback (default: 9322)\n"
	"  --deliveries=FILE look for rejections of real deliveries in this "
	"mail log of Postfix\n"
	"  --config-dir=DIR  the folder of main.cf and master.cf, whose "
	"certificate is looked\n"
	"                    at where the addresses are not on this node; "
	"on a node of a\n"
	"                    cluster the mail server's own\n"
	"  --force           with --resource: ask also mail servers that were "
	"asked within\n"
	"                    the resource's verify_interval\n"
	"  --timeout=TIME    of the whole, e.g. 5s, 800ms (default: the "
	"agent's verify_timeout)\n"
	"  --output-as=text|xml|html\n"
	"                    how to show the verdict (default: text)\n"
	"  --help            this text\n"
	"\n"
	"Exit status: 0 verified, 1 degraded, 2 failed, 3 unknown, 64 wrong "
	"usage.\n";

/* The command line. */
struct request {
	struct wanted wanted;
	const char *resource;
	const char *deliveries;		/* a mail log */
	struct instance instance;	/* the resource */
	bool force;
	enum output output;
};

static int request_add(struct request *request, int option, const char *value)
{
	switch (option) {
	case 'r':
		request->resource = value;
		return 0;
	case 'l':
		request->deliveries = value;
		return 0;
	case 'f':
		request->force = true;
		return 0;
	case 'o':
		return command_output_as(request->wanted.command, value,
					 &request->output);
	default:
		return wanted_add(&request->wanted, option, value);
	}
}

/* What the running instance says takes the place of the options. */
static int request_fill(struct request *request)
{
	struct instance *instance = &request->instance;
	struct wanted *wanted = &request->wanted;
	int r;

	if (wanted_names_one(wanted))
		return command_usage(wanted->command, "--resource: --name, "
				     "--ip and --public-ip cannot be given "
				     "with it");
	r = command_instance(wanted->command, request->resource, instance);
	return r ? r : wanted_fill(wanted, instance);
}

/* In doubt they are not: then the kernel picks the source. */
static bool identity_is_here(const struct identity *id)
{
	struct local_addr places[IDENTITY_ADDRS];

	if (netlink_find_addrs(id->addrs, id->count, places, NULL) < 0)
		return false;
	for (unsigned int i = 0; i < id->count; i++)
		if (!places[i].ifindex || places[i].tentative)
			return false;
	return true;
}

static int show(const struct request *request, const struct verdict *verdict)
{
	BUF_CLEAN out = { 0 };

	buf_init(&out);
	switch (request->output) {
	case OUTPUT_TEXT:
		verdict_text_print(verdict, isatty(STDOUT_FILENO), &out);
		break;
	case OUTPUT_XML:
		verdict_xml_print(verdict, &out);
		break;
	case OUTPUT_HTML:
		verdict_html_print(verdict, &out);
		break;
	}
	return command_output(request->wanted.command, out.data,
			      (int)verdict->status);
}

/* What the resource's own log tells; how far it was read stays as it is. */
static void add_own_deliveries(const struct request *request,
			       struct verdict *verdict)
{
	char path[sizeof(request->instance.dir) + sizeof(MAILLOG_FILE) + 1];
	struct state state;
	struct why notice = { "" };

	if (instance_load(&request->instance, &state, &notice) == 0) {
		(void)snprintf(path, sizeof(path), "%s/%s",
			       request->instance.dir, MAILLOG_FILE);
		maillog_collect(&state, path, MAILLOG_TIMEOUT_MS,
				verdict, &notice);
		state_done(&state);
	}
	if (notice.text[0])
		(void)fprintf(stderr, "bindback %s: %s\n",
			      request->wanted.command, notice.text);
}

static int add_deliveries(const struct request *request,
			  const struct params *params,
			  struct verdict *verdict)
{
	struct why why = { "" };

	if (request->resource)
		add_own_deliveries(request, verdict);
	if (request->deliveries &&
	    maillog_collect_file(request->deliveries, "postfix",
				 params->sender_domains, verdict, &why) < 0)
		return command_failed(request->wanted.command, &why);
	if (request->resource || request->deliveries)
		verdict_judge(verdict);
	return 0;
}

/* So that who was asked now is left alone by the next verification. */
static void keep(const struct request *request, const struct verdict *verdict)
{
	struct why why = { "" };

	if (verdict_xml_save(verdict, request->instance.verdict_path, &why) < 0)
		(void)fprintf(stderr, "bindback %s: that the remotes were "
			      "asked is not kept: %s\n",
			      request->wanted.command, why.text);
}

/* A node that waits for a failover has only its files to tell. */
static bool look_at_files(const struct request *request,
			  const struct params *params, struct tls_setup *ret)
{
	struct why why = { "" };
	int r;

	if (!params->config_dir && !tls_files_are_of_a_cluster())
		return false;
	r = tls_files_look(params, ret, &why);
	if (r < 0 && (r != -ENOENT || params->config_dir))
		(void)fprintf(stderr, "bindback %s: the certificate is not "
			      "looked at: %s\n", request->wanted.command,
			      why.text);
	return !r;
}

static int verify(const struct request *request, const struct params *params)
{
	bool has_history = request->resource && params->remote_count;
	struct verdict verdict, earlier = { 0 };
	struct verify_request wanted = {
		.params = params,
		.timeout_ms = params->verify_timeout_ms,
		.from_identity = identity_is_here(&params->identity),
		.force = request->force,
		.authkey = params->authkey,
	};
	struct tls_setup files = { 0 };
	struct verify_run *run;
	struct why why = { "" };
	int r;

	wanted.mta_runs = wanted.from_identity;
	if (!wanted.mta_runs && look_at_files(request, params, &files))
		wanted.tls_setup = &files;
	/* One that cannot be read is no history. */
	if (has_history &&
	    verdict_files_read(&request->instance, &earlier, NULL) == 0)
		wanted.earlier = &earlier;
	r = verify_run_start(&wanted, &run, &why);
	verdict_done(&earlier);
	tls_setup_done(&files);
	if (r < 0)
		return command_failed(request->wanted.command, &why);
	verify_run_take(run, isatty(STDERR_FILENO), &verdict);
	r = add_deliveries(request, params, &verdict);
	if (!r && has_history)
		keep(request, &verdict);
	if (!r)
		r = show(request, &verdict);
	verdict_done(&verdict);
	return r;
}

static int request_carry_out(struct request *request)
{
	struct params params;
	int r = 0;

	if (request->resource)
		r = request_fill(request);
	if (!r)
		r = wanted_check(&request->wanted, &params);
	if (r)
		return r;
	r = verify(request, &params);
	params_done(&params);
	return r;
}

static int verify_main(int argc, char **argv)
{
	static const struct option options[] = {
		WANTED_OPTIONS,
		WANTED_ASK_OPTIONS,
		{ "deliveries", required_argument, NULL, 'l' },
		{ "force", no_argument, NULL, 'f' },
		{ "resource", required_argument, NULL, 'r' },
		{ "output-as", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .wanted.command = argv[0] };
	int c, r = 0;

	while (!r && (c = command_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return command_output(argv[0], help, 0);
		r = c == '?' ? STATUS_USAGE :
			       request_add(&request, c, optarg);
	}
	if (!r)
		r = request_carry_out(&request);
	wanted_done(&request.wanted);
	return r;
}

const struct command command_verify = {
	"verify", "ask everybody now whether name and addresses agree",
	verify_main,
};
