/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/cursor.h"

#define FIELDS_MAX 16
#define CHAIN_MAX 8
#define TIMEOUT 0
#define TTL_S 300

struct entry {
	char *owner;
	uint16_t type;
	struct span data[FIELDS_MAX];	/* owned */
	unsigned int count;
};

struct zone {
	struct entry *entries;
	size_t count;
	uint8_t wire[DNSMSG_SIZE_MAX];
	struct dnsmsg msg;
};

struct zone *zone_new(void)
{
	return xcalloc(1, sizeof(struct zone));
}

void zone_free(struct zone *zone)
{
	for (size_t i = 0; zone && i < zone->count; i++) {
		for (unsigned int k = 0; k < zone->entries[i].count; k++)
			free((char *)zone->entries[i].data[k].p);
		free(zone->entries[i].owner);
	}
	if (zone)
		free(zone->entries);
	free(zone);
}

static uint16_t type_parse(const char *type)
{
	static const struct {
		const char *name;
		uint16_t type;
	} types[] = {
		{ "TIMEOUT", TIMEOUT }, { "A", DNS_A }, { "AAAA", DNS_AAAA },
		{ "MX", DNS_MX }, { "TXT", DNS_TXT }, { "PTR", DNS_PTR },
		{ "CNAME", DNS_CNAME },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, type))
			return types[i].type;
	(void)fprintf(stderr, "zone: there is no type \"%s\"\n", type);
	exit(99);
}

void zone_add(struct zone *zone, const char *owner, const char *type,
	      const struct span *data, unsigned int count)
{
	struct entry *entry;

	zone->entries = xgrow(zone->entries, zone->count,
			      sizeof(*zone->entries));
	entry = &zone->entries[zone->count++];
	*entry = (struct entry){
		.owner = xstrdup(owner),
		.type = type_parse(type),
		.count = count,
	};
	if (count > FIELDS_MAX)
		abort();
	for (unsigned int i = 0; i < count; i++)
		entry->data[i] = (struct span){
			xmemdup0(data[i].p, data[i].len), data[i].len };
}

void zone_put(struct zone *zone, const char *owner, const char *type,
	      const char *data)
{
	struct span fields[] = { span_of("10"), span_of(data) };
	unsigned int first = strcmp(type, "MX") != 0;

	zone_add(zone, owner, type, fields + first, 2 - first);
}

static void put_name(struct cursor *out, const char *name)
{
	struct span rest = span_of(name), label;

	while (span_word(&rest, ".", &label)) {
		cursor_put_u8(out, (uint8_t)label.len);
		cursor_put(out, label.p, label.len);
	}
	cursor_put_u8(out, 0);
}

static void put_addr(struct cursor *out, const struct entry *entry)
{
	struct addr addr;

	if (addr_parse(entry->data[0].p, &addr) < 0 ||
	    (addr.family == AF_INET) != (entry->type == DNS_A)) {
		(void)fprintf(stderr, "zone: %s has a bad address\n",
			      entry->owner);
		exit(99);
	}
	cursor_put(out, addr.bytes, addr.family == AF_INET ? 4 : 16);
}

static void put_data(struct cursor *out, const struct entry *entry)
{
	switch (entry->type) {
	case DNS_A:
	case DNS_AAAA:
		put_addr(out, entry);
		break;
	case DNS_MX:
		cursor_put_u16(out, (uint16_t)atoi(entry->data[0].p));
		put_name(out, entry->data[1].p);
		break;
	case DNS_TXT:
		for (unsigned int i = 0; i < entry->count; i++) {
			cursor_put_u8(out, (uint8_t)entry->data[i].len);
			cursor_put(out, entry->data[i].p, entry->data[i].len);
		}
		break;
	default:
		put_name(out, entry->data[0].p);
		break;
	}
}

static void put_record(struct cursor *out, const struct entry *entry)
{
	struct cursor size;
	size_t start;

	put_name(out, entry->owner);
	cursor_put_u16(out, entry->type);
	cursor_put_u16(out, 1);
	cursor_put_u32(out, TTL_S);
	size = *out;
	cursor_put_u16(out, 0);
	start = out->pos;
	put_data(out, entry);
	cursor_put_u16(&size, (uint16_t)(out->pos - start));
}

/* The records of one owner. Returns whether it exists. */
static bool put_owner(struct cursor *out, const struct zone *zone,
		      const char *owner, uint16_t type, uint16_t *count,
		      const struct entry **ret_cname)
{
	bool exists = false;

	*ret_cname = NULL;
	for (size_t i = 0; i < zone->count; i++) {
		const struct entry *entry = &zone->entries[i];

		if (strcasecmp(entry->owner, owner) != 0)
			continue;
		exists = true;
		if (entry->type == DNS_CNAME)
			*ret_cname = entry;
		if (entry->type == type || entry->type == DNS_CNAME) {
			put_record(out, entry);
			(*count)++;
		}
	}
	return exists;
}

static bool is_silent(const struct zone *zone, const char *owner,
		      uint16_t type)
{
	bool silent = false;

	for (size_t i = 0; i < zone->count; i++) {
		if (strcasecmp(zone->entries[i].owner, owner) != 0)
			continue;
		if (zone->entries[i].type == type)
			return false;
		silent = silent || zone->entries[i].type == TIMEOUT;
	}
	return silent;
}

/* The answer's octets from the question on; the rcode, or -1 for silence. */
static int put_answer(struct cursor *out, const struct zone *zone,
		      const struct question *question, uint16_t *count)
{
	uint16_t type = (uint16_t)question->type;
	char owner[NAME_MAX_LEN + 2];
	const struct entry *cname;
	bool exists;

	put_name(out, question->name);
	cursor_put_u16(out, type);
	cursor_put_u16(out, 1);
	(void)snprintf(owner, sizeof(owner), "%s", question->name);
	for (unsigned int i = 0; i < CHAIN_MAX; i++) {
		if (is_silent(zone, owner, type))
			return -1;
		exists = put_owner(out, zone, owner, type, count, &cname);
		if (!cname)
			return exists ? DNS_NOERROR : DNS_NXDOMAIN;
		(void)snprintf(owner, sizeof(owner), "%s", cname->data[0].p);
		if (owner[0] && owner[strlen(owner) - 1] == '.')
			owner[strlen(owner) - 1] = '\0';
	}
	return DNS_NOERROR;
}

void zone_answer(struct zone *zone, const struct question *question,
		 struct reply *ret)
{
	struct cursor out = cursor_writer(zone->wire, sizeof(zone->wire));
	struct cursor head = out;
	uint16_t count = 0;
	int rcode;

	for (unsigned int i = 0; i < 12; i++)
		cursor_put_u8(&out, 0);
	rcode = put_answer(&out, zone, question, &count);
	if (rcode < 0) {
		*ret = (struct reply){ .outcome = OUTCOME_TIMEOUT };
		return;
	}
	cursor_put_u16(&head, 0);
	cursor_put_u16(&head, (uint16_t)(0x8180 | rcode));
	cursor_put_u16(&head, 1);
	cursor_put_u16(&head, count);
	*ret = (struct reply){ .outcome = OUTCOME_MALFORMED };
	if (!out.error && dnsmsg_read(zone->wire, out.pos, &zone->msg) == 0)
		*ret = (struct reply){ .outcome = OUTCOME_MATCH,
				       .msg = &zone->msg };
}
