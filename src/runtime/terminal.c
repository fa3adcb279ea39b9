/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

int terminal_raw(int fd, struct terminal *ret)
{
	struct termios raw;

	*ret = (struct terminal){.fd = -1};
	if (tcgetattr(fd, &raw) < 0)
		return errno == ENOTTY || errno == EBADF ? 0 : -errno;
	ret->saved = raw;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0)
		return -errno;
	ret->fd = fd;
	return 0;
}

void terminal_restore(struct terminal *t)
{
	if (t->fd >= 0)
		(void)tcsetattr(t->fd, TCSADRAIN, &t->saved); /* the terminal may have gone */
	t->fd = -1;
}

struct winsize terminal_size(void)
{
	struct winsize size;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, &size) == 0)
			return size;
	return (struct winsize){0};
}

void terminal_copy_size(int to)
{
	struct winsize size = terminal_size();

	if (size.ws_row || size.ws_col)
		(void)ioctl(to, TIOCSWINSZ, &size); /* a container without a size works, too */
}
