/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/nolibc/start.h"

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

int main(int argc, char **argv);

/* What -fstack-protector compares: the compiler knows these names. */
uintptr_t __stack_chk_guard;
_noreturn_ void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	__builtin_trap();
}

static void seed_guard(const long *auxv)
{
	for (; auxv[0] != AT_NULL; auxv += 2) {
		if (auxv[0] == AT_RANDOM)
			memcpy(&__stack_chk_guard, (const void *)auxv[1],
			       sizeof(__stack_chk_guard));
	}
	/* A NUL in it stops an overflow by a string. */
	*(char *)&__stack_chk_guard = '\0';
}

void start_main(const long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **end = argv + argc + 1;

	environ = end;
	while (*end)
		end++;
	seed_guard((const long *)(end + 1));
	_exit(main(argc, argv));
}
