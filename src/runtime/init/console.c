/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Standard streams, and the terminal: a pty of the container's own devpts. Its master goes to the launcher. The
 * other end comes from the master itself (TIOCGPTPEER), not from a name in /dev/pts, which the image or a shared
 * volume could have replaced.
 */

#include "runtime/init/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/path.h"
#include "linux/mount.h"

static int open_pty(struct init *init, int *ret_master, struct masu_error *err)
{
	_cleanup_close_ int master = path_open_in(init->root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY,
						  0, PATH_NO_SYMLINKS);
	int unlock = 0;

	if (master < 0)
		return err_sys(err, master, "open a terminal in the container's /dev/pts");
	if (!mount_is_type(master, DEVPTS_SUPER_MAGIC))
		return err_set(err, ERR_INVALID, ENODEV,
			       "/dev/pts of the container is not a devpts");
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_sys(err, errno, "unlock the terminal");
	init->inside.console = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (init->inside.console < 0)
		return err_sys(err, errno, "open the terminal");
	*ret_master = TAKE_FD(master);
	return 0;
}

int init_make_terminal(struct init *init, struct masu_error *err)
{
	const struct oci_process *process = init->spec->process;
	struct winsize size = init->plan->window;
	_cleanup_close_ int master = -1;

	if (!process->terminal)
		return 0;
	int r = open_pty(init, &master, err);
	if (r < 0)
		return r;
	if (!size.ws_row && !size.ws_col) {
		size.ws_row = (unsigned short)process->console_height;
		size.ws_col = (unsigned short)process->console_width;
	}
	/* Before any process can ask for it. */
	if ((size.ws_row || size.ws_col) && ioctl(master, TIOCSWINSZ, &size) < 0)
		return err_sys(err, errno, "set the terminal's size");
	/* Its user must be able to open /dev/pts/0 and /dev/console again. */
	if (fchown(init->inside.console, init->process.uid, (gid_t)-1) < 0)
		return err_sys(err, errno, "give the terminal to uid %u", init->process.uid);
	r = channel_send(init->channel, INIT_CONSOLE, NULL, 0, master);
	return r < 0 ? err_sys(err, r, "hand over the terminal") : 0;
}

int init_bind_console(struct init *init, struct masu_error *err)
{
	if (init->inside.console < 0)
		return 0;
	_cleanup_close_ int clone = mount_clone(init->inside.console, false);
	_cleanup_close_ int point = init_touch(init, "/dev/console", 0620);
	int r = clone < 0 ? clone : point < 0 ? point : mount_attach(clone, point);

	return r < 0 ? err_sys(err, r, "create /dev/console") : 0;
}

/*
 * A pipe belongs to its creator, and another user could not open /dev/stdout again. A file or terminal of the
 * caller's stays unchanged.
 */
static void give_pipe(int fd, uid_t uid)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode) || st.st_uid == uid)
		return;
	if (fchown(fd, uid, (gid_t)-1) < 0)
		return; /* a pipe of another user: it still works by inheritance */
}

/*
 * The container's own null device, verified, or -errno. Through a stream a container whose root is the host's
 * root could change the owner and mode of the host's.
 */
static int open_own_null(const struct init *init)
{
	_cleanup_close_ int fd = path_open_in(init->root_fd, "/dev/null",
					      O_RDWR | O_NOCTTY | O_NONBLOCK, 0, 0);

	if (fd < 0 || !fd_is_null(fd))
		return fd < 0 ? fd : -ENODEV;
	return fcntl(fd, F_SETFL, 0) < 0 ? -errno : TAKE_FD(fd);
}

/*
 * With a terminal nothing may hold the caller's streams after `create` has ended: containerd waits for the end
 * of the runtime's output.
 */
int init_connect_streams(struct init *init, struct masu_error *err)
{
	for (int i = 0; i < 3; i++) {
		int given = init->inside.console >= 0 ? init->inside.console : init->plan->stdio[i];

		if (given < 0)
			given = init->inside.null_fd;
		_cleanup_close_ int own = fd_is_null(given) ? open_own_null(init) : -1;
		if (own >= 0) /* else the image decides what /dev/null is */
			given = own;
		if (given == i ? fd_set_cloexec(i, false) < 0 : dup2(given, i) < 0)
			return err_sys(err, errno, "connect standard streams");
		if (init->inside.console < 0)
			give_pipe(i, init->process.uid);
	}
	if (init->inside.console >= 0 && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		return err_sys(err, errno, "take the terminal as controlling terminal");
	return 0;
}
