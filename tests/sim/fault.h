/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "sim.h"

/** Something goes wrong, or comes right again, at random. */
void fault_happens(struct sim *sim);
/** No more of it, and nobody asks any more; sides stay apart as they are. */
void fault_cease(struct sim *sim);
/** All sides meet. */
void fault_heal(struct sim *sim);
