/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/verdict/drafts.h"

/**
 * Judge what mail servers, the SPF records and our own certificate told, by
 * the table in mail_rules.c. `drafts` has what the records led to already.
 */
void verdict_mail_judge(const struct verdict *verdict, struct drafts *drafts);
