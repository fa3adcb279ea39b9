/* SPDX-License-Identifier: Apache-2.0 */
#include "image/unpack-ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>

struct ring {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	char *memory;
	size_t sizes[RING_SLOTS];
	unsigned int made, taken; /* counts of all slots ever; `taken` includes the one in use */
	bool opened, failed, in_use;
	struct err failure;
};

int ring_new(struct ring **ret, struct err *err)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return err_sys(err, ENOMEM, "make the buffers");
	ring->memory = mmap(NULL, RING_SLOTS * RING_SLOT_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring->memory == MAP_FAILED) {
		int r = err_sys(err, errno, "make the buffers");

		free(ring);
		return r;
	}
	/* With default attributes neither can fail on Linux. */
	(void)pthread_mutex_init(&ring->mutex, NULL);
	(void)pthread_cond_init(&ring->changed, NULL);
	*ret = ring;
	return 0;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	(void)munmap(ring->memory, RING_SLOTS * RING_SLOT_SIZE);
	(void)pthread_cond_destroy(&ring->changed);
	(void)pthread_mutex_destroy(&ring->mutex);
	err_done(&ring->failure);
	free(ring);
}

static void lock(struct ring *ring)
{
	(void)pthread_mutex_lock(&ring->mutex); /* EDEADLK and EOWNERDEAD need other attributes */
}

static void unlock(struct ring *ring)
{
	(void)pthread_cond_broadcast(&ring->changed);
	(void)pthread_mutex_unlock(&ring->mutex);
}

static char *slot(struct ring *ring, unsigned int n)
{
	return ring->memory + (size_t)(n % RING_SLOTS) * RING_SLOT_SIZE;
}

void ring_open(struct ring *ring)
{
	lock(ring);
	ring->opened = true;
	unlock(ring);
}

void *ring_reserve(struct ring *ring)
{
	lock(ring);
	while (!ring->opened || ring->made - (ring->taken - ring->in_use) == RING_SLOTS)
		(void)pthread_cond_wait(&ring->changed, &ring->mutex);
	unsigned int n = ring->made;
	unlock(ring);
	return slot(ring, n);
}

void ring_commit(struct ring *ring, size_t size)
{
	lock(ring);
	ring->sizes[ring->made++ % RING_SLOTS] = size;
	unlock(ring);
}

void ring_fail(struct ring *ring, struct err *err)
{
	lock(ring);
	(void)err_move(&ring->failure, err);
	ring->failed = true;
	unlock(ring);
}

int ring_take(struct ring *ring, const void **ret, size_t *ret_size, struct err *err)
{
	int r = 0;

	lock(ring);
	ring->in_use = false;
	(void)pthread_cond_broadcast(&ring->changed);
	while (ring->taken == ring->made && !ring->failed)
		(void)pthread_cond_wait(&ring->changed, &ring->mutex);
	if (ring->taken == ring->made) {
		r = err_move(err, &ring->failure);
	} else {
		unsigned int n = ring->taken;

		*ret = slot(ring, n);
		*ret_size = ring->sizes[n % RING_SLOTS];
		/* The end stays in the ring, to be met again. */
		if (*ret_size > 0) {
			ring->taken++;
			ring->in_use = true;
		}
	}
	unlock(ring);
	return r;
}
