/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/journal.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/file.h"

#define FIELD_NAME_MAX 64
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool name_is_sound(const char *name)
{
	size_t len = strlen(name);

	return len && len <= FIELD_NAME_MAX && strchr(LETTERS, *name) &&
	       strspn(name, LETTERS "0123456789_") == len;
}

/* NAME=value LF; a value of several lines has its length before it, which
 * takes the place of the equals sign. */
static void put_field(struct buf *out, const struct journal_field *field)
{
	size_t len = strlen(field->value);
	uint64_t size = htole64((uint64_t)len);

	buf_puts(out, field->name);
	if (memchr(field->value, '\n', len)) {
		buf_puts(out, "\n");
		buf_add(out, &size, sizeof(size));
	} else {
		buf_puts(out, "=");
	}
	buf_add(out, field->value, len);
	buf_puts(out, "\n");
}

static int put_entry(struct buf *out, const struct journal_field *fields,
		     size_t count, struct why *why)
{
	for (size_t i = 0; i < count; i++) {
		if (!name_is_sound(fields[i].name)) {
			why_set(why, "\"%.80s\" is no name of a journal's "
				"field", fields[i].name);
			return -EINVAL;
		}
		if (*fields[i].value)
			put_field(out, &fields[i]);
		if (out->len > JOURNAL_ENTRY_MAX) {
			why_set(why, "the journal's entry is longer than %d "
				"bytes", JOURNAL_ENTRY_MAX);
			return -EMSGSIZE;
		}
	}
	return 0;
}

static int send_entry(const char *path, const struct buf *entry)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	FD_CLEAN int fd = -1;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, entry->data, entry->len, MSG_NOSIGNAL | MSG_DONTWAIT,
		   (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

int journal_send(const char *socket_path, const struct journal_field *fields,
		 size_t count, struct why *why)
{
	BUF_CLEAN entry;
	int r;

	buf_init(&entry);
	r = put_entry(&entry, fields, count, why);
	if (r < 0)
		return r;
	r = send_entry(socket_path, &entry);
	if (r < 0)
		why_set(why, "cannot send to the journal at %s: %s",
			socket_path, strerror(-r));
	return r;
}
