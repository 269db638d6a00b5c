/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/spf/spf.h"

/*
 * Inside of an SPF check, shared by spf.c (questions and replies) and
 * spf_eval.c (records and terms).
 */

/* Each include costs one of the terms; a redirect takes its record's place. */
#define SPF_DEPTH_MAX (SPF_TERMS_MAX + 1)

/** What the questions under way are for. */
enum spf_step {
	STEP_RECORD,	/* TXT: the record of the topmost frame's domain */
	STEP_ADDRS,	/* a, and the hosts of mx: is the address there? */
	STEP_EXISTS,
	STEP_MX,
	STEP_PTR,
	STEP_CONFIRM,	/* do the PTR's names lead back to the address? */
};

/** Names, at most SPF_NAMES_MAX; of more the first, and `more` is set. */
struct spf_names {
	char names[SPF_NAMES_MAX][NAME_MAX_LEN + 1];
	unsigned int count;
	bool more;
};

/** Questions asked at once, and what their replies have come to so far. */
struct spf_wave {
	enum spf_step step;
	enum dns_type type;
	struct spf_names names;
	bool done[SPF_NAMES_MAX];
	unsigned int first_id;
	unsigned int sent;
	unsigned int answered;
	bool confirmed[SPF_NAMES_MAX];	/* CONFIRM */
	bool matched;
	bool found;		/* something, though perhaps no match */
	unsigned int voids;	/* replies without records */
	bool absent;		/* RECORD: NXDOMAIN */
	unsigned int failed;	/* index of the first that did, or NONE */
	enum outcome outcome;	/* ... and how */
	int rcode;
	struct why why;
	struct spf_names answer;	/* MX, PTR */
	char *record;		/* RECORD: the text, owned */
	size_t record_len;
	unsigned int records;	/* RECORD: how many SPF records */
	uint32_t latency_ms;
};

/** One record under evaluation. */
struct spf_frame {
	char domain[NAME_MAX_LEN + 1];
	bool redirected;
	char *record;		/* owned; the terms are pieces of it */
	struct span rest;
	struct spf_term term;	/* the one under evaluation */
	struct spf_term redirect;
};

struct spf {
	struct spf_request request;
	struct spf_frame frames[SPF_DEPTH_MAX];
	unsigned int depth;	/* 0: finished */
	unsigned int terms;
	unsigned int void_terms;
	unsigned int void_lookups;
	struct spf_wave wave;
	bool validated_known;
	struct spf_names validated;	/* in the order of the PTR records */
	struct spf_result result;
};

void spf_names_add(struct spf_names *names, const char *name);

/** Begin a wave for the names, of which there is at least one. */
void spf_wave_begin(struct spf *s, enum spf_step step, enum dns_type type,
		    const struct spf_names *names);

/** Begin with the request's domain. */
void spf_begin(struct spf *s);
/** All replies of the wave are here: go on. */
void spf_wave_done(struct spf *s);
/** Finish with a temperror. */
void spf_give_up(struct spf *s, enum outcome outcome, int rcode);
