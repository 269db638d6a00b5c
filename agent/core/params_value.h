/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/why.h"
#include "core/params.h"

/* For params.c and params_hosts.c alone. */

/** A parameter as the metadata has it; then with the value that holds. */
struct value {
	const char *name;
	const char *text;
	const char *options;	/* words, of a select */
};

/** The sentence of -EINVAL: the parameter and its value, then what is wrong
 *  with it. Always -EINVAL. */
int value_refuse(const struct value *value, struct why *why, const char *fmt,
		 ...)
	__attribute__((format(printf, 3, 4)));

/* Lists of hosts (params_hosts.c): 0, or -EINVAL as value_refuse. */
int params_take_resolvers(const struct value *value, struct params *params,
			  struct why *why);
int params_take_remotes(const struct value *value, struct params *params,
			struct why *why);
int params_take_witnesses(const struct value *value, struct params *params,
			  struct why *why);
int params_take_domains(const struct value *value, struct params *params,
			struct why *why);
