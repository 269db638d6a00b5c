/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * FNV-1a, 64 bit: tells whether a file was edited. Not against forgers: who
 * can write these files is root already.
 */
uint64_t hash_fnv1a(const void *bytes, size_t len);
