/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <string.h>

#include "core/msg/witness.h"

void witness_signed(enum witness_type type,
		    const uint8_t challenge[WITNESS_NONCE],
		    uint8_t ret[WITNESS_SIGNED])
{
	static const char call[] = "bindback call v1";
	static const char echo[] = "bindback echo v1";
	const size_t len = sizeof(call) - 1;

	_Static_assert(sizeof(call) - 1 + WITNESS_NONCE == WITNESS_SIGNED &&
		       sizeof(echo) == sizeof(call), "of one length");
	assert(type == WITNESS_CALL || type == WITNESS_ECHO);
	memcpy(ret, type == WITNESS_CALL ? call : echo, len);
	memcpy(ret + len, challenge, WITNESS_NONCE);
}

const char *lookup_end_text(enum lookup_end end)
{
	static const char *const texts[] = {
		[LOOKUP_FOUND] = "found",
		[LOOKUP_NODATA] = "no such record",
		[LOOKUP_NXDOMAIN] = "no such name",
		[LOOKUP_FAILED] = "the nameserver failed",
		[LOOKUP_SILENT] = "no nameserver answers",
		[LOOKUP_UNREACHABLE] = "no nameserver can be reached",
		[LOOKUP_UNREADABLE] = "an answer that cannot be read",
		[LOOKUP_NOT_ASKED] = "not asked",
	};

	return texts[end];
}

const char *call_end_text(enum call_end end)
{
	static const char *const texts[] = {
		[CALL_NOT_WANTED] = "not wanted",
		[CALL_VERIFIED] = "verified",
		[CALL_NO_ADDRESS] = "the name leads nowhere in this family",
		[CALL_ADDRESS_DENIED] = "that address may not be called",
		[CALL_PORT_DENIED] = "that port may not be called",
		[CALL_REFUSED] = "connection refused",
		[CALL_TIMEOUT] = "no answer in time",
		[CALL_UNREACHABLE] = "unreachable",
		[CALL_CLOSED] = "closed without a word",
		[CALL_NOT_US] = "another answers there",
	};

	return texts[end];
}

const char *refusal_code_text(enum refusal_code code)
{
	static const char *const texts[] = {
		[REFUSAL_NAME] = "this key may not announce that name",
		[REFUSAL_RATE] = "too many binds",
		[REFUSAL_BUSY] = "busy",
		[REFUSAL_REPLAYED] = "the nonce was used before",
		[REFUSAL_UNREADABLE] = "no bind that is known there",
	};

	return texts[code];
}
