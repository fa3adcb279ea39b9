/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An archive in memory: take() fills it and give() empties it, as the functions of masu_archive_get_options and its kin. */

#include <errno.h>
#include <string.h>
#include <sys/types.h>

struct buffer {
	char bytes[1 << 20];
	size_t used, taken;
};

static int take(void *userdata, const void *bytes, size_t size)
{
	struct buffer *b = userdata;

	if (size > sizeof(b->bytes) - b->used)
		return -EFBIG;
	memcpy(b->bytes + b->used, bytes, size);
	b->used += size;
	return 0;
}

static ssize_t give(void *userdata, void *buffer, size_t size)
{
	struct buffer *b = userdata;
	size_t n = b->used - b->taken < size ? b->used - b->taken : size;

	memcpy(buffer, b->bytes + b->taken, n);
	b->taken += n;
	return (ssize_t)n;
}
