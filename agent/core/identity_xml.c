/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/identity_xml.h"

#include "base/markup.h"

void identity_xml_print(const struct identity *id, const char *indent,
			struct buf *out)
{
	if (!id->count)
		return;
	buf_printf(out, "%s<identity", indent);
	markup_attr(out, "name", id->name);
	buf_puts(out, ">\n");
	for (unsigned int i = 0; i < id->count; i++) {
		buf_printf(out, "%s  <address", indent);
		markup_attr(out, "family", family_text(id->addrs[i].family));
		markup_attr(out, "local", addr_text(&id->addrs[i]).s);
		markup_attr(out, "public", addr_text(&id->public_addrs[i]).s);
		buf_puts(out, "/>\n");
	}
	buf_printf(out, "%s</identity>\n", indent);
}
