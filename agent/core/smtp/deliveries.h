/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/identity.h"
#include "core/smtp/delivery.h"
#include "core/verdict/verdict.h"

/*
 * What many deliveries make known: of each mail server and family the last
 * that counts. A server that accepts, or turns us away for what we are, has
 * said something about us; this stands until it says something else. Other
 * replies and silence say nothing of us, and only stand where nothing else
 * does; silence after acceptance is told, silence after a rejection is not.
 */

#define DELIVERIES_REMOTES_MAX 64
#define DELIVERIES_SENDERS_MAX 256
#define DELIVERIES_TEXT_MAX (256 * 1024)	/* of the record */

/** One mail server in one family; `time_s` is 0 where there is none. */
struct delivery_remote {
	struct delivery word;	/* the last that says something about us */
	struct delivery other;	/* the last that does not */
};

/** Zeroed it is empty. It is large (about 200 KB). */
struct deliveries {
	struct delivery_remote remotes[DELIVERIES_REMOTES_MAX];
	unsigned int count;
	unsigned int forgotten;	/* remotes that there was no room for */
	struct delivery first;	/* that was accepted; `time_s` 0: none was */
	/* The last senders seen, a ring: SPF and the sender's domain are only
	 * about us when the sender is. */
	struct delivery_sender senders[DELIVERIES_SENDERS_MAX];
	unsigned int next_sender;
};

/** What of a log is about us. */
struct deliveries_scope {
	struct span syslog_names;	/* words: values of syslog_name */
	struct span hosts;		/* words: what this host is called;
					 * first labels count; "": any */
	const struct identity *identity;
	struct span sender_domains;	/* words, lower case */
	int64_t since_s;
	int64_t now_s;
};

/**
 * Take one line of a log, from the oldest to the newest; what is not about us
 * is passed over. So are deliveries to this host and to ports that are not for
 * mail (25, 465, 587), which are those of filters, and those of lmtp(8), which
 * lead to mailboxes: none of these looks at our name. A rejection by SPF or
 * for the sender's domain says nothing of us unless the sender is null, of the
 * identity's name, or of one of `sender_domains`: forwarded mail is turned
 * away so everywhere.
 */
void deliveries_take(struct deliveries *deliveries,
		     const struct deliveries_scope *scope,
		     const struct logline *line);

/**
 * Add what happened since `since_s` to a verdict, before it is judged: for
 * each remote CHECK_HELO, and CHECK_SOURCE where it turned us away for what we
 * are and showed an address of that family. Returns how many observations.
 */
unsigned int deliveries_observe(const struct deliveries *deliveries,
				int64_t since_s, struct verdict *verdict);

/**
 * Do they make another verdict likely: is there a remote that something other
 * than acceptance stands for since `since_s` in the one, and not the same in
 * the other?
 */
bool deliveries_differ(const struct deliveries *a, const struct deliveries *b,
		       int64_t since_s);

/** Take one delivery, later than all that were taken. */
void deliveries_keep(struct deliveries *deliveries,
		     const struct delivery *delivery);

/** Forget remotes of which there is nothing since `since_s`. */
void deliveries_age(struct deliveries *deliveries, int64_t since_s);

/** Append the remotes, a line each; deliveries_read takes such a line back.
 *  0, or -EINVAL (nothing was taken). */
void deliveries_print(const struct deliveries *deliveries, struct buf *out);
int deliveries_read(struct deliveries *deliveries, struct span line);
