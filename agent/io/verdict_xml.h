/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/why.h"
#include "core/verdict/verdict.h"

#define VERDICT_XML_MAX (1024 * 1024)	/* bytes read of a document */
#define VERDICT_XML_ITEMS_MAX 4096	/* observations, and reasons */

/** Append the verdict as an XML document (schemas/verdict.rng). */
void verdict_xml_print(const struct verdict *verdict, struct buf *out);

/** Put that document at `path`, atomically, mode 0644. 0 or -errno. */
int verdict_xml_save(const struct verdict *verdict, const char *path,
		     struct why *why);

/**
 * Read what verdict_xml_save wrote; every field comes back as it was. The
 * file is not trusted for that: no network, no document type, no entities.
 * Elements and attributes not known here are skipped. 0, and `ret` is the
 * caller's (verdict_done); what file_read says; -EPROTONOSUPPORT: another
 * format; -EINVAL with the line and what is wrong there.
 */
int verdict_xml_read(const char *path, struct verdict *ret, struct why *why);
/** The same, of a file in the folder of somebody else (file_read_foreign). */
int verdict_xml_read_foreign(const char *path, struct verdict *ret,
			     struct why *why);
/** The same for a text in memory, which `what` names in reasons. */
int verdict_xml_parse(struct span text, const char *what, struct verdict *ret,
		      struct why *why);
