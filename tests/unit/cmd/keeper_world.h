/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The keeper, with a guard that the test plays: fake_guard connects to
 * WORLD_DRIVE, hands over its end of the socket to the keeper, and does what
 * it is told; fake_agent notes in WORLD_TURNS how it was run.
 */

#define WORLD_DRIVE "/run/drive"
#define WORLD_TURNS "/run/turns"	/* a line for each */
#define WORLD_STATUS "/run/status"	/* the agent's; missing: 0 */
#define WORLD_HANG "/run/hang"		/* a FIFO that it waits at */
#define WORLD_CHECK "/run/check"	/* there: a guard that is asked whether
					 * it could take over says no */

/* What the guard is told, one byte each. */
enum fake_order {
	FAKE_EXIT = 'x',	/* with 0 */
	FAKE_FAIL = 'f',	/* with 3 */
	FAKE_CRASH = 'c',
	FAKE_CLOSE = 'q',	/* its end of the socket */
	FAKE_DEAF = 'd',	/* to SIGTERM */
	FAKE_STRAYS = 's',	/* leave processes in groups of their own */
	FAKE_SIGNAL = 'k',	/* to its parent, as another user */
	FAKE_BECOME = 'b',	/* another program */
};
