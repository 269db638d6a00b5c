/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/network.h"
#include "base/span.h"
#include "base/why.h"
#include "core/identity.h"
#include "core/witness/keyring.h"

/*
 * The witness's configuration, bindback-witness.conf(5): "word = value" lines,
 * at first what is for all, then a section for each key that is to be treated
 * otherwise than the defaults say. "#" at a line's begin or after a space
 * begins a comment.
 *
 *	listen = 192.0.2.7 [2001:db8::7]:9322
 *	keys = /etc/bindback/witness.keys
 *
 *	[key example]
 *	allow = mail.example.com 192.0.2.0/24
 *	ports = 9322 25
 *	hosts = no
 *
 * The last three, per_minute and at_once may also stand before the sections:
 * then they hold for each key whose section does not say otherwise.
 */

#define LISTEN_MAX 8
#define RULE_NAMES_MAX 64
#define RULE_NETWORKS_MAX 64
#define RULE_PORTS_MAX 8
#define RULES_TEXT_MAX (4 << 20)

/** What one key may. */
struct rule {
	char name[KEY_NAME_MAX + 1];	/* "": the defaults */
	char (*names)[NAME_MAX_LEN + 1];	/* it may announce; none: any.
						 * ".example.com": all below */
	size_t name_count;
	struct network *networks;	/* it may have called, beside the
					 * address that it comes from */
	size_t network_count;
	uint16_t ports[RULE_PORTS_MAX];	/* ... on these; 9322 and 25 */
	size_t port_count;
	bool hosts;			/* keep a line in the hosts file while
					 * DNS is wrong; wants `names` */
	uint32_t per_minute;		/* binds; default 120 */
	uint32_t at_once;		/* binds; default 16 */
};

struct rules {
	struct endpoint listen[LISTEN_MAX];	/* default: 0.0.0.0 and ::,
						 * port 9322; port 0: one that
						 * is free */
	size_t listen_count;
	char *keys_file;	/* default /etc/bindback/witness.keys */
	char *user;		/* to become, when started as root; default
				 * "bindback" */
	char *hosts_file;	/* read, and named to who writes it; default
				 * /etc/hosts */
	int64_t lease_ms;	/* how long a hosts line lasts beyond the last
				 * bind; default 1h */
	uint32_t connections;	/* at once, of all; default 512 */
	uint32_t connections_each;	/* of one address (IPv6: of one /64);
					 * default 16 */
	uint32_t address_per_minute;	/* connections of one address; default
					 * 240 */
	int64_t handshake_ms;	/* to show a key, and a bind; default 3s */
	struct rule defaults;
	struct rule *rules;	/* sorted by name */
	size_t rule_count;
};

/** 0, or -EINVAL with the line's number, what is there, and what is wanted. */
int rules_parse(struct span text, struct rules *ret, struct why *why);
/** NULL-safe, and safe on a zeroed one. */
void rules_done(struct rules *rules);

/** The key's own, or the defaults. */
const struct rule *rules_of(const struct rules *rules, const char *key_name);

bool rule_allows_name(const struct rule *rule, const char *name);
bool rule_allows_port(const struct rule *rule, uint16_t port);
/** Is it in one of the rule's networks? */
bool rule_has_address(const struct rule *rule, const struct addr *addr);
