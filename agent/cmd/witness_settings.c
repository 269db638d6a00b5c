/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The witness's configuration and keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/witness.h"
#include "io/key_file.h"

#define CREDENTIAL_MAX 4096	/* of a path */

/* Where systemd has put the keys for a user that cannot read the file: see
 * LoadCredential= in systemd.exec(5). Empty: it has not. */
static void credential_of(char *ret, size_t size)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	ret[0] = '\0';
	if (!folder)
		return;
	if (snprintf(ret, size, "%s/keys", folder) >= (int)size ||
	    access(ret, F_OK) < 0)
		ret[0] = '\0';
}

static int read_rules(const char *config, struct rules *ret, struct why *why)
{
	BUF_CLEAN text = { 0 };
	struct why fault = { "" };
	int r = file_read(config, RULES_TEXT_MAX, &text, why);

	if (r == -ENOENT && !strcmp(config, WITNESS_CONFIG)) {
		buf_init(&text);
		r = 0;
	}
	if (r < 0)
		return r;
	r = rules_parse((struct span){ text.data, text.len }, ret, &fault);
	if (r < 0)
		why_set(why, "%s: %s", config, fault.text);
	return r;
}

static int read_keys(const struct rules *rules, struct keyring *ret,
		     bool *ret_credential, struct why *why)
{
	char credential[CREDENTIAL_MAX];

	credential_of(credential, sizeof(credential));
	*ret_credential = credential[0];
	return key_file_read(credential[0] ? credential : rules->keys_file,
			     credential[0], ret, why);
}

int witness_settings_read(const char *config, struct witness_settings *ret,
			  struct why *why)
{
	struct witness_settings settings = { 0 };
	int r = read_rules(config, &settings.rules, why);

	if (!r)
		r = read_keys(&settings.rules, &settings.keys,
			      &settings.credential, why);
	if (r < 0)
		witness_settings_done(&settings);
	else
		*ret = settings;
	return r;
}

int witness_settings_renew(const char *config, struct witness_settings *s,
			   bool *ret_keys, struct why *why)
{
	struct keyring keys = { 0 };
	struct rules rules;
	int r = read_rules(config, &rules, why);

	if (r < 0)
		return r;
	rules_done(&s->rules);
	s->rules = rules;
	*ret_keys = read_keys(&rules, &keys, &s->credential, why) == 0;
	if (*ret_keys) {
		keyring_done(&s->keys);
		s->keys = keys;
	}
	return 0;
}

void witness_settings_done(struct witness_settings *settings)
{
	rules_done(&settings->rules);
	keyring_done(&settings->keys);
	*settings = (struct witness_settings){ 0 };
}

/* Once for each name. */
static size_t names_of(const struct keyring *ring)
{
	size_t count = 0;

	for (size_t i = 0; i < ring->count; i++)
		if (!i || strcmp(ring->keys[i].name,
				 ring->keys[i - 1].name) != 0)
			count++;
	return count;
}

static void check_rules(const struct witness_settings *settings)
{
	const struct rules *rules = &settings->rules;

	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct rule *rule = &rules->rules[i];

		if (!keyring_find(&settings->keys, rule->name, 0))
			(void)printf("note: there is a section [key %s], but "
				     "no key of that name\n", rule->name);
	}
	/* As it is written there. */
	for (size_t i = 0; i < rules->listen_count; i++) {
		const struct endpoint *at = &rules->listen[i];
		bool ipv6 = at->addr.family == AF_INET6;

		(void)printf("listen = %s%s%s:%u\n", ipv6 ? "[" : "",
			     addr_text(&at->addr).s, ipv6 ? "]" : "",
			     at->port);
	}
}

int witness_check(const char *config)
{
	struct witness_settings settings = { 0 };
	struct why why = { "" };
	size_t names;

	if (witness_settings_read(config, &settings, &why) < 0) {
		(void)fprintf(stderr, "bindback-witness: %s\n", why.text);
		return WITNESS_WRONG;
	}
	names = names_of(&settings.keys);
	(void)printf("%s is fine, with %zu key%s of %zu cluster%s\n", config,
		     settings.keys.count, settings.keys.count == 1 ? "" : "s",
		     names, names == 1 ? "" : "s");
	check_rules(&settings);
	witness_settings_done(&settings);
	return fflush(stdout) == 0 ? 0 : 1;
}
