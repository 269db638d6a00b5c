/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/span.h"
#include "core/verdict/verdict.h"

/*
 * The words that verdict_status_text, outcome_text and their like print, read
 * back. Each: 0, or -EINVAL for a word that none of them prints.
 */
int verdict_status_parse(struct span word, enum verdict_status *ret);
int blame_parse(struct span word, enum blame *ret);
int reason_class_parse(struct span word, enum reason_class *ret);
int vantage_kind_parse(struct span word, enum vantage_kind *ret);
int check_parse(struct span word, enum check *ret);
int reply_class_parse(struct span word, enum reply_class *ret);
int outcome_parse(struct span word, enum outcome *ret);
