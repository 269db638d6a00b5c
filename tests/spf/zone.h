/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/span.h"
#include "core/dns/question.h"

/*
 * A nameserver for tests of SPF: records in, answers out, through the octets
 * of a DNS message and core/dns/dnsmsg, as they come from the network.
 */

struct zone;

struct zone *zone_new(void);
void zone_free(struct zone *zone);

/**
 * Add a record. `data` are its fields: an address; a name; a preference and a
 * name; the character-strings of a TXT record. The type "TIMEOUT" says that
 * questions for types that the owner does not have get no answer.
 */
void zone_add(struct zone *zone, const char *owner, const char *type,
	      const struct span *data, unsigned int count);

/** The same with one field; an MX record has the preference 10. */
void zone_put(struct zone *zone, const char *owner, const char *type,
	      const char *data);

/** What comes of a question. `ret->msg` is the zone's, up to the next one. */
void zone_answer(struct zone *zone, const struct question *question,
		 struct reply *ret);
