/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for the hosts file, where the admin allows a key to have them. The
 * daemon only says what it wants: bindback-witness-hosts looks at each again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/witness.h"

#define WANTED_PATH_MAX 4096

static void write_down(const struct witness *w)
{
	const char *folder = getenv("RUNTIME_DIRECTORY");
	char path[WANTED_PATH_MAX];
	struct why why = { "" };
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	leases_print(w->leases, &text);
	(void)snprintf(path, sizeof(path), "%s/hosts",
		       folder ? folder : WITNESS_RUN_DIR);
	r = file_write(path, text.data, text.len, 0644, 0, &why);
	/* Without a folder for it nothing was ever wanted. */
	if (r < 0 && (text.len || r != -ENOENT))
		log_line(LOG_WARNING, "the lines wanted in the hosts file "
			 "cannot be written down: %s", why.text);
}

void witness_leases_write(struct witness *w)
{
	write_down(w);
	w->leases_changed = true;
}

void witness_leases_repeat(struct witness *w)
{
	if (w->leases_changed)
		write_down(w);
	w->leases_changed = false;
}

void witness_leases_tidy(struct witness *w)
{
	bool expired = leases_expire(w->leases, clock_ms());
	bool revoked = leases_review(w->leases, &w->settings.rules,
				     &w->settings.keys);

	if (!expired && !revoked)
		return;
	log_line(LOG_NOTICE, "lines are no more wanted in the hosts file: %s",
		 revoked ? "configuration or keys do not allow them" :
			   "nobody announced the name for long enough");
	witness_leases_write(w);
}

static void take(struct witness *w, const char *key_name,
		 const struct hosts_line *line)
{
	int64_t until_ms = clock_ms() + w->settings.rules.lease_ms;
	bool changed = false;
	int r = leases_take(w->leases, key_name, line, until_ms, &changed);

	if (r < 0)
		log_line(LOG_WARNING, "key %s: no line for %s in the hosts "
			 "file: %s", key_name, line->name,
			 r == -EBUSY ? "another key has one" :
				       "there are too many");
	if (!changed)
		return;
	log_line(LOG_NOTICE, "key %s: DNS is wrong about %s: \"%s %s\" is "
		 "wanted in the hosts file", key_name, line->name,
		 addr_text(&line->addr).s, line->name);
	witness_leases_write(w);
}

/* It may not be written yet, and perhaps will not be. */
static bool is_there(const struct binding *binding,
		     const struct hosts_line *line)
{
	const struct witness_forward *forward =
		&binding_result(binding)->forward[
			witness_family_of(line->addr.family)];

	for (unsigned int i = 0; i < forward->host_count; i++)
		if (addr_equal(&forward->hosts[i], &line->addr))
			return true;
	return false;
}

struct addr witness_keep(struct witness *w, const char *key_name,
			 const char *name, const struct binding *binding)
{
	const struct rule *rule = rules_of(&w->settings.rules, key_name);
	sa_family_t family = binding_result(binding)->source.addr.family;
	struct hosts_line line = { { 0 }, "" };
	const struct hosts_line *kept;
	bool known;

	if (!rule->hosts)
		return line.addr;
	(void)snprintf(line.name, sizeof(line.name), "%s", name);
	if (binding_wants_hosts(binding, &line.addr, &known)) {
		take(w, key_name, &line);
	} else if (known && leases_drop(w->leases, key_name, name, family)) {
		log_line(LOG_NOTICE, "key %s: DNS is right about %s: no line "
			 "is wanted in the hosts file", key_name, name);
		witness_leases_write(w);
	}
	kept = leases_find(w->leases, key_name, name, family);
	return kept && is_there(binding, kept) ? kept->addr :
						 (struct addr){ 0 };
}
