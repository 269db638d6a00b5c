/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bindback-witness: runs on a host that a cluster sends mail to, and tells the
 * cluster how its name looks from there. Begun as root it becomes the user of
 * its configuration for good; under systemd it never was.
 */
#include "cmd/witness.h"

#include <errno.h>
#include <getopt.h>
#include <qb/qbutil.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/command.h"
#include "io/mac.h"
#include "io/notify.h"
#include "io/privilege.h"

#define CHORES_MS 60000
#define FINISH_MS 5000	/* for binds under way, when it is to end */

static void on_hurry(void *data)
{
	struct witness *w = data;

	qb_loop_stop(w->loop);
}

static int32_t on_end(int32_t number, void *data)
{
	struct witness *w = data;
	qb_loop_timer_handle timer;

	(void)number;
	(void)notify_stopping();
	for (size_t i = 0; i < LISTEN_MAX; i++) {
		acceptor_free(w->acceptors[i]);
		w->acceptors[i] = NULL;
	}
	w->ending = true;
	if (qb_loop_timer_add(w->loop, QB_LOOP_MED,
			      FINISH_MS * QB_TIME_NS_IN_MSEC, w, on_hurry,
			      &timer) < 0)
		qb_loop_stop(w->loop);
	witness_end_if_idle(w);
	return 0;
}

/* What is under way goes on by the rules that it was let in by. */
static int32_t on_reload(int32_t number, void *data)
{
	struct witness *w = data;
	struct why why = { "" };
	bool keys;

	(void)number;
	(void)notify_reloading();
	if (witness_settings_renew(w->config, &w->settings, &keys, &why) < 0) {
		log_line(LOG_ERR, "goes on with what was read before: %s",
			 why.text);
		(void)notify_ready();
		return 0;
	}
	limits_renew(w->limits, &w->settings.rules);
	witness_leases_tidy(w);
	if (!keys)
		log_line(LOG_ERR, "the configuration was read anew; goes on "
			 "with the keys that it has: %s", why.text);
	else
		log_line(LOG_NOTICE, w->settings.credential ?
			 "the configuration was read anew; keys are taken "
			 "over by a restart only" :
			 "configuration and keys were read anew");
	(void)notify_ready();
	return 0;
}

static void chores(void *data)
{
	struct witness *w = data;
	qb_loop_timer_handle timer;

	if (w->strangers)
		log_line(LOG_NOTICE, "%u connections came to nothing: no key, "
			 "or too many at once", w->strangers);
	w->strangers = 0;
	witness_leases_repeat(w);
	witness_leases_tidy(w);
	if (qb_loop_timer_add(w->loop, QB_LOOP_LOW,
			      CHORES_MS * QB_TIME_NS_IN_MSEC, w, chores,
			      &timer) < 0)
		abort();
}

/* The default is every address; a host without IPv6 has no such. */
static int listen_all(struct witness *w, struct why *why)
{
	const struct rules *rules = &w->settings.rules;

	for (size_t i = 0; i < rules->listen_count; i++) {
		int r = acceptor_start(w->loop, &rules->listen[i],
				       witness_accept, w, &w->acceptors[i],
				       why);

		if (r == -EAFNOSUPPORT &&
		    addr_is_unspecified(&rules->listen[i].addr))
			log_line(LOG_NOTICE, "%s", why->text);
		else if (r < 0)
			return r;
	}
	return 0;
}

static int make_run_dir(const struct privilege_user *user, struct why *why)
{
	int r = file_mkdirs(WITNESS_RUN_DIR, 0755, why);

	if (r < 0)
		return r;
	if (chown(WITNESS_RUN_DIR, user->uid, user->gid) < 0) {
		why_set(why, "cannot give %s to its user: %s", WITNESS_RUN_DIR,
			strerror(errno));
		return -EIO;
	}
	return 0;
}

static int drop(const struct witness *w, struct why *why)
{
	struct privilege_user user;
	int r;

	if (geteuid() != 0)
		return 0;
	r = privilege_find(w->settings.rules.user, &user, why);
	if (!r)
		r = make_run_dir(&user, why);
	if (!r)
		r = privilege_drop(&user, PRIVILEGE_DAEMON, why);
	return r;
}

static int begin(struct witness *w, struct why *why)
{
	uint64_t seed;
	int r = witness_settings_read(w->config, &w->settings, why);

	if (r < 0) {
		w->status = WITNESS_WRONG;
		return r;
	}
	w->loop = qb_loop_create();
	if (!w->loop) {
		why_set(why, "cannot make an event loop");
		return -EMFILE;
	}
	r = psk_context_new(&w->psk, why);
	if (!r)
		r = listen_all(w, why);
	if (!r)
		r = drop(w, why);
	if (r < 0)
		return r;
	w->dns = dns_new(w->loop);
	mac_random(&seed, sizeof(seed));
	w->limits = limits_new(&w->settings.rules, seed);
	w->leases = leases_new();
	(void)qb_loop_signal_add(w->loop, QB_LOOP_HIGH, SIGTERM, w, on_end,
				 NULL);
	(void)qb_loop_signal_add(w->loop, QB_LOOP_HIGH, SIGINT, w, on_end,
				 NULL);
	(void)qb_loop_signal_add(w->loop, QB_LOOP_HIGH, SIGHUP, w, on_reload,
				 NULL);
	chores(w);
	witness_leases_write(w);
	return 0;
}

static void done(struct witness *w)
{
	for (size_t i = 0; i < LISTEN_MAX; i++)
		acceptor_free(w->acceptors[i]);
	witness_peers_done(w);
	psk_context_free(w->psk);
	leases_free(w->leases);
	limits_free(w->limits);
	dns_free(w->dns);
	witness_sight_done(&w->sight);
	witness_settings_done(&w->settings);
	if (w->loop)
		qb_loop_destroy(w->loop);
}

static int run(const char *config)
{
	struct witness w = { .config = config, .status = 1 };
	struct why why = { "" };

	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	/* systemd hears us by syslog. */
	log_open("bindback-witness", !getenv("JOURNAL_STREAM"), false);
	if (begin(&w, &why) < 0) {
		log_line(LOG_ERR, "cannot run: %s", why.text);
	} else {
		w.status = 0;
		log_line(LOG_NOTICE, "ready, with %zu key%s",
			 w.settings.keys.count,
			 w.settings.keys.count == 1 ? "" : "s");
		(void)notify_ready();
		qb_loop_run(w.loop);
	}
	done(&w);
	return w.status;
}

static int help(void)
{
	(void)puts("Usage: bindback-witness [OPTION...]\n"
		   "\n"
		   "Resolves the names of mail clusters on this host and calls "
		   "them back, for clusters\n"
		   "that share a key with it. Runs in the foreground.\n"
		   "\n"
		   "  --config=FILE  instead of " WITNESS_CONFIG "\n"
		   "  --check        only tell whether configuration and keys "
		   "are fine\n"
		   "  --help         this text\n"
		   "  --version      the version\n"
		   "\n"
		   "Exit status: 0; 1 it could not run; 6 configuration or "
		   "keys are wrong; 64 wrong usage.");
	return 0;
}

int main(int argc, char **argv)
{
	enum { CONFIG = 1, CHECK, HELP, VERSION };
	static const struct option options[] = {
		{ "config", required_argument, NULL, CONFIG },
		{ "check", no_argument, NULL, CHECK },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ 0 },
	};
	const char *config = WITNESS_CONFIG;
	bool check = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case CONFIG:
			config = optarg;
			break;
		case CHECK:
			check = true;
			break;
		case HELP:
			return help();
		case VERSION:
			(void)puts("bindback-witness " BINDBACK_VERSION);
			return 0;
		default:
			return STATUS_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "bindback-witness: \"%s\" is no option; "
			      "see bindback-witness --help\n", argv[optind]);
		return STATUS_USAGE;
	}
	return check ? witness_check(config) : run(config);
}
