/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/printable.h"

#include <stdint.h>
#include <string.h>

/*
 * Length of the well-formed UTF-8 sequence at p (RFC 3629, table 3-7 of the
 * Unicode standard) that is no control character, else 0.
 */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] >= 0x20 && p[0] < 0x7f)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xc2 && p[1] < 0xa0) ||	/* C1 controls */
	    (p[0] == 0xe0 && p[1] < 0xa0) ||	/* overlong */
	    (p[0] == 0xed && p[1] > 0x9f) ||	/* surrogates */
	    (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) || /* U+FFFE, FFFF */
	    (p[0] == 0xf0 && p[1] < 0x90) ||	/* overlong */
	    (p[0] == 0xf4 && p[1] > 0x8f))	/* beyond U+10FFFF */
		return 0;
	return n;
}

void printable(const char *src, size_t len, char *ret, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *p = (const uint8_t *)src;
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(p + i, len - i);

		if (out + (n ? n : 4) >= size)
			break;
		if (n) {
			memcpy(ret + out, p + i, n);
			out += n;
			i += n;
			continue;
		}
		ret[out++] = '\\';
		ret[out++] = 'x';
		ret[out++] = hex[p[i] >> 4];
		ret[out++] = hex[p[i] & 15];
		i++;
	}
	ret[out] = '\0';
}
