/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay <folder>: give a fuzz target each file of its corpus. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define SEED_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name)
{
	BUF_CLEAN path = { 0 };
	BUF_CLEAN seed = { 0 };
	uint8_t *exact;
	struct why why;

	buf_init(&path);
	buf_printf(&path, "%s/%s", folder, name);
	if (file_read(path.data, SEED_MAX, &seed, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	/* A copy of exactly its size, so that reading on is seen. */
	exact = xcalloc(seed.len ? seed.len : 1, 1);
	memcpy(exact, seed.data, seed.len);
	(void)LLVMFuzzerTestOneInput(exact, seed.len);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned int count = 0;
	struct dirent *entry;

	if (!dir) {
		fprintf(stderr, "usage: replay FOLDER\n");
		return 64;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(argv[1], entry->d_name) < 0)
			return 1;
		count++;
	}
	(void)closedir(dir);
	printf("%s: %u seeds\n", argv[1], count);
	return count ? 0 : 1;
}
