/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_tls.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "make_cert.h"

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		_exit(1);
}

static void hear(int fd, const char *wanted)
{
	char line[512] = "";

	if (recv(fd, line, sizeof(line) - 1, 0) <= 0 ||
	    strncmp(line, wanted, strlen(wanted)) != 0)
		_exit(1);
}

/* 0: the client asked for FAKE_TLS_NAME, was served and said goodbye. */
static int serve_tls(int fd, const struct issued *chain, unsigned int count)
{
	gnutls_certificate_credentials_t credentials;
	char name[256] = "", line[64] = "";
	size_t size = sizeof(name) - 1;
	BUF_CLEAN crts;
	BUF_CLEAN key;
	gnutls_session_t session;
	unsigned int type;
	int r;

	buf_init(&crts);
	buf_init(&key);
	for (unsigned int i = 0; i < count; i++)
		put_crt(&chain[i], &crts);
	put_key(&chain[0], &key);
	made(gnutls_certificate_allocate_credentials(&credentials));
	made(gnutls_certificate_set_x509_key_mem(
		credentials,
		&(gnutls_datum_t){ (void *)crts.data, (unsigned int)crts.len },
		&(gnutls_datum_t){ (void *)key.data, (unsigned int)key.len },
		GNUTLS_X509_FMT_PEM));
	made(gnutls_init(&session, GNUTLS_SERVER));
	made(gnutls_set_default_priority(session));
	made(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
				    credentials));
	gnutls_transport_set_int(session, fd);
	do
		r = gnutls_handshake(session);
	while (r < 0 && !gnutls_error_is_fatal(r));
	if (r < 0)
		return 2;
	made(gnutls_server_name_get(session, name, &size, &type, 0));
	if (gnutls_record_recv(session, line, sizeof(line) - 1) <= 0)
		return 3;
	return strcmp(name, FAKE_TLS_NAME) || strcmp(line, "QUIT\r\n") ? 4 : 0;
}

int fake_tls_serve(int listener, enum manner manner,
		   const struct issued *chain, unsigned int count)
{
	int fd = accept(listener, NULL, NULL);

	say(fd, manner == MANNER_TURNS_AWAY ? "554 not you\r\n" :
					      "220 mx.test\r\n");
	if (manner == MANNER_TURNS_AWAY)
		return 0;
	hear(fd, "EHLO " FAKE_TLS_NAME "\r\n");
	say(fd, manner == MANNER_NO_STARTTLS ?
			"250-mx.test\r\n250 PIPELINING\r\n" :
			"250-mx.test\r\n250 STARTTLS\r\n");
	if (manner == MANNER_NO_STARTTLS)
		return 0;
	hear(fd, "STARTTLS\r\n");
	if (manner == MANNER_REFUSES) {
		say(fd, "454 4.7.0 TLS not available\r\n");
		return 0;
	}
	say(fd, "220 go ahead\r\n");
	if (manner == MANNER_TLS)
		return serve_tls(fd, chain, count);
	hear(fd, "\x16");	/* a ClientHello, so that nothing overtakes */
	if (manner == MANNER_GARBAGE)
		say(fd, "550 this is no TLS\r\n");
	if (manner == MANNER_SILENT)
		(void)pause();
	return 0;
}

struct issued *fake_tls_certificate(char ret_tlsa[FAKE_TLSA_SIZE])
{
	static const char *const names[] = { FAKE_TLS_NAME, NULL };
	struct issued *issued = xcalloc(1, sizeof(*issued));
	unsigned char digest[32];
	size_t size = sizeof(digest);

	*issued = issue(&(struct issue_spec){
		NULL, "own", names, 30 * DAY, false });
	made(gnutls_x509_crt_get_key_id(issued->crt, GNUTLS_KEYID_USE_SHA256,
					digest, &size));
	(void)strcpy(ret_tlsa, "030101");
	for (size_t i = 0; i < size; i++)
		(void)sprintf(ret_tlsa + 6 + 2 * i, "%02x", digest[i]);
	return issued;
}

void fake_tls_certificate_free(struct issued *issued)
{
	issued_done(issued);
	free(issued);
}
