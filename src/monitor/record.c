/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "monitor/protocol.h"

#define TEMPORARY "." MONITOR_EXIT_FILE
#define OOM_KILL  "oom_kill " /* the key in memory.events, and in v1's memory.oom_control */

int record_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The line of a key, after the key; NULL if it is not found. */
static const char *find_key(const char *text, const char *key)
{
	const size_t n = strlen(key);

	while (strncmp(text, key, n) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + n;
}

bool record_oom_killed(int cgroup)
{
	static const char *const files[] = {"memory.events", "memory.oom_control"};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int fd = openat(cgroup, files[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		const char *count;
		ssize_t n;

		if (fd < 0)
			continue;
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
		text[n < 0 ? 0 : n] = '\0';
		count = find_key(text, OOM_KILL);
		return count && *count != '0';
	}
	return false;
}

static int write_synced(int dirfd, const char *name, const struct text *t)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, t->start, t->length);
	if (n < 0 || fsync(fd) < 0)
		r = -errno;
	else if (n != (ssize_t)t->length)
		r = -ENOSPC;
	(void)close(fd);
	return r;
}

/* The renamed file then survives a power cut. Some file systems do not support it. */
static void sync_dir(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

static int replace_exit_file(int dirfd, const struct text *t)
{
	int r;

	(void)unlinkat(dirfd, TEMPORARY, 0); /* left by a monitor that was killed */
	r = write_synced(dirfd, TEMPORARY, t);
	if (r == 0 && renameat(dirfd, TEMPORARY, dirfd, MONITOR_EXIT_FILE) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, TEMPORARY, 0);
		return r;
	}
	sync_dir(dirfd);
	return 0;
}

int record_exit(int container_dir, int run_dir, const struct monitor_exit *e)
{
	char buffer[256];
	struct text t = text_into(buffer, sizeof(buffer));

	text_add(&t, "{\"exitCode\":");
	text_add_uint(&t, (uint64_t)record_exit_code(e->status));
	if (WIFSIGNALED(e->status)) {
		text_add(&t, ",\"signal\":");
		text_add_uint(&t, (uint64_t)WTERMSIG(e->status));
	}
	text_add(&t, ",\"oomKilled\":");
	text_add(&t, e->oom_killed ? "true" : "false");
	if (e->terminated)
		text_add(&t, ",\"terminated\":true");
	text_add(&t, ",\"finishedAt\":\"");
	text_add_stamp(&t, e->finished_ns);
	text_add(&t, "\"");
	if (e->log_bytes_lost) {
		text_add(&t, ",\"logBytesLost\":");
		text_add_uint(&t, e->log_bytes_lost);
	}
	text_add(&t, "}\n");
	if (replace_exit_file(container_dir, &t) == 0)
		return 0;
	return replace_exit_file(run_dir, &t);
}

int record_helper(int run_dir, pid_t pid, int status, int64_t now_ns)
{
	char line[64 + TEXT_STAMP_LENGTH];
	struct text t = text_into(line, sizeof(line));
	int fd, r = 0;

	text_add_uint(&t, (uint64_t)pid);
	text_add(&t, " ");
	text_add_uint(&t, (uint64_t)record_exit_code(status));
	text_add(&t, " ");
	text_add_stamp(&t, now_ns);
	text_add(&t, "\n");
	fd = openat(run_dir, MONITOR_HELPERS_FILE,
		    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, t.start, t.length) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}
