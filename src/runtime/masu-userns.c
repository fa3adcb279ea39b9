/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masu-userns: holds a user namespace with all of the user's ids (holder.h). The user manager starts it when a
 * start of a container has found none, and stops it when the user's last session ends.
 *
 * newuidmap maps a process in a namespace below its caller's. So a child is born in the namespace, and when it is
 * mapped, this process enters the namespace and kills the child.
 *
 * The kernel keeps a map for ever. When /etc/subuid or /etc/subgid change, this process ends, and the next start has
 * a new one started.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "linux/namespaces.h"
#include "linux/sub-ids.h"
#include "linux/userns.h"
#include "runtime/holder.h"

static const char usage[] = "Usage: masu-userns\n"
			    "\n"
			    "A part of masu, run by " HOLDER_UNIT
			    ". It holds a user namespace with all ids of\n"
			    "the user, below which the user namespaces of containers are created.\n"
			    "\n"
			    "  --help     Print this help\n"
			    "  --version  Print the version\n";

/* Until it is killed. */
static int wait_to_be_entered(void *arg, struct masu_error *err)
{
	while (pause() < 0)
		continue;
	return 0;
}

static int enter(pid_t pid, struct masu_error *err)
{
	_cleanup_close_ int fd = pidfd_new(pid);
	int r = fd < 0 ? fd : namespaces_enter(fd, CLONE_NEWUSER);

	return r < 0 ? err_sys(err, r, "enter the user namespace") : 0;
}

static int create(const struct idmap *map, struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	int r = holder_raise_limits(err);

	if (r < 0)
		return r;
	r = userns_spawn(map, 0, wait_to_be_entered, NULL, &child, err);
	if (r < 0)
		return r;
	r = enter(child.pid, err);
	userns_kill(&child);
	return r;
}

static bool is_id_file(const char *name)
{
	return streq(name, "subuid") || streq(name, "subgid");
}

/* The files are replaced by a rename, so the directory is watched. */
static int watch_ids(struct masu_error *err)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, "/etc", IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE) < 0)
		return err_sys(err, errno, "watch /etc/subuid and /etc/subgid");
	return TAKE_FD(fd);
}

/* Events that were lost count as a change. */
static int await_change(int fd, struct masu_error *err)
{
	_Alignas(struct inotify_event) char bytes[4096];

	for (;;) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n < 0 && errno != EINTR)
			return err_sys(err, errno, "wait for a change of the sub-ids");
		for (char *p = bytes; p < bytes + n;) {
			const struct inotify_event *event = (const void *)p;

			if (event->mask & IN_Q_OVERFLOW || (event->len && is_id_file(event->name)))
				return 0;
			p += sizeof(*event) + event->len;
		}
	}
}

static int hold(struct masu_error *err)
{
	_cleanup_close_ int changes = watch_ids(err);
	_cleanup_free_ char *notice = NULL;
	_cleanup_idmap_ struct idmap map = {0};

	if (changes < 0)
		return changes;
	int r = sub_ids_map(&map, &notice, err);
	if (r < 0 || !idmap_needs_helpers(&map))
		return r; /* nothing to hold: each launcher writes such a map itself */
	r = create(&map, err);
	if (r < 0)
		return r;
	r = holder_publish(err);
	return r < 0 ? r : await_change(changes, err);
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (argc > 1) {
		bool help = streq(argv[1], "--help"), version = streq(argv[1], "--version");

		(void)fputs(version ? "masu-userns " MASU_VERSION "\n" : usage,
			    help || version ? stdout : stderr);
		return help || version ? 0 : 2;
	}
	if (hold(&err) == 0)
		return 0;
	(void)fprintf(stderr, "masu-userns: %s\n", err.message);
	return 1;
}
