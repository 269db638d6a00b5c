/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a service of Type=notify tells its service manager, over the socket that
 * the environment names (NOTIFY_SOCKET, see sd_notify(3)). 0: it was told, or
 * nobody wants to know; -errno: it could not be told, which is no reason to
 * stop.
 */

/** It serves from now on: after start, and after reading the configuration
 *  anew. */
int notify_ready(void);
int notify_reloading(void);
int notify_stopping(void);
