/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/keeper_parts.h"

#ifndef KEEPER_TURN_MS
#define KEEPER_TURN_MS 20000	/* an agent that takes longer is killed */
#endif
#define TURN_PACE_MS 1000
#define TURN_BURST 3

static const char *turn_word(const struct turn *turn)
{
	return turn->held ? "hold" : "release";
}

static pid_t spawn_agent(const struct keeper *keeper, const struct turn *turn)
{
	const char *const argv[] = { BINDBACK_AGENT, turn_word(turn),
				     turn_reason_word(turn->reason), NULL };
	pid_t pid = fork();

	if (pid)
		return pid;
	keeper_begin_child();
	closefrom(STDERR_FILENO + 1);
	keeper_execute(keeper, -1, argv);
}

/* One that does not read its answers goes without. */
static void answer(const struct keeper *keeper, uint16_t number, bool done)
{
	uint8_t bytes[TURN_BYTES];

	turn_answer_encode(number, done, bytes);
	if (keeper->guard.fd >= 0)
		(void)!send(keeper->guard.fd, bytes, sizeof(bytes),
			    MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A few in a row, and one each TURN_PACE_MS in the long run. */
static bool may_turn(struct keeper *keeper, int64_t now_ms)
{
	if (keeper->pace_ms < now_ms)
		keeper->pace_ms = now_ms;
	if (keeper->pace_ms - now_ms > (TURN_BURST - 1) * TURN_PACE_MS)
		return false;
	keeper->pace_ms += TURN_PACE_MS;
	return true;
}

void keeper_take_turn(struct keeper *keeper, const struct turn *turn)
{
	int64_t now_ms = clock_ms();
	pid_t pid = -1;

	if (!keeper->turn.pid && may_turn(keeper, now_ms))
		pid = spawn_agent(keeper, turn);
	if (pid > 0) {
		keeper->turn = (struct turn_process){
			.pid = pid, .since_ms = now_ms, .turn = *turn };
		return;
	}
	keeper_tell_once(keeper, TOLD_REFUSED, "the guard asks for a "
			 "turn too soon after another; that is not done");
	answer(keeper, turn->number, false);
}

void keeper_agent_ended(struct keeper *keeper, int status)
{
	const struct turn turn = keeper->turn.turn;
	struct why why;

	keeper->turn.pid = 0;
	if (status) {
		keeper_say_end("the agent", status, &why);
		why_context(&why, "%s (%s) was not done", turn_word(&turn),
			    turn_reason_word(turn.reason));
		keeper_tell_once(keeper, TOLD_FAILED, why.text);
	} else {
		keeper->guard.told &= (unsigned int)~TOLD_FAILED;
	}
	/* The next guard may have used the same number. */
	if (!keeper->turn.orphan)
		answer(keeper, turn.number, !status);
}

void keeper_look_at_turn(struct keeper *keeper, int64_t now_ms)
{
	struct turn_process *turn = &keeper->turn;

	if (!turn->pid || turn->killed ||
	    now_ms < turn->since_ms + KEEPER_TURN_MS)
		return;
	keeper_kill(turn->pid);
	turn->killed = true;
}

int64_t keeper_turn_ms(const struct keeper *keeper)
{
	const struct turn_process *turn = &keeper->turn;

	return turn->pid && !turn->killed ? turn->since_ms + KEEPER_TURN_MS :
					    INT64_MAX;
}
