/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/pidfd.h"
#include "base/str.h"

#define STAT_MAX   4096
#define ROUNDS_MAX 100 /* for processes that fork faster than they are found */

/* The words of /proc/PID/stat after the command. */
enum { STAT_STATE, STAT_PPID, STAT_SESSION = 3 };

struct process {
	pid_t pid, parent, session;
	bool in_tree, has_exited;
	int pidfd;
};

/* The descriptor comes first: it is of the process that the file describes, or of one that has exited since. */
static int read_process(pid_t pid, struct process *ret)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int pidfd = pidfd_new(pid);
	char path[32];
	size_t length;

	if (pidfd < 0)
		return pidfd;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int r = file_read(AT_FDCWD, path, STAT_MAX, &text, NULL);
	if (r < 0)
		return r;
	const char *end = strrchr(text, ')');
	if (!end)
		return -EBADMSG;
	const char *words = end + 1;
	*ret = (struct process){
		.pid = pid,
		.parent = (pid_t)str_word_number(words, STAT_PPID),
		.session = (pid_t)str_word_number(words, STAT_SESSION),
		.has_exited = *str_word(words, STAT_STATE, &length) == 'Z',
		.pidfd = TAKE_FD(pidfd),
	};
	return 0;
}

static bool is_child_of_tree(const struct process *all, size_t n, const struct process *p)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].in_tree && all[i].pid == p->parent)
			return true;
	return false;
}

static void mark_tree(struct process *all, size_t n, pid_t root)
{
	bool grown = true;

	for (size_t i = 0; i < n; i++)
		all[i].in_tree = all[i].pid == root || all[i].session == root;
	while (grown) {
		grown = false;
		for (size_t i = 0; i < n; i++) {
			if (all[i].in_tree || !is_child_of_tree(all, n, &all[i]))
				continue;
			all[i].in_tree = grown = true;
		}
	}
}

/* 1 if it has sent a signal, 0 if no process of the tree lives. */
static int kill_found(const struct instance *c, pid_t root)
{
	_cleanup_free_ struct process *all = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n_pids, n = 0;
	int sent = 0, r = instance_pids(c, &pids, &n_pids, NULL);

	if (r < 0)
		return r;
	all = calloc(n_pids + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n_pids; i++)
		if (read_process(pids[i], &all[n]) == 0) /* or it has exited */
			n++;
	mark_tree(all, n, root);
	for (size_t i = 0; i < n; i++) {
		if (all[i].in_tree && !all[i].has_exited && pidfd_kill(all[i].pidfd, SIGKILL) == 0)
			sent = 1;
		closep(&all[i].pidfd);
	}
	return sent;
}

int process_tree_kill(const struct instance *c, pid_t root)
{
	int r = 1;

	/* A frozen process stays in the list, whatever it was sent. */
	for (int i = 0; r > 0 && i < ROUNDS_MAX; i++)
		r = kill_found(c, root);
	return MIN(r, 0);
}
