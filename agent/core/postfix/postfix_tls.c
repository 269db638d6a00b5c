/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/postfix/postfix_tls.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/buf.h"
#include "core/postfix/postfix_main.h"
#include "core/postfix/postfix_master.h"

#define LIST_SEPARATORS " \t\r\n,"

/* What smtpd(8) is told, and where from. */
struct smtpd {
	const struct driver_input *in;
	const struct master_service *service;	/* NULL: none on port 25 */
};

static bool is_port_25(const char *name)
{
	const char *colon = strrchr(name, ':');
	const char *port = colon ? colon + 1 : name;

	return !strcmp(port, "smtp") || !strcmp(port, "25");
}

static bool is_loopback(const char *name)
{
	return !strncmp(name, "127.", 4) || !strncmp(name, "[::1]", 5) ||
	       !strncmp(name, "::1:", 4) || !strncmp(name, "localhost:", 10);
}

/* Who asks for TLS on port 25; postscreen(8) hands over to the one that is
 * passed connections. */
static const struct master_service *smtpd_find(const struct master_cf *cf)
{
	for (size_t i = 0; i < cf->count; i++) {
		const struct master_service *service = &cf->services[i];
		const char *name = service->fields[MASTER_NAME];

		if (!service_is(service, MASTER_TYPE, "inet") ||
		    !is_port_25(name) || is_loopback(name))
			continue;
		return service_is(service, MASTER_COMMAND, "postscreen") ?
			master_find(cf, "pass", span_of("smtpd")) : service;
	}
	return NULL;
}

/* At a '$': the name it refers to, when it is a plain $name, ${name} or
 * $(name), and the length of all that. */
static size_t reference(const char *p, struct span *ret_name)
{
	size_t open = p[1] == '{' || p[1] == '(' ? 1 : 0, len = 0;
	const char *name = p + 1 + open;

	while (isalnum((unsigned char)name[len]) || name[len] == '_')
		len++;
	*ret_name = (struct span){ name, len };
	if (!len || (open && name[len] != (p[1] == '{' ? '}' : ')')))
		return 0;
	return 1 + len + 2 * open;
}

/* A value of master.cf, which postconf -x leaves as it is. What cannot be
 * expanded keeps its '$'. */
static char *expand(const struct driver_input *in, const char *text)
{
	BUF_CLEAN out;

	buf_init(&out);
	while (*text) {
		struct span name = { 0 }, value = { 0 };
		size_t len = *text == '$' ? reference(text, &name) : 0;

		if (len) {
			char *key = xmemdup0(name.p, name.len);

			value = effective_find(in->effective_text, key);
			free(key);
		}
		if (value.p)
			buf_add(&out, value.p, value.len);
		else
			buf_add(&out, text, 1);
		text += value.p ? len : 1;
	}
	return buf_steal(&out);
}

/* What counts for the service; the caller frees it. */
static char *setting(const struct smtpd *smtpd, const char *name)
{
	const struct master_option *option =
		smtpd->service ? service_option(smtpd->service, name) : NULL;
	struct span value;

	if (option)
		return expand(smtpd->in, option->value);
	value = effective_find(smtpd->in->effective_text, name);
	return value.len ? xmemdup0(value.p, value.len) : xstrdup("");
}

static bool is_set(const struct smtpd *smtpd, const char *name)
{
	char *value = setting(smtpd, name);
	bool set = value[0] && strcasecmp(value, "no") != 0;

	free(value);
	return set;
}

static bool is_offered(const struct smtpd *smtpd)
{
	char *level = setting(smtpd, "smtpd_tls_security_level");
	bool offered = level[0] ? strcasecmp(level, "none") != 0 :
		is_set(smtpd, "smtpd_use_tls") ||
		is_set(smtpd, "smtpd_enforce_tls");

	free(level);
	return offered;
}

static char **list_split(const char *text)
{
	struct span rest = span_of(text), word;
	char **list = NULL;
	size_t count = 0;

	while (span_word(&rest, LIST_SEPARATORS, &word)) {
		list = xgrow(list, count, sizeof(*list));
		list[count++] = xmemdup0(word.p, word.len);
	}
	if (!list)
		return NULL;
	list = xgrow(list, count, sizeof(*list));
	list[count] = NULL;
	return list;
}

/* A key that main.cf does not name is in the file of the chain, also when a
 * service has another one (postconf(5), smtpd_tls_key_file). */
static char *key_of(const struct smtpd *smtpd, const char *certs_name,
		    const char *key_name, const char *certs)
{
	struct span main_certs = effective_find(smtpd->in->effective_text,
						certs_name);
	char *key = setting(smtpd, key_name);

	if (key[0] && !span_equals(main_certs, key))
		return key;
	if (key[0] && smtpd->service &&
	    service_option(smtpd->service, key_name))
		return key;
	free(key);
	return xstrdup(certs);
}

static void add_pairs(const struct smtpd *smtpd, struct tls_setup *setup)
{
	static const char *const names[][2] = {
		{ "smtpd_tls_cert_file", "smtpd_tls_key_file" },
		{ "smtpd_tls_dcert_file", "smtpd_tls_dkey_file" },
		{ "smtpd_tls_eccert_file", "smtpd_tls_eckey_file" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *certs = setting(smtpd, names[i][0]);

		if (!certs[0] || !strcasecmp(certs, "none")) {
			free(certs);
			continue;
		}
		setup->pairs[setup->pair_count++] = (struct tls_pair){
			.certs = certs,
			.key = key_of(smtpd, names[i][0], names[i][1], certs),
		};
	}
}

static bool has_macro(const struct tls_setup *setup)
{
	for (char **p = setup->chain_files; p && *p; p++)
		if (strchr(*p, '$'))
			return true;
	for (unsigned int i = 0; i < setup->pair_count; i++)
		if (strchr(setup->pairs[i].certs, '$') ||
		    strchr(setup->pairs[i].key, '$'))
			return true;
	return false;
}

static int setup_read(const struct smtpd *smtpd, struct tls_setup *ret,
		      struct why *why)
{
	struct tls_setup setup = { 0 };
	char *chain_files = setting(smtpd, "smtpd_tls_chain_files");

	setup.by_server_name = is_set(smtpd, "tls_server_sni_maps");
	setup.chain_files = list_split(chain_files);
	free(chain_files);
	if (!setup.chain_files)
		add_pairs(smtpd, &setup);
	setup.offered = is_offered(smtpd);
	if (has_macro(&setup)) {
		why_set(why, "master.cf: the certificate of port 25 is given "
			"by an expression that only Postfix can evaluate");
		tls_setup_done(&setup);
		return -ENOTSUP;
	}
	*ret = setup;
	return 0;
}

int postfix_tls(const struct driver_input *in, struct tls_setup *ret,
		struct why *why)
{
	struct smtpd smtpd = { .in = in };
	struct master_cf cf;
	int r = master_parse("master.cf", in->services_text, &cf, why);

	if (r < 0)
		return r;
	smtpd.service = smtpd_find(&cf);
	r = setup_read(&smtpd, ret, why);
	master_done(&cf);
	return r;
}
