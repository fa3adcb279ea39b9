/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static const char *const names[] = {"input", "output", "error"};

static int refuse_directory(int fd, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EISDIR,
		      "cannot give standard %s to the container: it is a directory", names[fd]);
	return err_hint(err, "to mount a directory: masu run -v DIRECTORY:/PLACE");
}

/* 1 if the container may have it. The container's /dev/null replaces the host's. */
static int may_pass(int fd, struct masu_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "examine standard stream %d", fd);
	if (S_ISDIR(st.st_mode))
		return refuse_directory(fd, err);
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || fd_is_null(fd);
}

/* The same file, opened alike: what goes to both stays in order only in one pipe. */
static bool are_one(int a, int b)
{
	struct stat st_a, st_b;

	return fstat(a, &st_a) == 0 && fstat(b, &st_b) == 0 && st_a.st_dev == st_b.st_dev &&
	       st_a.st_ino == st_b.st_ino && fcntl(a, F_GETFL) == fcntl(b, F_GETFL);
}

/* Output that is not wanted is only read, for the log. */
static int relay(struct stdio *io, struct streams *streams, int fd, bool wanted,
		 struct masu_error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	if (fd == STDIN_FILENO) {
		io->theirs[fd] = ends[0];
		(void)fcntl(ends[1], F_SETFL, O_NONBLOCK); /* else less is written at once */
		streams_add(streams, STREAM_INPUT, fd, ends[1], -1);
	} else {
		io->theirs[fd] = ends[1];
		streams_add(streams, STREAM_OUTPUT, ends[0], wanted ? fd : -1,
			    fd == STDOUT_FILENO ? LOG_STDOUT : LOG_STDERR);
	}
	io->given[fd] = io->theirs[fd];
	return 0;
}

int stdio_connect(struct stdio *io, struct streams *streams, const bool wanted[3],
		  struct masu_error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		bool logged = streams->log && fd != STDIN_FILENO;

		if (!wanted[fd] && !logged)
			continue;
		int r = wanted[fd] ? may_pass(fd, err) : 0;
		if (r > 0 && !logged)
			io->given[fd] = fd;
		else if (r >= 0 && fd == STDERR_FILENO && !logged && wanted[STDOUT_FILENO] &&
			 are_one(STDOUT_FILENO, STDERR_FILENO))
			io->given[fd] = io->given[STDOUT_FILENO];
		else if (r >= 0)
			r = relay(io, streams, fd, wanted[fd], err);
		if (r < 0)
			return r;
	}
	return 0;
}

int stdio_pass(int given[3], const bool wanted[3], struct masu_error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!wanted[fd])
			continue;
		int r = may_pass(fd, err);
		if (r < 0)
			return r;
		if (isatty(fd)) {
			(void)err_set(err, ERR_INVALID, EINVAL,
				      "cannot give standard %s to the container: it is a terminal",
				      names[fd]);
			return err_hint(err, "--log-driver passthrough is for files, pipes and "
					     "sockets: omit it, or redirect the stream");
		}
		given[fd] = fd;
	}
	return 0;
}

void stdio_report(const struct masu_engine *e, const struct streams *streams)
{
	for (size_t i = 0; i < streams->n; i++) {
		const struct stream *t = &streams->item[i];
		_cleanup_free_ char *text = NULL;

		if (t->failed && t->failed != EPIPE &&
		    asprintf(&text, "cannot %s: %s",
			     t->kind == STREAM_INPUT   ? "read standard input"
			     : t->log_as == LOG_STDERR ? "write the container's standard error"
						       : "write the container's standard output",
			     strerror(t->failed)) >= 0)
			engine_notice(e, text);
	}
}

void stdio_done(struct stdio *io)
{
	for (int i = 0; i < 3; i++)
		fd_close(&io->theirs[i]);
}
