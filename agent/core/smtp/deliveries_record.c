/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping from one verification to the next; what counts is in deliveries.c. */
#include "core/smtp/deliveries.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"

#define CODE_MAX 599

/* time end code class port addr seen host said */
static void print_one(const char *key, const struct delivery *delivery,
		      struct buf *out)
{
	if (!delivery->time_s)
		return;
	buf_printf(out, "%s %" PRId64 " %u %u %s %u %s %s %s ", key,
		   delivery->time_s, (unsigned int)delivery->end,
		   delivery->code, reply_class_text(delivery->class),
		   delivery->server.port,
		   addr_text(&delivery->server.addr).s,
		   addr_text(&delivery->seen).s,
		   delivery->host[0] ? delivery->host : "-");
	line_put_text(out, delivery->said, false);
	buf_puts(out, "\n");
}

void deliveries_print(const struct deliveries *deliveries, struct buf *out)
{
	print_one("first", &deliveries->first, out);
	for (unsigned int i = 0; i < deliveries->count; i++) {
		print_one("remote", &deliveries->remotes[i].word, out);
		print_one("silent", &deliveries->remotes[i].other, out);
	}
}

static bool read_number(struct span *rest, uint64_t max, uint64_t *ret)
{
	struct span word;

	return span_cut(rest, " ", &word) &&
	       !line_get_number(word, 10, max, ret);
}

static bool read_class(struct span *rest, enum reply_class *ret)
{
	struct span word;

	if (!span_cut(rest, " ", &word))
		return false;
	for (unsigned int i = REPLY_NONE; i <= REPLY_INCONCLUSIVE; i++)
		if (span_equals(word, reply_class_text(i))) {
			*ret = i;
			return true;
		}
	return false;
}

static bool read_addr(struct span *rest, struct addr *ret)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct span word;

	if (!span_cut(rest, " ", &word) || word.len >= sizeof(text))
		return false;
	memcpy(text, word.p, word.len);
	text[word.len] = '\0';
	*ret = (struct addr){ 0 };
	return span_equals(word, "none") || !addr_parse(text, ret);
}

static bool read_host(struct span *rest, char ret[NAME_MAX_LEN + 1])
{
	struct span word;

	if (!span_cut(rest, " ", &word) || !word.len ||
	    word.len > NAME_MAX_LEN || memchr(word.p, '\0', word.len))
		return false;
	ret[0] = '\0';
	if (span_equals(word, "-"))
		return true;
	memcpy(ret, word.p, word.len);
	ret[word.len] = '\0';
	return true;
}

static bool read_one(struct span rest, struct delivery *ret)
{
	uint64_t time, end, code, port;
	char *said;

	if (!read_number(&rest, INT64_MAX, &time) || !time ||
	    !read_number(&rest, DIALOGUE_MALFORMED, &end) ||
	    !read_number(&rest, CODE_MAX, &code) ||
	    !read_class(&rest, &ret->class) ||
	    !read_number(&rest, UINT16_MAX, &port) ||
	    !read_addr(&rest, &ret->server.addr) ||
	    !ret->server.addr.family || !read_addr(&rest, &ret->seen) ||
	    !read_host(&rest, ret->host))
		return false;
	said = line_get_text(rest);
	if (!said || strlen(said) >= sizeof(ret->said)) {
		free(said);
		return false;
	}
	strcpy(ret->said, said);
	free(said);
	ret->time_s = (int64_t)time;
	ret->end = (enum dialogue_end)end;
	ret->code = (unsigned int)code;
	ret->server.port = (uint16_t)port;
	return true;
}

int deliveries_read(struct deliveries *deliveries, struct span line)
{
	struct delivery delivery = { 0 };

	if (span_skip(&line, "first "))
		return read_one(line, &deliveries->first) ? 0 : -EINVAL;
	if (!span_skip(&line, "remote ") && !span_skip(&line, "silent "))
		return -EINVAL;
	if (!read_one(line, &delivery))
		return -EINVAL;
	deliveries_keep(deliveries, &delivery);
	return 0;
}
