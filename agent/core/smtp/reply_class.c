/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/smtp/reply_class.h"

bool reply_class_is_identity(enum reply_class class)
{
	return class >= REPLY_FCRDNS_FAIL && class <= REPLY_SPF;
}

const char *reply_class_text(enum reply_class class)
{
	static const char *const texts[] = {
		[REPLY_NONE] = "NONE",
		[REPLY_ACCEPTED] = "ACCEPTED",
		[REPLY_FCRDNS_FAIL] = "FCRDNS_FAIL",
		[REPLY_PTR_MISSING] = "PTR_MISSING",
		[REPLY_NAME_UNRESOLVED] = "NAME_UNRESOLVED",
		[REPLY_HELO_IP_MISMATCH] = "HELO_IP_MISMATCH",
		[REPLY_NAME_SYNTAX] = "NAME_SYNTAX",
		[REPLY_SENDER_DOMAIN_UNRESOLVED] = "SENDER_DOMAIN_UNRESOLVED",
		[REPLY_SPF] = "SPF",
		[REPLY_TOO_MANY] = "TOO_MANY",
		[REPLY_GREYLISTED] = "GREYLISTED",
		[REPLY_RELAY] = "RELAY",
		[REPLY_POLICY] = "POLICY",
		[REPLY_INCONCLUSIVE] = "INCONCLUSIVE",
	};

	return texts[class];
}
