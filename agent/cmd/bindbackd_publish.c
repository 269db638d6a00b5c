/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <qb/qbutil.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/run.h"
#include "cmd/bindbackd.h"

#define PROGRAM_MS 5000
#define PUBLISH_MS 15000
#define AGAIN_MS 5000	/* after it failed */
#define RENEW_MS 60000	/* a Pacemaker that is restarted has forgotten it */

/* Programs of Pacemaker may block as long as it does: a child runs them. */
static int run_program(const char *const argv[], const char *id)
{
	char resource[INSTANCE_ID_MAX + 32];
	const char *const envp[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", resource, NULL };
	const struct run_spec spec = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = PROGRAM_MS,
	};
	struct run_result result;
	int status;

	(void)snprintf(resource, sizeof(resource),
		       "OCF_RESOURCE_INSTANCE=%s", id);
	if (run(&spec, &result, NULL) < 0)
		return 1;
	status = result.exit_status;
	run_result_done(&result);
	return status;
}

static int publish(void *arg, int fd)
{
	const struct bindbackd *d = arg;
	char name[sizeof("bindback-") + INSTANCE_ID_MAX];
	char value[16], dampen[32];
	const char *const attribute[] = {
		"/usr/sbin/attrd_updater", "-n", name, "-U", value, "-d",
		dampen, NULL };
	const char *const promotion[] = {
		"/usr/sbin/crm_attribute", "--promotion", "-v", value, NULL };
	int status = 0;

	(void)fd;
	(void)snprintf(name, sizeof(name), "bindback-%s", d->instance.id);
	(void)snprintf(value, sizeof(value), "%d", d->score);
	(void)snprintf(dampen, sizeof(dampen), "%lldms",
		       (long long)d->params.dampen_ms);
	if (d->params.on_unverified == ON_UNVERIFIED_ATTRIBUTE)
		status = run_program(attribute, d->instance.id);
	if (d->promotable)
		status |= run_program(promotion, d->instance.id);
	return status;
}

static void on_later(void *data)
{
	struct bindbackd *d = data;

	bindbackd_publish(d, d->score);
}

static void publish_later(struct bindbackd *d, int64_t ms)
{
	(void)qb_loop_timer_add(d->loop, QB_LOOP_LOW,
				(uint64_t)ms * QB_TIME_NS_IN_MSEC, d,
				on_later, &d->publish_later);
}

static void on_published(void *ctx, const void *bytes, size_t len, int error)
{
	struct bindbackd *d = ctx;

	(void)bytes;
	(void)len;
	d->publish = NULL;
	if (error && !d->publish_failed)
		log_line(LOG_WARNING, "the score %d could not be published: "
			 "%s; it is tried again and again", d->score,
			 error == -EIO ?
				 "attrd_updater or crm_attribute failed" :
				 strerror(-error));
	d->publish_failed = error != 0;
	if (d->publish_again)
		bindbackd_publish(d, d->score);
	else
		publish_later(d, error ? AGAIN_MS : RENEW_MS);
}

bool bindbackd_publishes(const struct bindbackd *d)
{
	return d->promotable ||
	       d->params.on_unverified == ON_UNVERIFIED_ATTRIBUTE;
}

void bindbackd_publish(struct bindbackd *d, int32_t score)
{
	const struct child_spec spec = {
		.fn = publish,
		.arg = d,
		.timeout_ms = PUBLISH_MS,
		.limit = 1,
	};
	struct why why = { "" };

	/* Who has no use for it is spared the daemon that keeps it. */
	if (!bindbackd_publishes(d))
		return;
	d->score = score;
	d->publish_again = d->publish != NULL;
	if (d->publish)
		return;
	(void)qb_loop_timer_del(d->loop, d->publish_later);
	if (!child_start(d->loop, &spec, on_published, d, &d->publish, &why))
		return;
	log_line(LOG_WARNING, "the score could not be published: %s",
		 why.text);
	publish_later(d, AGAIN_MS);
}
