/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/id-pool.h"

#include <errno.h>

#include "base/cleanup.h"

/* The first id from `first` on that is above a range in the way, or `first` itself if none of `count` ids is used. */
static uint64_t pass(const struct id_range *used, size_t n, uint64_t first, uint64_t count)
{
	for (size_t i = 0; i < n; i++)
		if (used[i].outside < first + count &&
		    (uint64_t)used[i].outside + used[i].count > first)
			return (uint64_t)used[i].outside + used[i].count;
	return first;
}

static int find(const struct id_pool *pool, const struct id_range *own, size_t n_own,
		uint32_t count, uint32_t *ret)
{
	for (size_t i = 0; i < pool->n_all; i++) {
		uint64_t first = pool->all[i].outside, end = first + pool->all[i].count;

		while (first + count <= end) {
			uint64_t next = pass(pool->used, pool->n_used, first, count);

			if (next == first)
				next = pass(own, n_own, first, count);
			if (next == first) {
				*ret = (uint32_t)first;
				return 0;
			}
			first = next;
		}
	}
	return -ENOSPC;
}

/* The next range of ids below `size` that the map lacks inside, from `first` on. Its count is 0 at the end. */
static struct id_range next_gap(const struct id_range *own, size_t n_own, uint64_t first,
				uint32_t size)
{
	uint64_t end = size;

	for (size_t i = 0; i < n_own; i++)
		if (own[i].inside <= first && (uint64_t)own[i].inside + own[i].count > first) {
			first = (uint64_t)own[i].inside + own[i].count;
			i = (size_t)-1; /* again from the first one */
		}
	for (size_t i = 0; i < n_own; i++)
		if (own[i].inside > first && own[i].inside < end)
			end = own[i].inside;
	return first < end ? (struct id_range){(uint32_t)first, 0, (uint32_t)(end - first)}
			   : (struct id_range){0};
}

static int list_gaps(const struct id_range *own, size_t n_own, uint32_t size,
		     struct id_range **gaps, size_t *n, uint32_t *ret_count)
{
	struct id_range gap = next_gap(own, n_own, 0, size);
	uint32_t count = 0;

	for (; gap.count > 0; gap = next_gap(own, n_own, (uint64_t)gap.inside + gap.count, size)) {
		gap.outside = count; /* the place in the range, and no overlap for idmap_add() */
		count += gap.count;
		int r = idmap_add(gaps, n, gap);
		if (r < 0)
			return r;
	}
	*ret_count = count;
	return 0;
}

int id_pool_map(const struct id_pool *pool, uint32_t size, struct id_range **ranges, size_t *n)
{
	_cleanup_free_ struct id_range *gaps = NULL;
	uint32_t count = 0, first = 0;
	size_t n_gaps = 0;
	int r = list_gaps(*ranges, *n, size, &gaps, &n_gaps, &count);

	if (r == 0 && count > 0)
		r = find(pool, *ranges, *n, count, &first);
	for (size_t i = 0; r == 0 && i < n_gaps; i++) {
		gaps[i].outside += first;
		r = idmap_add(ranges, n, gaps[i]);
	}
	return r;
}
