/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A small DNS server for tests: real sockets, a forked child, one trait. It
 * ends with its parent. Included by the tests of io that ask questions.
 */

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "core/dns/dnsmsg.h"

enum fake_trait {
	FAKE_HONEST,
	FAKE_SILENT,
	FAKE_SERVFAIL,
	FAKE_TRUNCATES,		/* over UDP; honest over TCP */
	FAKE_NO_TCP,		/* truncates, and does not listen on TCP */
	FAKE_ALWAYS_CUT,	/* truncates over TCP too */
	FAKE_JUNK,		/* right header and question, then nonsense */
	FAKE_LOSES_FIRST,	/* of each source port, drops the first */
	FAKE_FORGED_FIRST,	/* wrong id, wrong name, then the truth */
	FAKE_MIRROR,		/* A is the client's address */
};

struct fake_rr {
	const char *owner;
	enum dns_type type;
	const char *value;	/* address, name, serial; of TLSA the octets
				 * in hex; of TXT one character-string */
};

struct fake {
	enum fake_trait trait;
	const struct fake_rr *records;	/* up to one without owner */
	struct endpoint at;
	int udp;
	int tcp;
	pid_t pid;
};

static void fake_put_name(struct cursor *out, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");

		cursor_put_u8(out, (uint8_t)len);
		cursor_put(out, name, len);
		name += len + (name[len] == '.');
	}
	cursor_put_u8(out, 0);
}

static void fake_put_hex(struct cursor *out, const char *text)
{
	unsigned int octet;

	for (; sscanf(text, "%2x", &octet) == 1; text += 2)
		cursor_put_u8(out, (uint8_t)octet);
}

static void fake_put_data(struct cursor *out, const struct fake_rr *rr)
{
	struct addr addr;

	if (rr->type == DNS_A || rr->type == DNS_AAAA) {
		if (addr_parse(rr->value, &addr) < 0)
			abort();
		cursor_put(out, addr.bytes, rr->type == DNS_A ? 4 : 16);
	} else if (rr->type == DNS_SOA) {
		fake_put_name(out, "");
		fake_put_name(out, "");
		cursor_put_u32(out, (uint32_t)atoi(rr->value));
		for (uint32_t i = 0; i < 4; i++)
			cursor_put_u32(out, 60);
	} else if (rr->type == DNS_TLSA) {
		fake_put_hex(out, rr->value);
	} else if (rr->type == DNS_TXT) {
		cursor_put_u8(out, (uint8_t)strlen(rr->value));
		cursor_put(out, rr->value, strlen(rr->value));
	} else if (rr->type == DNS_MX) {
		cursor_put_u16(out, 10);
		fake_put_name(out, rr->value);
	} else {
		fake_put_name(out, rr->value);
	}
}

static void fake_put_rr(struct cursor *out, const struct fake_rr *rr)
{
	struct cursor length;
	size_t start;

	fake_put_name(out, rr->owner);
	cursor_put_u16(out, (uint16_t)rr->type);
	cursor_put_u16(out, 1);
	cursor_put_u32(out, 60);
	length = *out;
	cursor_put_u16(out, 0);
	start = out->pos;
	fake_put_data(out, rr);
	cursor_put_u16(&length, (uint16_t)(out->pos - start));
}

/* The SOA of the closest zone above `name`, or NULL. */
static const struct fake_rr *fake_apex(const struct fake *fake,
				       const char *name)
{
	const struct fake_rr *best = NULL;

	for (const struct fake_rr *rr = fake->records; rr->owner; rr++)
		if (rr->type == DNS_SOA && dns_name_under(name, rr->owner) &&
		    (!best || strlen(rr->owner) > strlen(best->owner)))
			best = rr;
	return best;
}

/* What the records say; header and question are there already. */
static void fake_honest(const struct fake *fake, const char *name,
			uint16_t type, struct cursor *out)
{
	uint8_t *header = out->out;
	const struct fake_rr *apex = fake_apex(fake, name);
	bool exists = false;

	for (const struct fake_rr *rr = fake->records; rr->owner; rr++) {
		exists |= dns_name_under(rr->owner, name);
		if (strcmp(rr->owner, name) != 0 || rr->type != type)
			continue;
		fake_put_rr(out, rr);
		header[7]++;
	}
	if (!exists)
		header[3] |= DNS_NXDOMAIN;
	if (header[7] || !apex)
		return;
	fake_put_rr(out, apex);
	header[9]++;
}

/* The question's name as text. */
static void fake_name(const uint8_t *query, size_t size, char *ret,
		      size_t *ret_end)
{
	struct cursor in = cursor_reader(query, size);
	uint8_t len;

	cursor_skip(&in, 12);
	while ((len = cursor_get_u8(&in)) && !in.error) {
		cursor_get(&in, ret, len);
		ret += len;
		*ret++ = '.';
	}
	*(ret - 1) = '\0';
	*ret_end = in.pos + 4;
}

static size_t fake_answer(const struct fake *fake, const uint8_t *query,
			  size_t size, bool tcp,
			  const struct sockaddr_in *client, uint8_t *ret,
			  size_t room)
{
	struct fake_rr mirror = { .type = DNS_A };
	struct cursor out = cursor_writer(ret, room);
	char name[300] = "", text[INET_ADDRSTRLEN];
	size_t end;

	fake_name(query, size, name, &end);
	cursor_put(&out, query, end);
	ret[2] |= 0x84;
	ret[3] = 0;
	switch (fake->trait) {
	case FAKE_SERVFAIL:
		ret[3] = DNS_SERVFAIL;
		break;
	case FAKE_TRUNCATES:
	case FAKE_NO_TCP:
	case FAKE_ALWAYS_CUT:
		if (!tcp || fake->trait == FAKE_ALWAYS_CUT) {
			ret[2] |= 0x02;
			break;
		}
		fake_honest(fake, name, query[end - 3], &out);
		break;
	case FAKE_JUNK:
		ret[7] = 7;
		cursor_put(&out, "\xc0\xff\xff", 3);
		break;
	case FAKE_MIRROR:
		mirror.owner = name;
		mirror.value = inet_ntop(AF_INET, &client->sin_addr, text,
					 sizeof(text));
		fake_put_rr(&out, &mirror);
		ret[7] = 1;
		break;
	case FAKE_HONEST:
	case FAKE_SILENT:
	case FAKE_LOSES_FIRST:
	case FAKE_FORGED_FIRST:
		fake_honest(fake, name, query[end - 3], &out);
	}
	return out.pos;
}

/* `seen` has a flag for each port that a question came from. */
static void fake_serve_udp(const struct fake *fake, bool *seen)
{
	uint8_t query[1024], reply[4096], forged[4096];
	struct sockaddr_in client;
	socklen_t len = sizeof(client);
	ssize_t n = recvfrom(fake->udp, query, sizeof(query), 0,
			     (struct sockaddr *)&client, &len);
	size_t size;

	if (n < 17 || fake->trait == FAKE_SILENT)
		return;
	if (fake->trait == FAKE_LOSES_FIRST && !seen[client.sin_port]) {
		seen[client.sin_port] = true;
		return;
	}
	size = fake_answer(fake, query, (size_t)n, false, &client, reply,
			   sizeof(reply));
	if (fake->trait == FAKE_FORGED_FIRST) {
		memcpy(forged, reply, size);
		forged[1] ^= 1;
		(void)sendto(fake->udp, forged, size, 0,
			     (struct sockaddr *)&client, len);
		forged[1] ^= 1;
		forged[13] ^= 1;
		(void)sendto(fake->udp, forged, size, 0,
			     (struct sockaddr *)&client, len);
	}
	(void)sendto(fake->udp, reply, size, 0, (struct sockaddr *)&client,
		     len);
}

/* One question on one connection, then it is closed. */
static void fake_serve_tcp(const struct fake *fake)
{
	uint8_t query[1024], reply[4096];
	struct sockaddr_in none = { 0 };
	int fd = accept(fake->tcp, NULL, NULL);
	size_t size;
	ssize_t n = 0, more;

	if (fd < 0)
		return;
	while (n < 2 || n < 2 + (query[0] << 8 | query[1])) {
		more = read(fd, query + n, sizeof(query) - (size_t)n);
		if (more <= 0)
			break;
		n += more;
	}
	if (n > 2) {
		size = fake_answer(fake, query + 2, (size_t)n - 2, true,
				   &none, reply + 2, sizeof(reply) - 2);
		reply[0] = (uint8_t)(size >> 8);
		reply[1] = (uint8_t)size;
		if (write(fd, reply, size + 2) < 0)
			perror("fake");
	}
	(void)close(fd);
}

static _Noreturn void fake_run(const struct fake *fake, pid_t parent)
{
	struct pollfd fds[] = {
		{ .fd = fake->udp, .events = POLLIN },
		{ .fd = fake->tcp, .events = POLLIN },
	};
	bool *seen = calloc(UINT16_MAX + 1, sizeof(*seen));

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			fake_serve_udp(fake, seen);
		if (fds[1].revents)
			fake_serve_tcp(fake);
	}
}

/* The sockets are bound before this returns, so no question is too early. */
static void fake_start(struct fake *fake, enum fake_trait trait,
		       const struct fake_rr *rrs, const char *addr,
		       uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	socklen_t len = sizeof(at);
	pid_t parent = getpid();
	int on = 1;

	*fake = (struct fake){ .trait = trait, .records = rrs, .tcp = -1 };
	(void)inet_pton(AF_INET, addr, &at.sin_addr);
	fake->udp = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fake->udp, (struct sockaddr *)&at, len) < 0 ||
	    getsockname(fake->udp, (struct sockaddr *)&at, &len) < 0)
		abort();
	if (trait != FAKE_NO_TCP) {
		/* The one before may have left connections in TIME_WAIT. */
		fake->tcp = socket(AF_INET, SOCK_STREAM, 0);
		if (setsockopt(fake->tcp, SOL_SOCKET, SO_REUSEADDR, &on,
			       sizeof(on)) < 0 ||
		    bind(fake->tcp, (struct sockaddr *)&at, len) < 0 ||
		    listen(fake->tcp, 16) < 0)
			abort();
	}
	(void)addr_from_sockaddr((struct sockaddr *)&at, &fake->at);
	fake->pid = fork();
	if (!fake->pid)
		fake_run(fake, parent);
	(void)close(fake->udp);
	if (fake->tcp >= 0)
		(void)close(fake->tcp);
}

static void fake_stop(struct fake *fake)
{
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
}
