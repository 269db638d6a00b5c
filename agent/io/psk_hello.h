/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Waiting for a whole ClientHello, which is looked at where it lies, in the
 * socket's buffer: so whoever sends nothing, half of one or no TLS at all costs
 * no session. The socket is not readable before (SO_RCVLOWAT).
 */

/** `ret_len` is for psk_hello_look. */
void psk_hello_begin(int fd, size_t *ret_len);
/** When the socket is readable. 0: it is there, to be read as usual; -EAGAIN;
 *  -ECONNRESET: there will be none; -EBADMSG: it is none. */
int psk_hello_look(int fd, size_t *len);
