/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/verify.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "core/dns/verifier.h"
#include "core/spf/spf_check.h"
#include "io/inquire.h"
#include "io/nameservers.h"
#include "io/own_tls.h"
#include "io/remotes.h"
#include "io/witnesses.h"

/*
 * One of the things that a verification is made of: it adds observations to
 * the verdict and is awaited. Each keeps to the time of the whole by itself.
 */
struct part {
	struct verify *verify;
	struct part *next;
	enum verdict_part kind;
	/* What is under way, at most one of them; NULL: it is over. */
	struct inquire *inquire;
	struct remotes *remotes;
	struct witnesses *witnesses;
	struct own_tls *own_tls;
	void *machine;				/* of `inquire` */
	void (*machine_free)(void *machine);
};

struct verify {
	qb_loop_t *loop;
	verify_done_fn *done;
	void *ctx;
	int64_t start_ms;
	struct verdict verdict;
	struct dns *dns;		/* our own, or NULL */
	struct part *parts;
	unsigned int running;		/* of the parts */
	struct inquire_progress progress;
};

static struct part *part_add(struct verify *v, enum verdict_part kind)
{
	struct part *part = xcalloc(1, sizeof(*part));

	part->verify = v;
	part->kind = kind;
	part->next = v->parts;
	v->parts = part;
	v->running++;
	return part;
}

static void release(struct verify *v)
{
	while (v->parts) {
		struct part *part = v->parts;

		v->parts = part->next;
		inquire_cancel(part->inquire);
		remotes_cancel(part->remotes);
		witnesses_cancel(part->witnesses);
		own_tls_cancel(part->own_tls);
		if (part->machine)
			part->machine_free(part->machine);
		free(part);
	}
	dns_free(v->dns);
}

static void complete(struct verify *v)
{
	struct verdict *verdict = &v->verdict;

	release(v);
	verdict->duration_ms = (uint32_t)(clock_ms() - v->start_ms);
	verdict->time_s = clock_wall_s();
	if (gethostname(verdict->node, sizeof(verdict->node) - 1) < 0)
		verdict->node[0] = '\0';
	verdict_judge(verdict);
	v->done(v->ctx, verdict);
	free(v);
}

static void on_part_done(void *ctx)
{
	struct part *part = ctx;
	struct verify *v = part->verify;
	int64_t took_ms = clock_ms() - v->start_ms;

	/* The last of a kind to end is what counts; 0 has a meaning. */
	v->verdict.part_ms[part->kind] = took_ms ? (uint32_t)took_ms : 1;
	part->inquire = NULL;
	part->remotes = NULL;
	part->witnesses = NULL;
	part->own_tls = NULL;
	if (!--v->running)
		complete(v);
}

static void free_verifier(void *machine)
{
	verifier_free(machine);
}

/* What this node, its nameservers, the authorities and the given resolvers
 * say of the records. */
static void begin_records(struct verify *v,
			  const struct verify_request *request,
			  const struct inquire_request *inquire)
{
	const struct params *params = request->params;
	struct inquire_request own = *inquire;
	struct part *part = part_add(v, PART_RECORDS);
	struct verifier *verifier;

	verifier = verifier_new(&v->verdict, inquire->nameservers,
				inquire->nameserver_count, params->resolvers,
				params->resolver_count,
				!request->records_only);
	part->machine = verifier;
	part->machine_free = free_verifier;
	own.inquiry = verifier_inquiry(verifier);
	part->inquire = inquire_start(v->loop, &own, on_part_done, part);
}

static void free_spf(void *machine)
{
	spf_check_free(machine);
}

/* Whether the SPF records let the public addresses send. */
static void begin_spf(struct verify *v, const struct verify_request *request,
		      const struct inquire_request *inquire)
{
	struct inquire_request own = *inquire;
	struct part *part = part_add(v, PART_OURS);
	struct spf_check *check;

	check = spf_check_new(&v->verdict, request->params->sender_domains);
	part->machine = check;
	part->machine_free = free_spf;
	own.inquiry = spf_check_inquiry(check);
	part->inquire = inquire_start(v->loop, &own, on_part_done, part);
}

/* What mail servers outside say of us. */
static void begin_remotes(struct verify *v,
			  const struct verify_request *request,
			  const struct inquire_request *inquire)
{
	struct part *part;

	if (!request->params->remote_count)
		return;
	part = part_add(v, PART_REMOTES);
	part->remotes = remotes_start(v->loop, request, inquire, &v->verdict,
				      on_part_done, part);
}

/* What witnesses see of us, and whether they reach us. */
static void begin_witnesses(struct verify *v,
			    const struct verify_request *request,
			    const struct inquire_request *inquire)
{
	struct part *part;

	if (!request->params->witness_count || !request->from_identity ||
	    request->no_witnesses)
		return;
	part = part_add(v, PART_WITNESSES);
	part->witnesses = witnesses_start(v->loop, request, inquire,
					  &v->verdict, on_part_done, part);
}

/* What our own mail server presents, or would. */
static void begin_own_tls(struct verify *v,
			  const struct verify_request *request,
			  const struct inquire_request *inquire)
{
	struct part *part;

	if (!request->mta_runs && !request->tls_setup)
		return;
	part = part_add(v, PART_OURS);
	part->own_tls = own_tls_start(v->loop, request, inquire, &v->verdict,
				      on_part_done, part);
}

typedef void begin_fn(struct verify *v, const struct verify_request *request,
		      const struct inquire_request *inquire);

static begin_fn *const begins[] = { begin_records, begin_spf, begin_remotes,
				    begin_witnesses, begin_own_tls };

int verify_start(qb_loop_t *loop, const struct verify_request *request,
		 verify_done_fn *done, void *ctx, struct verify **ret,
		 struct why *why)
{
	struct endpoint nameservers[NAMESERVERS_MAX];
	struct inquire_request inquire = { .nameservers = nameservers };
	struct verify *v;
	size_t count;
	int r;

	r = nameservers_read(nameservers, &inquire.nameserver_count, why);
	if (r < 0)
		return r;
	v = xcalloc(1, sizeof(*v));
	v->loop = loop;
	v->done = done;
	v->ctx = ctx;
	v->start_ms = clock_ms();
	v->verdict.identity = request->params->identity;
	if (!request->dns)
		v->dns = dns_new(loop);
	inquire.dns = request->dns ? request->dns : v->dns;
	if (request->from_identity)
		inquire.from = &v->verdict.identity;
	inquire.timeout_ms = request->timeout_ms;
	inquire.progress = &v->progress;
	count = request->records_only ? 1 : ARRAY_SIZE(begins);
	for (size_t i = 0; i < count; i++)
		begins[i](v, request, &inquire);
	*ret = v;
	return 0;
}

void verify_cancel(struct verify *v)
{
	if (!v)
		return;
	release(v);
	verdict_done(&v->verdict);
	free(v);
}

void verify_progress(const struct verify *v, unsigned int *ret_asked,
		     unsigned int *ret_answered)
{
	*ret_asked = v->progress.asked;
	*ret_answered = v->progress.answered;
}
