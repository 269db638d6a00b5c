/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/guard/claims.h"
#include "core/guard/preflight.h"
#include "core/msg/msg.h"

/*
 * What a guard knows, as it writes it down for the agent's monitor, for
 * `bindback status` and `preflight`: one small file, replaced atomically. The
 * guard is another user than its readers, so it is parsed with distrust.
 */

#define VERSION_MAX 32
#define GUARD_VIEW_MAX (4 * 1024 * 1024)	/* bytes of the file; no
						 * struct guard_view needs
						 * more */

/** Another node, or this one. */
struct guard_view_node {
	uint32_t node;
	char name[NODE_NAME_MAX];	/* "" while it is not known */
	bool member;		/* of the group, now */
	int64_t clock_ahead_s;	/* of ours, when it last said hello */
	int32_t score;
	struct preflight preflight;	/* time_s 0: none yet */
};

struct guard_view {
	char version[VERSION_MAX];	/* of the guard; "": one that says none
					 * yet */
	uint32_t self;
	int64_t time_s;			/* when this was written */
	struct identity identity;	/* count 0: not known */
	int64_t verify_interval_ms;	/* 0: not known */
	bool observe;
	bool connected;			/* to corosync */
	enum quorum_state quorum;
	struct view_id view;
	bool synced;
	enum ownership own;
	bool may_send;			/* claims_may_send */
	struct claim owner;		/* the group's; node 0: nobody */
	bool bound;
	bool held;
	int64_t held_since_s;
	int64_t due_s;			/* the next verification; 0: none */
	bool better;			/* another member's preflight is better
					 * than this node's */
	/* The owner's last verdict; time_s 0: none. `current`: made under the
	 * claim that is in force. */
	struct msg_verdict verdict;
	bool current;
	int64_t event_s;		/* of the last event */
	char event[192];		/* one sentence: what happened last */
	size_t node_count;
	struct guard_view_node nodes[GUARD_NODES_MAX];	/* by node id; only so
							 * many are set */
};

/**
 * Append the file: "bindback-guard 1", lines "key value" (a node's after its
 * line "node ID"), "end". The bytes of a text that would break a line or a word
 * become \xNN.
 */
void guard_view_print(const struct guard_view *view, struct buf *out);

/**
 * Read it back; its writer may be of another version: keys that are not known
 * here are skipped, and words for a class or a check that are not become
 * "another" (msg_reason, PREFLIGHT_OTHER). Texts are made printable. 0;
 * -EFBIG, -EPROTONOSUPPORT, -EINVAL as state_parse. `ret` is large: not for the
 * stack.
 */
int guard_view_parse(struct span text, struct guard_view *ret,
		     struct why *why);
