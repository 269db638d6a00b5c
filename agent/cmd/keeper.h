/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The keeper: `keeper ID`, root, started by the agent. It comes back when the
 * guard of this instance is ready: 0; else 1, with a sentence on standard
 * error, and then nothing runs. What stays behind holds ID/keeper.lock, keeps
 * one guard alive and does its turns (core/guard/turn.h). It ends, and the
 * guard with it, by SIGTERM, when the guard exits with 0, and when keeper.lock
 * is gone or another.
 *
 * When other executables are installed than those that run, it goes over to
 * them: first by exec (`keeper ID --resume TEXT`, keeper_resume.c), then it has
 * the guard replaced. Both are asked before whether they could: `keeper ID
 * --check TEXT` and `bindbackd ID --check` end with 0 if so.
 */

/*
 * What the guard, `bindbackd ID`, finds when it begins: root, standard streams
 * at /dev/null, no signal blocked or ignored, OCF_RESOURCE_INSTANCE and PATH in
 * the environment, and this socket to its keeper (SOCK_SEQPACKET), which is at
 * its end when the keeper is gone. PR_SET_PDEATHSIG is set, but the kernel
 * forgets it when the user changes: set it again, then look whether the parent
 * is still there. A guard that closes the socket is killed when it has not
 * ended a second later.
 */
#define KEEPER_FD 3

/* The argument that asks a keeper or a guard whether it could take over. */
#define KEEPER_CHECK "--check"

/* The guard sends one packet of this one byte, once its lock is taken, its
 * socket listens and it is no longer root; turns come after it. One that takes
 * longer is killed. */
#define KEEPER_READY 'R'
#ifndef KEEPER_READY_MS
#define KEEPER_READY_MS 15000
#endif

/*
 * From then on it sends this byte every KEEPER_ALIVE_MS, from its loop. One
 * that is silent for KEEPER_SILENCE_MS is killed, and started anew: the group
 * waits for a guard that hangs, and no other node would be granted the identity
 * (sooner than a start gives up its claim, CLAIM_MS).
 */
#define KEEPER_ALIVE 'A'
#define KEEPER_ALIVE_MS 2000
#ifndef KEEPER_SILENCE_MS
#define KEEPER_SILENCE_MS 8000
#endif

/* Exit status of a guard that wants to be started anew, as root, and has no
 * fault. */
#define KEEPER_AGAIN 75
