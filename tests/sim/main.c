/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * sim [--from N] [--count N]: run the schedules of these seeds, and say what
 * was judged. sim --seed N [-v]: one of them, with its story.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "invariants.h"
#include "sim.h"

struct options {
	uint64_t from;
	uint64_t count;
	bool one;
	bool verbose;
};

static int usage(void)
{
	fputs("usage: sim [--from N] [--count N] | sim --seed N [-v]\n",
	      stderr);
	return 64;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	static const struct option names[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*ret = (struct options){ .from = 1, .count = 1000 };
	while ((c = getopt_long(argc, argv, "v", names, NULL)) != -1) {
		if (c == 'f' || c == 's')
			ret->from = strtoull(optarg, NULL, 10);
		else if (c == 'c')
			ret->count = strtoull(optarg, NULL, 10);
		else if (c == 'v')
			ret->verbose = true;
		else
			return false;
		ret->one = ret->one || c == 's';
	}
	if (ret->one)
		ret->count = 1;
	return optind == argc;
}

/* What there was to see; an invariant that saw nothing has not held. */
static bool report(const struct sim *sim, bool all)
{
	bool blind = false;

	for (enum tally i = 0; i < TALLIES; i++)
		printf("%12" PRIu64 " %s\n", sim->tally[i], tally_text(i));
	for (enum invariant i = 0; i < INVARIANTS; i++) {
		printf("%12" PRIu64 " judged: %s\n", sim->judged[i],
		       invariant_name(i));
		blind = blind || !sim->judged[i];
	}
	if (blind && all)
		printf("not ok: an invariant has judged nothing\n");
	return !blind || !all;
}

int main(int argc, char **argv)
{
	struct options options;
	struct sim *sim;
	bool good = true;

	if (!read_options(argc, argv, &options))
		return usage();
	sim = sim_new();
	sim->verbose = options.verbose;
	for (uint64_t i = 0; i < options.count && good; i++)
		good = sim_run(sim, options.from + i);
	if (!good)
		printf("not ok: seed %" PRIu64 ": %s\nagain: %s --seed %" PRIu64
		       " -v\n", sim->seed, sim->failure, argv[0], sim->seed);
	else
		good = report(sim, !options.one);
	if (good)
		printf("ok: seeds %" PRIu64 " to %" PRIu64 "\n", options.from,
		       options.from + options.count - 1);
	sim_free(sim);
	return good ? 0 : 1;
}
