/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/drafts.h"

/** Write the draft's sentence, for what mail servers, SPF and TLS told. */
void reason_mail_sentence(const struct identity *id, struct draft *draft);
