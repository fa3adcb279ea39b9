/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/unpack-ring.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

#define MEMORY_SIZE ((size_t)RING_SLOTS * RING_SLOT_SIZE)

int ring_new(struct ring *ret, struct masu_error *err)
{
	_cleanup_ring_ struct ring ring = RING_INIT;
	void *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED)
		return err_sys(err, errno, "create the buffers");
	ring.memory = memory;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ring.ends) < 0)
		return err_sys(err, errno, "create a socket pair");
	*ret = ring;
	ring = RING_INIT;
	return 0;
}

void ring_done(struct ring *ring)
{
	if (ring->memory)
		(void)munmap(ring->memory, MEMORY_SIZE);
	fd_close(&ring->ends[RING_PRODUCER]);
	fd_close(&ring->ends[RING_CONSUMER]);
	*ring = RING_INIT;
}

int ring_choose(struct ring *ring, enum ring_side own)
{
	fd_close(&ring->ends[own == RING_PRODUCER ? RING_CONSUMER : RING_PRODUCER]);
	return ring->ends[own];
}

int ring_hide(const struct ring *ring)
{
	return madvise(ring->memory, MEMORY_SIZE, MADV_DONTFORK) < 0 ? -errno : 0;
}

static char *slot(const struct ring *ring, unsigned int n)
{
	return ring->memory + (size_t)(n % RING_SLOTS) * RING_SLOT_SIZE;
}

/* A failed write is ignored: hear() detects that the other side has exited. */
static void say(int fd, uint32_t word)
{
	ssize_t n;

	do
		n = write(fd, &word, sizeof(word));
	while (n < 0 && errno == EINTR);
}

static int hear(int fd, uint32_t *ret)
{
	ssize_t n;

	do
		n = read(fd, ret, sizeof(*ret));
	while (n < 0 && errno == EINTR);
	return n == sizeof(*ret) ? 0 : -ECONNRESET;
}

void *ring_reserve(struct ring *ring)
{
	uint32_t word;

	if (ring->made - ring->taken == RING_SLOTS) {
		if (hear(ring->ends[RING_PRODUCER], &word) < 0)
			return NULL;
		ring->taken++;
	}
	return slot(ring, ring->made);
}

void ring_commit(struct ring *ring, size_t size)
{
	ring->made++;
	say(ring->ends[RING_PRODUCER], (uint32_t)size);
}

void ring_linger(struct ring *ring)
{
	uint32_t word;

	while (hear(ring->ends[RING_PRODUCER], &word) == 0)
		;
}

int ring_take(struct ring *ring, const void **ret, size_t *ret_size)
{
	uint32_t size;

	if (ring->in_use)
		say(ring->ends[RING_CONSUMER], 0);
	ring->in_use = false;
	if (hear(ring->ends[RING_CONSUMER], &size) < 0 || size > RING_SLOT_SIZE)
		return -ECONNRESET;
	*ret = slot(ring, ring->taken++);
	*ret_size = size;
	ring->in_use = true;
	return 0;
}
