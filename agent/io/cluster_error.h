/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <corosync/corotypes.h>

/** What corosync's libraries say while connecting, as -errno; 0 for CS_OK. */
int cluster_errno(cs_error_t err);
