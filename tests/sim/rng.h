/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** splitmix64 (Steele, Lea, Flood 2014): the same seed, the same schedule. */
struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/** 0 to below - 1. */
static inline uint32_t rng_below(struct rng *rng, uint32_t below)
{
	return (uint32_t)((rng_next(rng) >> 32) * below >> 32);
}

static inline int64_t rng_range(struct rng *rng, int64_t least, int64_t most)
{
	return least + rng_below(rng, (uint32_t)(most - least + 1));
}

static inline bool rng_percent(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}
