/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim.h"

const char *tally_text(enum tally tally)
{
	static const char *const texts[] = {
		[TALLY_SCHEDULES] = "schedules",
		[TALLY_STEPS] = "steps of guards",
		[TALLY_OBSERVED] = "schedules of observers",
		[TALLY_PARTITIONS] = "partitions",
		[TALLY_MERGES] = "merges",
		[TALLY_MESSAGES] = "messages delivered",
		[TALLY_SKIPPED] = "messages that survivors never got",
		[TALLY_LATE_MESSAGES] = "messages sent in an earlier ring",
		[TALLY_BEFORE_VIEW] = "messages before their ring was told of",
		[TALLY_NODES_CRASHED] = "nodes crashed",
		[TALLY_COROSYNC_CRASHED] = "times corosync was killed",
		[TALLY_GUARDS_KILLED] = "guards killed",
		[TALLY_STALLS] = "guards stopped for a while",
		[TALLY_STAMPEDES] = "times all asked at once",
		[TALLY_QUORUM_LOST] = "times quorum was lost within a ring",
		[TALLY_CLOCK_JUMPS] = "clocks that jumped",
		[TALLY_ASKS] = "claims asked for",
		[TALLY_RESUMES] = "guards that resumed",
		[TALLY_GRANTS] = "claims granted",
		[TALLY_REFUSALS] = "claims refused",
		[TALLY_LOST] = "claims lost",
		[TALLY_GIVEN_UP] = "claims given up",
		[TALLY_VERIFICATIONS] = "verifications",
		[TALLY_TURNS] = "turns",
		[TALLY_TURNS_FAILED] = "turns that failed",
		[TALLY_KEEPERS_BROKEN] = "times all turns failed for a while",
	};

	return texts[tally];
}
