/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "core/msg/msg_parts.h"
#include "core/msg/witness.h"

/* For the files of witness alone: the fields of a frame. */

/** What each may take at most. */
#define WITNESS_ADDR_BYTES 17
#define WITNESS_ENDPOINT_BYTES (WITNESS_ADDR_BYTES + 2)
#define WITNESS_BIND_BYTES                                                     \
	(sizeof(((struct witness_bind *)NULL)->name) + 1 +                     \
	 IDENTITY_ADDRS * WITNESS_ADDR_BYTES + 8 + WITNESS_NONCE)
#define WITNESS_LOOKUP_BYTES 10
#define WITNESS_FORWARD_BYTES                                                  \
	(WITNESS_LOOKUP_BYTES + 2 +                                            \
	 (WITNESS_ADDRS_MAX + WITNESS_HOSTS_MAX) * WITNESS_ADDR_BYTES)
#define WITNESS_REVERSE_BYTES                                                  \
	(WITNESS_LOOKUP_BYTES + 1 +                                            \
	 sizeof(((struct witness_reverse *)NULL)->names))
#define WITNESS_RESULT_BYTES                                                   \
	(WITNESS_ENDPOINT_BYTES + WITNESS_FAMILIES * WITNESS_FORWARD_BYTES +   \
	 WITNESS_REVERSE_BYTES + 1 + WITNESS_ENDPOINT_BYTES + 4 +              \
	 WITNESS_SAID_MAX + WITNESS_ADDR_BYTES)

/** No address is family 0. */
void witness_put_addr(struct cursor *out, const struct addr *addr);
void witness_get_addr(struct msg_reader *reader, const char *field,
		      struct addr *ret);
/** One that is none is a fault. */
void witness_get_some_addr(struct msg_reader *reader, const char *field,
			   struct addr *ret);

void witness_put_bind(struct cursor *out, const struct witness_bind *bind);
void witness_get_bind(struct msg_reader *reader, struct witness_bind *ret);
void witness_put_result(struct cursor *out,
			const struct witness_result *result);
void witness_get_result(struct msg_reader *reader,
			struct witness_result *ret);
