/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/ocf.h"

/*
 * The actions that need the whole agent: DNS, cluster, XML. The front
 * (mta.c) answers the rest and has done level 0 of monitor already.
 */

enum ocf action_start(const struct ocf_call *call);
enum ocf action_promote(const struct ocf_call *call);
/** Levels 10 and 20. */
enum ocf action_monitor(const struct ocf_call *call);
enum ocf action_reload(const struct ocf_call *call);
enum ocf action_validate(const struct ocf_call *call);
