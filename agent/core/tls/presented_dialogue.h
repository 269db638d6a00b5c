/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/smtp/dialogue.h"
#include "core/tls/presented.h"

/**
 * What a dialogue that asked for TLS tells without a handshake. true: the
 * handshake is next, and tells the rest.
 */
bool presented_by_dialogue(struct presented *presented,
			   const struct dialogue_result *result);
