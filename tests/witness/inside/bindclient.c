/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A holder of keys, who sends binds of any kind and prints what came of each
 * (show.h), in the order in which they ended.
 *
 *	bindclient [OPTION...] SERVER#PORT KEYFILE <SENDERS
 *
 * SENDERS has a line "KEY SERIAL NAME LOCAL ADDRESS..." for each: the key, the
 * name that is announced, where the bind goes from ("-": anywhere) and the
 * addresses that it speaks of. They take turns.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/parse.h"
#include "io/callback.h"
#include "io/mac.h"
#include "io/psk.h"
#include "show.h"

#define COUNT_MAX 1000000
#define AT_ONCE_MAX 4096

struct sender {
	const struct key *key;
	struct addr local;
	struct witness_bind bind;	/* but for what the options say */
};

struct options {
	struct endpoint server;
	uint32_t way, proto, port, timeout_ms;
	uint32_t count, at_once;
	bool listen;		/* where the bind goes from, on `port` */
	bool nonce_given;	/* the same in each */
	uint8_t nonce[WITNESS_NONCE];
	uint32_t cut;		/* of a frame only so much is sent */
	uint8_t frame[WITNESS_MAX];	/* instead of a bind */
	size_t frame_len;
};

struct client {
	qb_loop_t *loop;
	struct options options;
	struct keyring ring;
	struct sender *senders;
	size_t sender_count;
	uint32_t begun, over;
};

/* One bind at a time. */
struct slot {
	struct client *client;
	struct callback *callback;
	uint8_t nonce[WITNESS_NONCE];
	int64_t began_us;
	psk_client_done_fn *on_done;
};

static _Noreturn void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "bindclient: %s: %s\n", what, why);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static size_t make_frame(const struct slot *slot, const struct sender *sender,
			 uint8_t ret[WITNESS_MAX])
{
	const struct options *options = &slot->client->options;
	struct witness_msg msg = { .type = WITNESS_BIND,
				   .bind = sender->bind };
	size_t len;

	msg.bind.way = (enum witness_way)options->way;
	msg.bind.proto = (enum witness_proto)options->proto;
	msg.bind.port = (uint16_t)options->port;
	msg.bind.timeout_ms = options->timeout_ms;
	memcpy(msg.bind.nonce, slot->nonce, WITNESS_NONCE);
	if (options->frame_len) {
		memcpy(ret, options->frame, options->frame_len);
		len = options->frame_len;
	} else {
		len = witness_encode(&msg, ret);
	}
	return options->cut && options->cut < len ? options->cut : len;
}

/* For itself, so that binds of one address take turns at listening. */
static void listen_there(struct slot *slot, const struct sender *sender)
{
	struct endpoint at = { sender->local,
			       (uint16_t)slot->client->options.port };
	struct why why = { "" };

	if (callback_start(slot->client->loop, &at, &slot->callback, &why) < 0)
		give_up("callback", why.text);
	callback_expect(slot->callback, slot->nonce);
}

static void begin(struct slot *slot)
{
	struct client *client = slot->client;
	const struct options *options = &client->options;
	const struct sender *sender =
		&client->senders[client->begun++ % client->sender_count];
	uint8_t frame[WITNESS_MAX];
	struct psk_client_request request = {
		.local = sender->local, .server = options->server,
		.key = sender->key, .frame = frame,
		.timeout_ms = (int64_t)options->timeout_ms + 1000,
	};

	if (options->nonce_given)
		memcpy(slot->nonce, options->nonce, WITNESS_NONCE);
	else
		mac_random(slot->nonce, WITNESS_NONCE);
	if (options->listen)
		listen_there(slot, sender);
	request.len = make_frame(slot, sender, frame);
	slot->began_us = now_us();
	if (!psk_client_start(client->loop, &request, slot->on_done, slot))
		give_up("psk_client_start", "nothing");
}

static void on_done(void *ctx, const struct psk_client_result *result)
{
	struct slot *slot = ctx;
	struct client *client = slot->client;
	struct shown shown = { .us = now_us() - slot->began_us,
			       .end = result->end, .said = result->said,
			       .len = result->len };
	struct witness_msg msg;
	struct addr from;
	struct why why = { "" };

	if (result->end == BIND_DONE &&
	    witness_decode(result->frame, result->len, &msg, &why) == 0)
		shown.msg = &msg;
	else if (result->end == BIND_DONE)
		shown.said = why.text;
	if (slot->callback)
		shown.called = callback_was_called(slot->callback, slot->nonce,
						   &from);
	callback_cancel(slot->callback);
	slot->callback = NULL;
	show(&shown);
	if (client->begun < client->options.count)
		begin(slot);
	if (++client->over == client->options.count)
		qb_loop_stop(client->loop);
}

/* An even number of hexadecimal digits. */
static size_t read_hex(const char *text, uint8_t *ret, size_t size)
{
	unsigned int octet;
	size_t len = 0;

	for (; *text; text += 2) {
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) || len == size ||
		    sscanf(text, "%2x", &octet) != 1)
			give_up(text, "not the bytes that are wanted");
		ret[len++] = (uint8_t)octet;
	}
	return len;
}

static void read_number(const char *text, uint32_t max, uint32_t *ret)
{
	if (parse_u32(text, max, ret) < 0)
		give_up(text, "not a number that is wanted");
}

static void read_option(int c, struct options *options)
{
	if (c == 'w')
		read_number(optarg, UINT8_MAX, &options->way);
	else if (c == 'P')
		read_number(optarg, UINT8_MAX, &options->proto);
	else if (c == 'p')
		read_number(optarg, UINT16_MAX, &options->port);
	else if (c == 't')
		read_number(optarg, 600000, &options->timeout_ms);
	else if (c == 'c')
		read_number(optarg, COUNT_MAX, &options->count);
	else if (c == 'a')
		read_number(optarg, AT_ONCE_MAX, &options->at_once);
	else if (c == 'l')
		options->listen = true;
	else if (c == 'x')
		read_number(optarg, WITNESS_MAX, &options->cut);
	else if (c == 'f')
		options->frame_len = read_hex(optarg, options->frame,
					      sizeof(options->frame));
	else if (c == 'n')
		options->nonce_given =
			read_hex(optarg, options->nonce, WITNESS_NONCE) ==
			WITNESS_NONCE;
	else
		exit(64);
}

static void read_options(int argc, char **argv, struct options *ret)
{
	static const struct option names[] = {
		{ "way", required_argument, NULL, 'w' },
		{ "proto", required_argument, NULL, 'P' },
		{ "port", required_argument, NULL, 'p' },
		{ "timeout", required_argument, NULL, 't' },
		{ "count", required_argument, NULL, 'c' },
		{ "at-once", required_argument, NULL, 'a' },
		{ "listen", no_argument, NULL, 'l' },
		{ "cut", required_argument, NULL, 'x' },
		{ "frame", required_argument, NULL, 'f' },
		{ "nonce", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*ret = (struct options){ .way = WAY_NAME, .port = WITNESS_PORT,
				 .timeout_ms = 3000, .count = 1,
				 .at_once = 1 };
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		read_option(c, ret);
	if (optind + 2 != argc || !ret->count || !ret->at_once ||
	    endpoint_parse(argv[optind], WITNESS_PORT, &ret->server) < 0)
		exit(64);
}

static struct sender read_sender(const struct keyring *ring, char *line)
{
	struct sender sender = { 0 };
	struct witness_bind *bind = &sender.bind;
	const char *key = strsep(&line, " "), *serial = strsep(&line, " ");
	const char *name = strsep(&line, " "), *local = strsep(&line, " ");
	const char *word;
	uint32_t number;

	if (!local)
		give_up(key, "no sender");
	read_number(serial, UINT32_MAX, &number);
	sender.key = keyring_find(ring, key, number);
	if (!sender.key)
		give_up(key, "not in the key file");
	(void)snprintf(bind->name, sizeof(bind->name), "%s", name);
	if (strcmp(local, "-") != 0 && addr_parse(local, &sender.local) < 0)
		give_up(local, "no address");
	while ((word = strsep(&line, " ")))
		if (bind->addr_count == IDENTITY_ADDRS ||
		    addr_parse(word, &bind->addrs[bind->addr_count++]) < 0)
			give_up(word, "no address, or too many");
	return sender;
}

static void read_senders(struct client *client)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		client->senders = xgrow(client->senders, client->sender_count,
					sizeof(*client->senders));
		client->senders[client->sender_count++] =
			read_sender(&client->ring, line);
	}
	if (!client->sender_count)
		give_up("standard input", "no sender");
}

static void read_keys(const char *path, struct keyring *ret)
{
	BUF_CLEAN text = { 0 };
	struct why why = { "" };

	if (file_read(path, KEYRING_TEXT_MAX, &text, &why) < 0 ||
	    keyring_parse((struct span){ text.data, text.len }, ret,
			  &why) < 0)
		give_up(path, why.text);
}

int main(int argc, char **argv)
{
	struct client client = { 0 };
	struct slot *slots;

	read_options(argc, argv, &client.options);
	read_keys(argv[argc - 1], &client.ring);
	read_senders(&client);
	client.loop = qb_loop_create();
	slots = xcalloc(client.options.at_once, sizeof(*slots));
	for (uint32_t i = 0; i < client.options.at_once &&
			     i < client.options.count; i++) {
		slots[i] = (struct slot){ .client = &client,
					  .on_done = on_done };
		begin(&slots[i]);
	}
	qb_loop_run(client.loop);
	qb_loop_destroy(client.loop);
	free(slots);
	free(client.senders);
	keyring_done(&client.ring);
	return 0;
}
