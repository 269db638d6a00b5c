/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/maillog.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "core/smtp/deliveries.h"
#include "core/smtp/journal_export.h"
#include "io/journalctl.h"
#include "io/logtail.h"
#include "io/maillog_record.h"
#include "io/netlink.h"

/* A daemon's clock and the file system's may differ by so much. */
#define FRESH_SLACK_S 60
#define JOURNAL_ENTRIES_MAX 10000
#define NOT_LOOKED_AT "real deliveries are not looked at"

static const char *const syslog_files[] = {
	"/var/log/mail.log", "/var/log/maillog",
};

static struct logline_clock clock_now(void)
{
	struct logline_clock clock = { .now_s = clock_wall_s() };
	time_t now = (time_t)clock.now_s;
	struct tm tm;

	if (localtime_r(&now, &tm))
		clock.utc_offset_s = (int32_t)tm.tm_gmtoff;
	return clock;
}

/* By the clock as it is now: where that was set back since, the start of the
 * master process tells how long ago it was. */
static int64_t bound_s(const struct state *state, int64_t now_s)
{
	int64_t started_s = (int64_t)state->master_start_ticks /
			    sysconf(_SC_CLK_TCK);
	struct timespec since_boot;

	if (state->bound_since_s <= now_s)
		return state->bound_since_s;
	(void)clock_gettime(CLOCK_BOOTTIME, &since_boot);
	return now_s - (since_boot.tv_sec - started_s);
}

/* NULL: the journal. Postfix writes to its log when it starts, so a file
 * that is older than the binding is not where it goes. */
static const char *find_file(const struct state *state, int64_t now_s)
{
	struct stat st;

	if (state->log_file)
		return state->log_file;
	for (size_t i = 0; i < ARRAY_SIZE(syslog_files); i++)
		if (!stat(syslog_files[i], &st) && S_ISREG(st.st_mode) &&
		    st.st_mtime >= bound_s(state, now_s) - FRESH_SLACK_S)
			return syslog_files[i];
	return NULL;
}

static void take_lines(const struct buf *text,
		       const struct deliveries_scope *scope,
		       const struct logline_clock *clock,
		       struct deliveries *deliveries)
{
	struct span rest = { text->data, text->len }, line;
	struct logline parts;

	while (span_line(&rest, &line))
		if (logline_parse(span_trim(line), clock, &parts))
			deliveries_take(deliveries, scope, &parts);
}

static void tell_gap(const char *path, const struct logtail_gap *gap,
		     struct why *notice)
{
	if (gap->rotated)
		why_set(notice, "%s was rotated and what was not read of the "
			"old one is not beside it; deliveries in it are not "
			"counted", path);
	else if (gap->skipped)
		why_set(notice, "%s grew too fast: %llu bytes were not read, "
			"deliveries in them are not counted", path,
			(unsigned long long)gap->skipped);
}

static void read_file(const char *path, const struct deliveries_scope *scope,
		      const struct logline_clock *clock,
		      struct maillog_record *record, struct why *notice)
{
	struct logtail_gap gap;
	BUF_CLEAN text;

	if (strcmp(record->path, path) != 0)
		maillog_record_reset(record, path);
	buf_init(&text);
	if (logtail_read(path, MAILLOG_READ_MAX, &record->tail, &text, &gap,
			 notice) < 0) {
		why_context(notice, NOT_LOOKED_AT);
		return;
	}
	tell_gap(path, &gap, notice);
	take_lines(&text, scope, clock, &record->deliveries);
}

/* Entries of the journal, whichever host name they have: all are this one's. */
static void take_entries(const struct buf *text,
			 const struct deliveries_scope *scope,
			 struct maillog_record *record)
{
	struct span rest = { text->data, text->len };
	struct journal_entry entry;

	while (journal_export_next(&rest, &entry)) {
		if (entry.cursor.len < sizeof(record->cursor)) {
			memcpy(record->cursor, entry.cursor.p,
			       entry.cursor.len);
			record->cursor[entry.cursor.len] = '\0';
		}
		deliveries_take(&record->deliveries, scope, &entry.line);
	}
}

/* What is more than one reading takes is read by the next one. */
static void read_journal(const struct state *state,
			 const struct deliveries_scope *scope,
			 int64_t timeout_ms, struct maillog_record *record,
			 struct why *notice)
{
	static const char *const programs[] = { "smtp", "qmgr", NULL };
	const struct journalctl_request request = {
		.program_dir = state->program_dir ? state->program_dir : "",
		.programs = programs,
		.cursor = record->cursor,
		.since_s = scope->since_s,
		.entries_max = JOURNAL_ENTRIES_MAX,
		.bytes_max = MAILLOG_READ_MAX,
		.timeout_ms = timeout_ms,
	};
	BUF_CLEAN text = { 0 };
	int r;

	if (record->path[0])
		maillog_record_reset(record, "");
	r = journalctl_read(&request, &text, notice);
	if (!r)
		take_entries(&text, scope, record);
	else
		why_context(notice, NOT_LOOKED_AT);
	/* A cursor that it does not take would never be taken. */
	if (r == -EIO)
		record->cursor[0] = '\0';
}

/* What the lines of this host may call it: postlogd(8) says myhostname. */
struct host_names {
	char s[HOST_NAME_MAX + NAME_MAX_LEN + 2];
};

static struct host_names host_names(const struct identity *id)
{
	struct host_names names = { "" };

	if (gethostname(names.s, HOST_NAME_MAX) < 0)
		names.s[0] = '\0';
	strcat(names.s, " ");
	strcat(names.s, id->name);
	return names;
}

/* An address that a remote saw and that is another one of this node is a leak,
 * anything else a NAT. In doubt it is not ours. */
static void mark_leaks(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->observation_count; i++) {
		struct observation *obs = &verdict->observations[i];
		struct local_addr here = { 0 };
		struct addr seen;

		if (obs->vantage.kind == VANTAGE_DELIVERY &&
		    obs->check == CHECK_SOURCE &&
		    obs->outcome == OUTCOME_MISMATCH &&
		    !addr_parse(obs->evidence, &seen) &&
		    !netlink_find_addrs(&seen, 1, &here, NULL))
			obs->local = here.ifindex;
	}
}

/* A log that cannot be read is said once, and again when that has changed. */
static void keep_record(struct maillog_record *record, const char *path,
			struct why *notice)
{
	bool known = !strcmp(record->told.text, notice->text);

	record->told = *notice;
	if (known)
		notice->text[0] = '\0';
	maillog_record_save(record, path, notice);
}

static int64_t since_s(const struct state *state, int64_t now_s)
{
	int64_t window_s = now_s - MAILLOG_WINDOW_S;
	int64_t bound = bound_s(state, now_s);

	return window_s < bound ? bound : window_s;
}

/* Read on from where the record stopped; returns since when things count. */
static int64_t read_on(const struct state *state, int64_t timeout_ms,
		       struct maillog_record *record, struct why *notice)
{
	const struct logline_clock clock = clock_now();
	const struct host_names hosts = host_names(&state->identity);
	const char *path = find_file(state, clock.now_s);
	const struct deliveries_scope scope = {
		.syslog_names = span_of(state->log_names),
		.hosts = span_of(hosts.s),
		.identity = &state->identity,
		.sender_domains = span_of(state->sender_domains),
		.since_s = since_s(state, clock.now_s),
		.now_s = clock.now_s,
	};

	if (path)
		read_file(path, &scope, &clock, record, notice);
	else
		read_journal(state, &scope, timeout_ms, record, notice);
	if (record->deliveries.forgotten && !notice->text[0])
		why_set(notice, "mail goes to more servers than the %d whose "
			"last word is kept; those with the oldest deliveries "
			"are left out", DELIVERIES_REMOTES_MAX);
	deliveries_age(&record->deliveries, scope.since_s);
	return scope.since_s;
}

void maillog_collect(const struct state *state, const char *record_path,
		     int64_t timeout_ms, struct verdict *verdict,
		     struct why *notice)
{
	struct maillog_record *record = xcalloc(1, sizeof(*record));
	int64_t from_s;

	notice->text[0] = '\0';
	maillog_record_load(record_path, record, notice);
	from_s = read_on(state, timeout_ms, record, notice);
	(void)deliveries_observe(&record->deliveries, from_s, verdict);
	mark_leaks(verdict);
	free(record);
}

bool maillog_follow(const struct state *state, const char *record_path,
		    int64_t timeout_ms, struct why *notice)
{
	struct maillog_record *record = xcalloc(1, sizeof(*record));
	struct deliveries *before = xcalloc(1, sizeof(*before));
	int64_t from_s;
	bool news;

	notice->text[0] = '\0';
	maillog_record_load(record_path, record, notice);
	*before = record->deliveries;
	from_s = read_on(state, timeout_ms, record, notice);
	news = deliveries_differ(before, &record->deliveries, from_s);
	keep_record(record, record_path, notice);
	free(before);
	free(record);
	return news;
}

void maillog_recall(const struct state *state, const char *record_path,
		    struct verdict *verdict, struct why *notice)
{
	struct maillog_record *record = xcalloc(1, sizeof(*record));

	notice->text[0] = '\0';
	maillog_record_load(record_path, record, notice);
	(void)deliveries_observe(&record->deliveries,
				 since_s(state, clock_wall_s()), verdict);
	mark_leaks(verdict);
	free(record);
}

int maillog_collect_file(const char *path, const char *names,
			 const char *sender_domains, struct verdict *verdict,
			 struct why *why)
{
	const struct logline_clock clock = clock_now();
	struct deliveries *deliveries = xcalloc(1, sizeof(*deliveries));
	const struct deliveries_scope scope = {
		.syslog_names = span_of(names),
		.identity = &verdict->identity,
		.sender_domains = span_of(sender_domains),
		.now_s = clock.now_s,
	};
	struct logtail tail = { 0 };
	struct logtail_gap gap;
	BUF_CLEAN text;
	int r;

	buf_init(&text);
	r = logtail_read(path, MAILLOG_READ_MAX, &tail, &text, &gap, why);
	if (!r) {
		take_lines(&text, &scope, &clock, deliveries);
		(void)deliveries_observe(deliveries, 0, verdict);
		mark_leaks(verdict);
	}
	free(deliveries);
	return r;
}

bool maillog_first(const char *record_path, struct delivery *ret)
{
	struct maillog_record *record = xcalloc(1, sizeof(*record));
	bool found;

	maillog_record_load(record_path, record, NULL);
	found = record->deliveries.first.time_s;
	if (found)
		*ret = record->deliveries.first;
	free(record);
	return found;
}
