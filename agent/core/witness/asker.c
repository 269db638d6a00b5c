/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/witness/asker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/printable.h"
#include "core/witness/asker_state.h"

/* An errand's id: witness, family, and whether it is the second bind. */
#define IDS_EACH (WITNESS_FAMILIES * 2)

sa_family_t asker_family(unsigned int family)
{
	return family == WITNESS_IPV6 ? AF_INET6 : AF_INET;
}

struct observation asker_observation(const struct talk *talk,
				     enum check check, unsigned int family)
{
	return (struct observation){
		.vantage = talk->vantage,
		.check = check,
		.family = asker_family(family),
		.rcode = -1,
	};
}

static bool is_over(const struct talk *talk)
{
	return talk->state == TALK_NONE || talk->state == TALK_DONE;
}

void asker_close(struct asker *a, struct witness *witness,
		 unsigned int family)
{
	witness->talks[family].state = TALK_DONE;
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
		if (!is_over(&witness->talks[i]))
			return;
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
		if (witness->has_forward[i])
			verdict_add(a->verdict, &witness->forward[i]);
}

uint16_t asker_port(const struct asker *a)
{
	return a->callback == CALLBACK_SMTP ? SMTP_PORT : a->callback_port;
}

unsigned int asker_called_port(const struct asker *a)
{
	return a->callback == CALLBACK_NONE ? 0 : asker_port(a);
}

static void leave_out(struct asker *a, struct witness *witness,
		      unsigned int family, enum outcome outcome,
		      bool unanswered, const char *why)
{
	struct observation obs = asker_observation(&witness->talks[family],
						   CHECK_CALLBACK, family);

	obs.outcome = outcome;
	obs.unanswered = unanswered;
	obs.port = asker_called_port(a);
	printable(why, strlen(why), obs.evidence, sizeof(obs.evidence));
	verdict_add(a->verdict, &obs);
	asker_close(a, witness, family);
}

void asker_leave_out(struct asker *a, struct witness *witness,
		     unsigned int family, enum outcome outcome,
		     const char *why)
{
	leave_out(a, witness, family, outcome, outcome != OUTCOME_NOT_ASKED,
		  why);
}

/* The place in `witnesses` of another one that is there, or 0. */
static unsigned int taken_by(const struct asker *a,
			     const struct witness *witness,
			     const struct endpoint *server)
{
	for (unsigned int i = 0; i < a->witness_count * WITNESS_FAMILIES; i++) {
		const struct witness *other =
			&a->witnesses[i / WITNESS_FAMILIES];
		const struct vantage *at =
			&other->talks[i % WITNESS_FAMILIES].vantage;

		if (other != witness && endpoint_equal(&at->server, server))
			return at->index;
	}
	return 0;
}

void asker_found(struct asker *a, struct witness *witness,
		 unsigned int family, const struct addr *addr)
{
	const struct remote *remote = &witness->remote;
	struct talk *talk = &witness->talks[family];
	struct endpoint server = { *addr, remote->port };
	unsigned int other = taken_by(a, witness, &server);
	char why[EVIDENCE_MAX] = "";

	if (identity_has(&a->verdict->identity, addr))
		(void)snprintf(why, sizeof(why), "%s is our own address",
			       addr_text(addr).s);
	else if (!remote->literal.family && !host_addr_is_outside(addr))
		(void)snprintf(why, sizeof(why), "its address %s is none of a "
			       "host outside", addr_text(addr).s);
	else if (other)
		(void)snprintf(why, sizeof(why), "%s is asked as the %u. of "
			       "the witnesses already", addr_text(addr).s,
			       other);
	if (*why) {
		asker_leave_out(a, witness, family, OUTCOME_NOT_ASKED, why);
		return;
	}
	talk->vantage.server = server;
	talk->state = TALK_READY;
}

static struct vantage vantage_of(const struct remote *remote,
				 unsigned int index)
{
	struct vantage vantage = {
		.kind = VANTAGE_WITNESS,
		.server = { remote->literal, remote->port },
		.index = index,
	};

	memcpy(vantage.host, remote->host, sizeof(vantage.host));
	return vantage;
}

/* In a family that one of the two lacks there is nothing to ask. */
static bool is_wanted(const struct asker *a, const struct remote *remote,
		      unsigned int family)
{
	sa_family_t wanted = asker_family(family);

	return identity_addr(&a->verdict->identity, wanted) &&
	       (!remote->literal.family || remote->literal.family == wanted);
}

/* Why it is not asked at all, or NULL. */
static const char *obstacle(const struct asker *a,
			    const struct asker_request *request,
			    const struct witness *witness)
{
	const struct identity *id = &a->verdict->identity;
	bool wanted = false;

	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
		wanted |= witness->talks[i].state == TALK_SEARCHED;
	if (!wanted)
		return "we have no address of its family";
	if (!strcmp(witness->remote.host, id->name))
		return "it is our own name";
	return request->no_key;
}

static void witness_begin(struct asker *a, const struct asker_request *request,
			  unsigned int index)
{
	struct witness *witness = &a->witnesses[index];
	const struct remote *remote = &witness->remote;
	struct vantage vantage = vantage_of(remote, index + 1);
	const char *why;

	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++) {
		witness->talks[i].vantage = vantage;
		if (is_wanted(a, remote, i))
			witness->talks[i].state = TALK_SEARCHED;
	}
	why = obstacle(a, request, witness);
	if (why) {
		unsigned int family =
			witness->talks[WITNESS_IPV4].state == TALK_NONE;

		for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
			witness->talks[i].state = TALK_NONE;
		if (remote->literal.family == AF_INET)
			family = WITNESS_IPV4;
		leave_out(a, witness, family, OUTCOME_NOT_ASKED,
			  why == request->no_key, why);
		return;
	}
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++)
		if (witness->talks[i].state == TALK_SEARCHED &&
		    remote->literal.family)
			asker_found(a, witness, i, &remote->literal);
}

struct asker *asker_new(struct verdict *verdict,
			const struct asker_request *request)
{
	struct asker *a = xcalloc(1, sizeof(*a));

	a->verdict = verdict;
	a->callback = request->callback;
	a->callback_port = request->callback_port;
	if (!request->from_identity)
		return a;
	for (unsigned int i = 0; i < request->witness_count; i++)
		a->witnesses[i].remote = request->witnesses[i];
	a->witness_count = request->witness_count;
	for (unsigned int i = 0; i < a->witness_count; i++)
		witness_begin(a, request, i);
	for (unsigned int i = 0; i < a->witness_count; i++)
		asker_search(a, &a->witnesses[i]);
	return a;
}

void asker_free(struct asker *a)
{
	free(a);
}

static struct witness_bind bind_of(const struct asker *a, bool again)
{
	const struct identity *id = &a->verdict->identity;
	struct witness_bind bind = {
		.addr_count = id->count,
		.way = again ? WAY_SOURCE : WAY_NAME,
		.proto = a->callback == CALLBACK_SMTP ? PROTO_SMTP :
							PROTO_ECHO,
		.port = asker_port(a),
	};

	memcpy(bind.name, id->name, sizeof(bind.name));
	memcpy(bind.addrs, id->public_addrs, sizeof(bind.addrs));
	if (a->callback == CALLBACK_NONE)
		bind.way = WAY_NONE;
	return bind;
}

bool asker_next_errand(struct asker *a, struct asker_errand *ret)
{
	for (unsigned int id = 0; id < a->witness_count * IDS_EACH; id += 2) {
		unsigned int family = id / 2 % WITNESS_FAMILIES;
		struct talk *talk = &a->witnesses[id / IDS_EACH].talks[family];
		bool again = talk->state == TALK_AGAIN;

		if (talk->state != TALK_READY && !again)
			continue;
		talk->state = again ? TALK_OUT_AGAIN : TALK_OUT;
		*ret = (struct asker_errand){
			.id = id + again,
			.local = *identity_addr(&a->verdict->identity,
						asker_family(family)),
			.server = talk->vantage.server,
			.bind = bind_of(a, again),
		};
		return true;
	}
	return false;
}

/* Could a call to the source itself say what the other one did not? */
static bool is_source_open(const struct asker *a,
			   const struct asker_answer *answer)
{
	const struct witness_result *result = &answer->msg->result;
	const struct witness_callback *callback = &result->callback;

	if (a->callback == CALLBACK_NONE || answer->deaf)
		return false;
	switch (callback->end) {
	case CALL_NO_ADDRESS:
	case CALL_ADDRESS_DENIED:
		return true;
	case CALL_NOT_WANTED:
	case CALL_PORT_DENIED:
		return false;
	case CALL_VERIFIED:
	case CALL_REFUSED:
	case CALL_TIMEOUT:
	case CALL_UNREACHABLE:
	case CALL_CLOSED:
	case CALL_NOT_US:
		break;
	}
	return !addr_equal(&callback->called.addr, &result->source.addr);
}

/* What was seen over the family itself is the better word on it. */
static void keep_forward(struct asker *a, struct witness *witness,
			 unsigned int family,
			 const struct witness_result *result)
{
	for (unsigned int i = 0; i < WITNESS_FAMILIES; i++) {
		if (witness->has_forward[i] && i != family)
			continue;
		witness->forward[i] = asker_forward(
			a, &witness->talks[family], i, result);
		witness->has_forward[i] = true;
	}
}

static void take_result(struct asker *a, struct witness *witness,
			unsigned int family, const struct asker_answer *answer)
{
	const struct witness_result *result = &answer->msg->result;
	struct talk *talk = &witness->talks[family];
	struct observation obs;

	keep_forward(a, witness, family, result);
	obs = asker_reverse(a, talk, family, result);
	verdict_add(a->verdict, &obs);
	obs = asker_source(a, talk, family, answer);
	verdict_add(a->verdict, &obs);
	obs = asker_call(a, talk, CHECK_CALLBACK, family, answer);
	verdict_add(a->verdict, &obs);
	if (is_source_open(a, answer)) {
		talk->state = TALK_AGAIN;
		return;
	}
	obs.check = CHECK_LEGACY;
	verdict_add(a->verdict, &obs);
	asker_close(a, witness, family);
}

static void take_first(struct asker *a, struct witness *witness,
		       unsigned int family, const struct asker_answer *answer)
{
	struct observation obs;

	if (asker_is_result(answer)) {
		take_result(a, witness, family, answer);
		return;
	}
	obs = asker_silence(a, &witness->talks[family], family, answer);
	verdict_add(a->verdict, &obs);
	asker_close(a, witness, family);
}

/* It answered the first one: what keeps it from answering this one is no word
 * on the way back. */
static void take_second(struct asker *a, struct witness *witness,
			unsigned int family, const struct asker_answer *answer)
{
	struct talk *talk = &witness->talks[family];
	struct observation obs;

	if (asker_is_result(answer)) {
		obs = asker_call(a, talk, CHECK_LEGACY, family, answer);
	} else {
		obs = asker_silence(a, talk, family, answer);
		obs.check = CHECK_LEGACY;
		obs.outcome = OUTCOME_NOT_ASKED;
		obs.unanswered = false;
	}
	verdict_add(a->verdict, &obs);
	asker_close(a, witness, family);
}

void asker_answer(struct asker *a, unsigned int id,
		  const struct asker_answer *answer)
{
	unsigned int family = id / 2 % WITNESS_FAMILIES;
	struct witness *witness;

	if (id >= a->witness_count * IDS_EACH)
		return;
	witness = &a->witnesses[id / IDS_EACH];
	if (id % 2 && witness->talks[family].state == TALK_OUT_AGAIN)
		take_second(a, witness, family, answer);
	else if (id % 2 == 0 && witness->talks[family].state == TALK_OUT)
		take_first(a, witness, family, answer);
}

bool asker_finished(const struct asker *a)
{
	for (unsigned int i = 0; i < a->witness_count * WITNESS_FAMILIES; i++)
		if (!is_over(&a->witnesses[i / WITNESS_FAMILIES]
				     .talks[i % WITNESS_FAMILIES]))
			return false;
	return true;
}
