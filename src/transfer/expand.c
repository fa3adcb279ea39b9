/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/expand.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "unpack/inflate.h"
#include "unpack/sandbox.h"

#define NAMESPACES  (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)
#define BUFFER_SIZE (256 * 1024)

struct job {
	int input, empty_root, writer;
	const struct userns_child *child;
};

static int expand_all(const struct job *j, struct inflate *inflate, char *buffer,
		      struct masu_error *err)
{
	for (bool empty = true;; empty = false) {
		ssize_t n = inflate_read(inflate, buffer, BUFFER_SIZE, err);

		if (n <= 0)
			return n < 0   ? (int)n
			       : empty ? err_set(err, ERR_INVALID, EBADMSG, "the archive is empty")
				       : 0;
		int r = fd_write_full(j->writer, buffer, (size_t)n);
		if (r < 0)
			return err_sys(err, r, "pass on the archive");
	}
}

/* A userns_fn. The exit of the process frees its memory. */
static int expand_child(void *arg, struct masu_error *err)
{
	const struct job *j = arg;
	const int keep[] = {j->input, j->empty_root, j->writer, j->child->channel};
	const struct sandbox sandbox = {
		.root = j->empty_root, .keep = keep, .n_keep = ARRAY_SIZE(keep)};
	struct inflate *inflate = NULL;
	char *buffer = malloc(BUFFER_SIZE);
	int r = buffer ? inflate_new(LAYER_AUTO, j->input, &inflate, err) : err_oom(err);

	if (r == 0)
		r = sandbox_enter(&sandbox, err);
	return r < 0 ? r : expand_all(j, inflate, buffer, err);
}

int expand_begin(const struct idmap *map, int input, int empty_root, struct expand *ret,
		 struct masu_error *err)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	_cleanup_close_ int writer = pipes[1];
	ret->output = pipes[0];
	(void)fcntl(writer, F_SETPIPE_SZ, BUFFER_SIZE * 4); /* a smaller one does as well */
	struct job job = {
		.input = input, .empty_root = empty_root, .writer = writer, .child = &ret->child};
	return userns_spawn(map, NAMESPACES, expand_child, &job, &ret->child, err);
}

int expand_finish(struct expand *x, struct masu_error *err)
{
	fd_close(&x->output);
	return userns_wait(&x->child, err);
}

void expand_done(struct expand *x)
{
	userns_kill(&x->child);
	fd_close(&x->output);
}
