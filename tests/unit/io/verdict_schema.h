/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What we write must be what schemas/verdict.rng (VERDICT_RNG) describes. */

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/verdict_xml.h"

static inline bool schema_takes(const char *text)
{
	xmlRelaxNGParserCtxt *parser =
		xmlRelaxNGNewParserCtxt(getenv("VERDICT_RNG"));
	xmlRelaxNG *schema = xmlRelaxNGParse(parser);
	xmlRelaxNGValidCtxt *ctxt = xmlRelaxNGNewValidCtxt(schema);
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, 0);
	bool valid;

	assert_non_null(schema);
	assert_non_null(doc);
	valid = xmlRelaxNGValidateDoc(ctxt, doc) == 0;
	xmlFreeDoc(doc);
	xmlRelaxNGFreeValidCtxt(ctxt);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(parser);
	return valid;
}

static inline void assert_verdict_valid(const struct verdict *verdict)
{
	BUF_CLEAN out;

	buf_init(&out);
	verdict_xml_print(verdict, &out);
	if (!schema_takes(out.data))
		fail_msg("%s", out.data);
}
