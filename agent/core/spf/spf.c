/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/spf/spf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/dns/observe.h"
#include "core/spf/spf_state.h"

#define NONE UINT32_MAX

void spf_names_add(struct spf_names *names, const char *name)
{
	if (names->count == SPF_NAMES_MAX)
		names->more = true;
	else
		(void)snprintf(names->names[names->count++],
			       sizeof(names->names[0]), "%s", name);
}

void spf_wave_begin(struct spf *s, enum spf_step step, enum dns_type type,
		    const struct spf_names *names)
{
	unsigned int id = s->wave.first_id + s->wave.names.count;

	assert(names->count > 0);
	s->result.latency_ms += s->wave.latency_ms;
	free(s->wave.record);
	s->wave = (struct spf_wave){
		.step = step,
		.type = type,
		.names = *names,
		.first_id = id,
		.failed = NONE,
	};
}

bool spf_next(struct spf *s, struct question *ret)
{
	struct spf_wave *wave = &s->wave;

	if (!s->depth || wave->sent == wave->names.count)
		return false;
	*ret = (struct question){
		.id = wave->first_id + wave->sent,
		.kind = VANTAGE_NAMESERVER,
		.recurse = true,
		.type = wave->type,
	};
	if (wave->type == DNS_PTR)
		ret->addr = s->request.ip;
	memcpy(ret->name, wave->names.names[wave->sent], sizeof(ret->name));
	wave->sent++;
	return true;
}

/* The next record of the answer that the wave asked for. */
static const struct dns_record *answer_next(const struct spf_wave *wave,
					    const struct dnsmsg *msg,
					    const char *owner,
					    unsigned int *at)
{
	while (*at < msg->record_count) {
		const struct dns_record *record = &msg->records[(*at)++];

		if (record->type == wave->type && !record->authority &&
		    !strcmp(record->owner, owner))
			return record;
	}
	return NULL;
}

static void take_record(struct spf_wave *wave, const struct dnsmsg *msg,
			const struct dns_record *record)
{
	size_t len;
	const char *data = (const char *)dnsmsg_data(msg, record, &len);

	if (!spf_record_is((struct span){ data, len }) || wave->records++)
		return;
	wave->record = xmemdup0(data, len);
	wave->record_len = len;
}

static void take(struct spf *s, unsigned int index, const struct dnsmsg *msg,
		 const struct dns_record *record)
{
	struct spf_wave *wave = &s->wave;
	const struct spf_term *term = &s->frames[s->depth - 1].term;

	switch (wave->step) {
	case STEP_RECORD:
		take_record(wave, msg, record);
		break;
	case STEP_ADDRS:
		if (spf_term_covers(term, &record->addr, &s->request.ip))
			wave->matched = true;
		else if (spf_term_covers(term, &record->addr,
					 &s->request.inside))
			s->result.inside = true;
		break;
	case STEP_EXISTS:
		wave->matched = true;
		break;
	case STEP_MX:
	case STEP_PTR:
		spf_names_add(&wave->answer, record->target);
		break;
	case STEP_CONFIRM:
		if (addr_equal(&record->addr, &s->request.ip))
			wave->confirmed[index] = true;
		break;
	}
}

static void lower_ttl(struct spf *s, uint32_t ttl_s)
{
	if (ttl_s < s->result.ttl_s)
		s->result.ttl_s = ttl_s;
}

static void take_answer(struct spf *s, unsigned int index,
			const struct dnsmsg *msg)
{
	const char *owner = dnsmsg_canonical(msg, &s->result.ttl_s);
	const struct dns_record *record, *soa = dnsmsg_negative_soa(msg);
	unsigned int at = 0, count = 0;

	while ((record = answer_next(&s->wave, msg, owner, &at))) {
		lower_ttl(s, record->ttl_s);
		take(s, index, msg, record);
		count++;
	}
	s->wave.absent = msg->rcode == DNS_NXDOMAIN;
	if (count) {
		s->wave.found = true;
		return;
	}
	s->wave.voids++;
	if (soa) {
		lower_ttl(s, soa->ttl_s);
		lower_ttl(s, soa->minimum_s);
	}
}

static const char *type_text(enum dns_type type)
{
	return type == DNS_TXT	? "TXT" :
	       type == DNS_MX	? "MX" :
	       type == DNS_PTR	? "PTR" :
	       type == DNS_AAAA ? "AAAA" :
				  "A";
}

static void take_failure(struct spf_wave *wave, unsigned int index,
			 const struct reply *reply, enum outcome outcome)
{
	/* The first by its place, whatever order they came in. */
	if (index >= wave->failed)
		return;
	wave->failed = index;
	wave->outcome = outcome;
	wave->rcode = reply->msg ? reply->msg->rcode : -1;
	why_set(&wave->why, "%s of %s: %s", type_text(wave->type),
		wave->names.names[index],
		reply->detail[0] ? reply->detail : outcome_text(outcome));
}

void spf_reply(struct spf *s, unsigned int id, const struct reply *reply)
{
	struct spf_wave *wave = &s->wave;
	unsigned int index = id - wave->first_id;
	enum outcome outcome;

	/* An earlier wave's id makes a large index. */
	if (!s->depth || index >= wave->sent || wave->done[index])
		return;
	outcome = observe_rcode(reply, false);
	if (outcome == OUTCOME_MATCH)
		take_answer(s, index, reply->msg);
	else
		take_failure(wave, index, reply, outcome);
	wave->done[index] = true;
	wave->answered++;
	if (wave->latency_ms < reply->latency_ms)
		wave->latency_ms = reply->latency_ms;
	s->result.tcp = s->result.tcp || reply->tcp;
	if (wave->answered == wave->names.count)
		spf_wave_done(s);
}

bool spf_finished(const struct spf *s)
{
	return !s->depth;
}

/* A match that is known already is not lost for a reply that never came. */
void spf_expire(struct spf *s)
{
	if (s->depth && s->wave.matched)
		spf_wave_done(s);
	if (s->depth) {
		const struct spf_wave *wave = &s->wave;
		unsigned int open = 0;

		while (wave->done[open])
			open++;
		why_set(&s->result.why, "%s of %s: %s", type_text(wave->type),
			wave->names.names[open],
			open < wave->sent ? "no answer in time" :
					    "the time was up before its turn");
		spf_give_up(s, open < wave->sent ? OUTCOME_TIMEOUT :
						   OUTCOME_NOT_ASKED, -1);
	}
}

struct spf *spf_new(const struct spf_request *request)
{
	struct spf *s = xcalloc(1, sizeof(*s));

	s->request = *request;
	s->request.ip = addr_unmap(&request->ip);
	if (!s->request.local[0])
		memcpy(s->request.local, "postmaster", sizeof("postmaster"));
	s->result.ttl_s = UINT32_MAX;
	s->result.rcode = -1;
	spf_begin(s);
	return s;
}

void spf_free(struct spf *s)
{
	if (!s)
		return;
	for (unsigned int i = 0; i < SPF_DEPTH_MAX; i++)
		free(s->frames[i].record);
	free(s->wave.record);
	free(s);
}

const struct spf_result *spf_result(const struct spf *s)
{
	assert(!s->depth);
	return &s->result;
}
