/* SPDX-License-Identifier: Apache-2.0 */
#include "attacker.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static long x32_alg(void)
{
	return syscall(0x40000000 | SYS_socket, FAMILY_ALG, SEQPACKET, 0);
}

static long i386_call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	if (result < 0)
		errno = (int)-result;
	return result;
}

static long i386_alg(void)
{
	return i386_call(359, FAMILY_ALG, SEQPACKET, 0);
}

/* Arguments by pointer, which no filter sees; the address must fit into 32 bits. */
static long i386_socketcall_alg(void)
{
	static const unsigned int words[] = {FAMILY_ALG, SEQPACKET, 0};

	return i386_call(102, 1, (long)words, 0);
}

const struct way foreign_ways[] = {
	{"alg, x32", x32_alg},
	{"alg, i386", i386_alg},
	{"alg, i386 socketcall", i386_socketcall_alg},
	{NULL, NULL},
};
