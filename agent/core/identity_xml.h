/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "core/identity.h"

/** Append the element identity of schemas/status.rng and preflight.rng, each
 *  line after `indent`; nothing for one that is not known (no address). */
void identity_xml_print(const struct identity *id, const char *indent,
			struct buf *out);
