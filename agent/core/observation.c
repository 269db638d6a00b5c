/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/observation.h"

#include <stdio.h>
#include <string.h>

#include "core/msg/witness.h"
#include "core/remote.h"

bool outcome_is_answer(enum outcome outcome)
{
	return outcome <= OUTCOME_WEAK;
}

bool outcome_is_silent(enum outcome outcome)
{
	return outcome == OUTCOME_TIMEOUT || outcome == OUTCOME_UNREACHABLE;
}

bool vantage_equal(const struct vantage *a, const struct vantage *b)
{
	return a->kind == b->kind && endpoint_equal(&a->server, &b->server) &&
	       !strcmp(a->host, b->host) && !strcmp(a->zone, b->zone);
}

bool vantage_is_mail(const struct vantage *vantage)
{
	return vantage->kind == VANTAGE_REMOTE ||
	       vantage->kind == VANTAGE_DELIVERY;
}

uint16_t vantage_port(enum vantage_kind kind)
{
	if (kind == VANTAGE_WITNESS)
		return WITNESS_PORT;
	return kind >= VANTAGE_REMOTE ? SMTP_PORT : DNS_PORT;
}

static struct vantage_text remote_text(const struct vantage *vantage)
{
	struct addr_text server = endpoint_text(&vantage->server,
						vantage_port(vantage->kind));
	struct vantage_text text;

	if (!vantage->server.addr.family)
		(void)snprintf(text.s, sizeof(text.s), "%s", vantage->host);
	else if (!vantage->host[0])
		(void)snprintf(text.s, sizeof(text.s), "%s", server.s);
	else
		(void)snprintf(text.s, sizeof(text.s), "%s (%s)",
			       vantage->host, server.s);
	return text;
}

static struct vantage_text authority_text(const struct vantage *vantage,
					  const char *server)
{
	struct vantage_text text;

	if (!vantage->host[0])
		(void)snprintf(text.s, sizeof(text.s),
			       "the authoritative servers");
	else if (!vantage->server.addr.family)
		(void)snprintf(text.s, sizeof(text.s), "%s", vantage->host);
	else
		(void)snprintf(text.s, sizeof(text.s), "%s (%s)",
			       vantage->host, server);
	return text;
}

struct vantage_text vantage_text(const struct vantage *vantage)
{
	struct addr_text server = endpoint_text(&vantage->server, DNS_PORT);
	struct vantage_text text = { "" };

	switch (vantage->kind) {
	case VANTAGE_NSS:
		(void)snprintf(text.s, sizeof(text.s),
			       "this node's name service");
		break;
	case VANTAGE_NAMESERVER:
		(void)snprintf(text.s, sizeof(text.s),
			       vantage->server.addr.family ?
				       "this node's nameserver %s" :
				       "this node's nameservers", server.s);
		break;
	case VANTAGE_AUTHORITY:
		return authority_text(vantage, server.s);
	case VANTAGE_RESOLVER:
		(void)snprintf(text.s, sizeof(text.s), "the resolver %s",
			       server.s);
		break;
	case VANTAGE_REMOTE:
	case VANTAGE_DELIVERY:
		return remote_text(vantage);
	case VANTAGE_WITNESS:
		text = remote_text(vantage);
		memmove(text.s + 12, text.s, sizeof(text.s) - 12);
		memcpy(text.s, "the witness ", 12);
		text.s[sizeof(text.s) - 1] = '\0';
		break;
	case VANTAGE_SELF:
		(void)snprintf(text.s, sizeof(text.s),
			       vantage->server.addr.family ?
				       "our mail server at %s" :
				       "our mail server's settings",
			       addr_text(&vantage->server.addr).s);
		break;
	}
	return text;
}

const char *vantage_kind_text(enum vantage_kind kind)
{
	static const char *const texts[] = {
		[VANTAGE_NSS] = "nss",
		[VANTAGE_NAMESERVER] = "nameserver",
		[VANTAGE_AUTHORITY] = "authority",
		[VANTAGE_RESOLVER] = "resolver",
		[VANTAGE_REMOTE] = "remote",
		[VANTAGE_DELIVERY] = "delivery",
		[VANTAGE_SELF] = "self",
		[VANTAGE_WITNESS] = "witness",
	};

	return texts[kind];
}

const char *check_text(enum check check)
{
	static const char *const texts[] = {
		[CHECK_FORWARD] = "forward",
		[CHECK_REVERSE] = "reverse",
		[CHECK_FCRDNS] = "fcrdns",
		[CHECK_SERIAL] = "serial",
		[CHECK_HELO] = "helo",
		[CHECK_SOURCE] = "source",
		[CHECK_ROUTE] = "route",
		[CHECK_SPF] = "spf",
		[CHECK_TLS] = "tls",
		[CHECK_TLSA] = "tlsa",
		[CHECK_CALLBACK] = "callback",
		[CHECK_LEGACY] = "legacy",
	};

	return texts[check];
}

const char *outcome_text(enum outcome outcome)
{
	static const char *const texts[] = {
		[OUTCOME_MATCH] = "match",
		[OUTCOME_EXTRA] = "extra",
		[OUTCOME_MISMATCH] = "mismatch",
		[OUTCOME_NODATA] = "nodata",
		[OUTCOME_NXDOMAIN] = "nxdomain",
		[OUTCOME_WEAK] = "weak",
		[OUTCOME_INSIDE] = "inside",
		[OUTCOME_INCONCLUSIVE] = "inconclusive",
		[OUTCOME_SERVFAIL] = "servfail",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_RCODE] = "rcode",
		[OUTCOME_LAME] = "lame",
		[OUTCOME_MALFORMED] = "malformed",
		[OUTCOME_TRUNCATED] = "truncated",
		[OUTCOME_TIMEOUT] = "timeout",
		[OUTCOME_UNREACHABLE] = "unreachable",
		[OUTCOME_NOT_ASKED] = "not-asked",
	};

	return texts[outcome];
}
