/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/starttls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/tls/presented_dialogue.h"
#include "io/certificate.h"
#include "io/smtp.h"

#define NS_PER_MS 1000000ULL

struct starttls {
	qb_loop_t *loop;
	starttls_done_fn *done;
	void *ctx;
	char name[NAME_MAX_LEN + 1];
	int64_t start_ms;
	int64_t timeout_ms;
	struct smtp_probe *probe;	/* until the handshake */
	/* From then on: */
	int fd;				/* or -1 */
	qb_loop_timer_handle timer;
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;
	struct presented presented;
};

static void release(struct starttls *s)
{
	smtp_probe_cancel(s->probe);
	if (s->session)
		gnutls_deinit(s->session);
	if (s->credentials)
		gnutls_certificate_free_credentials(s->credentials);
	if (s->fd < 0)
		return;
	(void)qb_loop_timer_del(s->loop, s->timer);
	(void)qb_loop_poll_del(s->loop, s->fd);
	(void)close(s->fd);
}

void starttls_cancel(struct starttls *s)
{
	if (!s)
		return;
	release(s);
	presented_done(&s->presented);
	free(s);
}

static void complete(struct starttls *s)
{
	struct presented presented = s->presented;

	presented.latency_ms = (uint32_t)(clock_ms() - s->start_ms);
	release(s);
	s->done(s->ctx, &presented);
	free(s);
}

static void on_timeout(void *data)
{
	struct starttls *s = data;

	s->presented.outcome = OUTCOME_TIMEOUT;
	presented_fail(&s->presented, PRESENTED_UNKNOWN,
		       "the TLS handshake timed out");
	complete(s);
}

static void take_chain(struct starttls *s)
{
	struct span ders[CHAIN_MAX];
	struct why why = { "" };
	unsigned int count = 0;
	const gnutls_datum_t *peers =
		gnutls_certificate_get_peers(s->session, &count);

	if (count > CHAIN_MAX)
		count = CHAIN_MAX;
	for (unsigned int i = 0; i < count; i++)
		ders[i] = (struct span){ (char *)peers[i].data,
					 peers[i].size };
	if (certificate_chain_make(ders, count, &s->presented.chain, &why) < 0)
		presented_fail(&s->presented, PRESENTED_BROKEN, why.text);
	else
		s->presented.what = PRESENTED_CHAIN;
}

/* Its log should not say that the connection was lost. */
static void say_quit(struct starttls *s)
{
	static const char quit[] = "QUIT\r\n";

	(void)gnutls_record_send(s->session, quit, sizeof(quit) - 1);
	(void)gnutls_bye(s->session, GNUTLS_SHUT_WR);
}

static int on_ready(int32_t fd, int32_t revents, void *data)
{
	struct starttls *s = data;
	int r = gnutls_handshake(s->session);

	(void)revents;
	if (r < 0 && !gnutls_error_is_fatal(r)) {
		int wanted = gnutls_record_get_direction(s->session) ?
				     POLLOUT : POLLIN;

		(void)qb_loop_poll_mod(s->loop, QB_LOOP_MED, fd, wanted, s,
				       on_ready);
		return 0;
	}
	if (r < 0) {
		char text[PRESENTED_DETAIL_MAX];

		(void)snprintf(text, sizeof(text), "TLS handshake: %s",
			       gnutls_strerror(r));
		presented_fail(&s->presented, PRESENTED_BROKEN, text);
	} else {
		take_chain(s);
		say_quit(s);
	}
	complete(s);
	return 0;
}

static int session_make(struct starttls *s)
{
	int r = gnutls_init(&s->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
					 GNUTLS_NO_SIGNAL);

	if (!r)
		r = gnutls_certificate_allocate_credentials(&s->credentials);
	if (!r)
		r = gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE,
					   s->credentials);
	if (!r)
		r = gnutls_set_default_priority(s->session);
	if (!r)
		r = gnutls_server_name_set(s->session, GNUTLS_NAME_DNS,
					   s->name, strlen(s->name));
	if (!r)
		gnutls_transport_set_int(s->session, s->fd);
	return r;
}

static int64_t left_ms(const struct starttls *s)
{
	int64_t left = s->timeout_ms - (clock_ms() - s->start_ms);

	return left > 0 ? left : 0;
}

/* The server waits for our first message, which the first turn sends. */
static void handshake_begin(struct starttls *s, int fd)
{
	int r;

	s->fd = fd;
	if (qb_loop_timer_add(s->loop, QB_LOOP_MED,
			      (uint64_t)left_ms(s) * NS_PER_MS, s, on_timeout,
			      &s->timer) < 0 ||
	    qb_loop_poll_add(s->loop, QB_LOOP_MED, fd, POLLOUT, s,
			     on_ready) < 0)
		abort();
	r = session_make(s);
	if (!r)
		return;
	s->presented.outcome = OUTCOME_NOT_ASKED;
	presented_fail(&s->presented, PRESENTED_UNKNOWN, gnutls_strerror(r));
	complete(s);
}

static void on_dialogue(void *ctx, const struct dialogue_result *result,
			int fd)
{
	struct starttls *s = ctx;

	s->probe = NULL;
	if (presented_by_dialogue(&s->presented, result))
		handshake_begin(s, fd);
	else
		complete(s);
}

int starttls_start(qb_loop_t *loop, const struct starttls_request *request,
		   starttls_done_fn *done, void *ctx, struct starttls **ret,
		   struct why *why)
{
	struct starttls *s = xcalloc(1, sizeof(*s));
	const struct smtp_request smtp = {
		.local = request->local,
		.remote = request->server,
		.helo = request->name,
		.starttls = true,
		.timeout_ms = request->timeout_ms,
	};
	int r;

	s->loop = loop;
	s->done = done;
	s->ctx = ctx;
	s->start_ms = clock_ms();
	s->timeout_ms = request->timeout_ms;
	s->fd = -1;
	s->presented.server = request->server;
	(void)snprintf(s->name, sizeof(s->name), "%s", request->name);
	(void)snprintf(s->presented.place, sizeof(s->presented.place), "%s",
		       endpoint_text(&request->server, SMTP_PORT).s);
	r = smtp_probe_start(loop, &smtp, on_dialogue, s, &s->probe, why);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}
