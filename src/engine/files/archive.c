/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files of containers, by masu-image (files/place.h). Its descriptors of archives are pipes and sockets: an open file
 * of the caller's would give a process that reads the container's files more than the archive.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/event.h"
#include "engine/files/file-place.h"
#include "engine/image/image-program.h"
#include "engine/options.h"
#include "engine/volume/volume-dir.h"
#include "engine/volume/volume.h"

#define BUFFER_SIZE (256 * 1024)
#define PIPE_SIZE   (1024 * 1024)

/* One run of "masu-image files". */
struct job {
	struct file_place place;
	char **args;
	bool failed; /* an argument is missing: out of memory */
	int stream;  /* its end; -1: none */
	struct image_program program;
	struct image_run run;
};
#define JOB_INIT                                \
	((struct job){.place = FILE_PLACE_INIT, \
		      .stream = -1,             \
		      .program = {.input = -1}, \
		      .run = IMAGE_RUN_INIT})
#define _cleanup_job_ _cleanup_(job_done)

static void job_done(struct job *j)
{
	image_run_done(&j->run);
	fd_close(&j->stream);
	file_place_done(&j->place);
	strv_free(j->args);
}

/* The last part of a path, without slashes at its end; ".": it names no more than its directory. */
static char *base_name(const char *path)
{
	size_t end = strlen(path), begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && path[begin - 1] != '/';)
		begin--;
	char *name = strndup(path + begin, end - begin);
	if (name && (!*name || streq(name, ".") || streq(name, ".."))) {
		free(name);
		return strdup(".");
	}
	return name;
}

/* Adds an argument; job_start() reports a failure. */
_printf_(2, 3) static void job_add(struct job *j, const char *format, ...)
{
	char *word = NULL;
	va_list ap;

	va_start(ap, format);
	j->failed |= vasprintf(&word, format, ap) < 0 || strv_push_owned(&j->args, word) < 0;
	va_end(ap);
}

/* Verb and path; further words follow. */
static int job_new(struct job *j, masu_container *c, const char *verb, const char *path, bool bare,
		   struct masu_error *err)
{
	int r = c ? file_place_open(c, bare, &j->place, err) : 0;

	if (r < 0)
		return r;
	if (!path || !*path)
		return err_set(err, ERR_INVALID, EINVAL, "missing path");
	_cleanup_free_ char *absolute = c ? path_join("/", path) : path_absolute(path);
	if (!absolute)
		return err_sys(err, errno, "find \"%s\" from the working directory", path);
	job_add(j, "files");
	job_add(j, "%s", verb);
	job_add(j, "path=%s", absolute);
	j->failed |= strv_extend(&j->args, j->place.words) < 0;
	return 0;
}

static int job_start(struct job *j, const struct masu_engine *e, struct masu_error *err)
{
	if (j->stream >= 0)
		job_add(j, "fd=%d", j->stream);
	if (j->failed)
		return err_oom(err);
	j->program.args = j->args;
	j->program.further[0] = j->stream;
	j->program.further[1] = j->place.pidfd;
	int r = image_program_start(e, &j->program, &j->run, err);
	fd_close(&j->stream);
	return r;
}

static int new_pipe(int *ret_reader, int *ret_writer, struct masu_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	(void)fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE); /* a smaller one does as well */
	*ret_reader = fds[0];
	*ret_writer = fds[1];
	return 0;
}

/* A decimal number and the character after it. */
static int64_t take_number(const char **at)
{
	char *end;
	long long n = strtoll(*at, &end, 10);

	*at = *end ? end + 1 : end;
	return n;
}

/* "MODE SIZE MTIME_NS NAME_LENGTH:", the name, the target of a link (files/pack.h). */
static int parse_stat(const char *text, struct masu_path_stat *ret, struct masu_error *err)
{
	struct masu_path_stat s = {.mode = (mode_t)take_number(&text)};

	s.bytes = (uint64_t)take_number(&text);
	s.modified = take_number(&text);
	uint64_t name = (uint64_t)take_number(&text), all = strlen(text);
	if (name >= sizeof(s.name) || name > all || all - name >= sizeof(s.link_target))
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed result of masu-image");
	memcpy(s.name, text, name);
	memcpy(s.link_target, text + name, all - name);
	options_give(ret, &s, sizeof(s));
	return 0;
}

int masu_container_archive_stat(masu_container *c, const char *path, struct masu_path_stat *stat,
				masu_error *err)
{
	_cleanup_job_ struct job j = JOB_INIT;
	_cleanup_free_ char *result = NULL, *name = base_name(path ? path : "");
	int r = name ? job_new(&j, c, "stat", path, false, err) : err_oom(err);

	if (r < 0)
		return r;
	job_add(&j, "name=%s", streq(name, ".") ? "/" : name);
	r = job_start(&j, c->engine, err);
	if (r < 0)
		return r;
	r = image_program_wait(&j.run, &result, err);
	return r < 0 ? r : parse_stat(str_or_empty(result), stat, err);
}

/* 0 at the end of the archive. */
static int pass_on(const struct masu_engine *e, int from, const struct masu_archive_get_options *o,
		   struct masu_error *err)
{
	_cleanup_free_ char *buffer = malloc(BUFFER_SIZE);

	if (!buffer)
		return err_oom(err);
	for (;;) {
		ssize_t n = engine_read(e, from, buffer, BUFFER_SIZE, "the archive", err);
		if (n <= 0)
			return (int)n;
		int r = o->write(o->userdata, buffer, (size_t)n);
		if (r < 0)
			return err_sys(err, r, "write the archive");
	}
}

/* Runs a job that writes an archive. */
static int receive(struct job *j, const struct masu_engine *e,
		   const struct masu_archive_get_options *o, struct masu_error *err)
{
	_cleanup_close_ int reader = -1;
	int r = new_pipe(&reader, &j->stream, err);

	if (r < 0)
		return r;
	r = job_start(j, e, err);
	if (r < 0)
		return r;
	r = pass_on(e, reader, o, err);
	return r < 0 ? r : image_program_wait(&j->run, NULL, err);
}

int masu_container_archive_get(masu_container *c, const char *path,
			       const struct masu_archive_get_options *options, masu_error *err)
{
	_cleanup_job_ struct job j = JOB_INIT;
	_cleanup_free_ char *name = base_name(path ? path : "");
	/* The names in an archive of "/" begin below it. */
	const bool is_root = path && path[strspn(path, "/")] == 0;
	struct masu_archive_get_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.write)
		return err_set(err, ERR_INVALID, EINVAL, "missing function to write the archive");
	r = name ? job_new(&j, c, "pack", path, o.bare, err) : err_oom(err);
	if (r < 0)
		return r;
	job_add(&j, "name=%s", is_root ? "" : name);
	if (o.follow_link)
		job_add(&j, "follow=");
	r = receive(&j, c->engine, &o, err);
	if (r == 0 && o.bare && is_root)
		event_container(c, &(struct masu_event){.action = "export"});
	return r;
}

/* 0 at the end of the archive, or if masu-image does not read on: it then reports the reason. */
static int feed(const struct masu_engine *e, int to, const struct masu_archive_put_options *o,
		struct masu_error *err)
{
	_cleanup_free_ char *buffer = malloc(BUFFER_SIZE);

	if (!buffer)
		return err_oom(err);
	for (;;) {
		ssize_t n = o->read(o->userdata, buffer, BUFFER_SIZE);

		if (n <= 0)
			return n == 0 ? 0 : err_sys(err, (int)n, "read the archive");
		for (ssize_t done = 0; done < n;) {
			int r = engine_await_room(e, to, err);
			if (r < 0)
				return r;
			/* A pipe would raise SIGPIPE in a program that uses the library. */
			ssize_t sent = send(to, buffer + done, (size_t)(n - done),
					    MSG_NOSIGNAL | MSG_DONTWAIT);
			if (sent < 0 && errno == EPIPE)
				return 0;
			if (sent < 0 && errno != EINTR && errno != EAGAIN)
				return err_sys(err, errno, "send the archive");
			done += MAX(sent, 0);
		}
	}
}

/* Runs a job that reads an archive. */
static int give(struct job *j, const struct masu_engine *e,
		const struct masu_archive_put_options *o, struct masu_error *err)
{
	_cleanup_close_ int writer = -1;
	int sockets[2];

	if (o->owners)
		job_add(j, "owners=");
	if (o->overwrite)
		job_add(j, "overwrite=");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return err_sys(err, errno, "create a socket pair");
	writer = sockets[0];
	j->stream = sockets[1];
	int r = job_start(j, e, err);
	if (r < 0)
		return r;
	r = feed(e, writer, o, err);
	if (r < 0)
		return r;
	fd_close(&writer);
	return image_program_wait(&j->run, NULL, err);
}

int masu_container_archive_put(masu_container *c, const char *path,
			       const struct masu_archive_put_options *options, masu_error *err)
{
	_cleanup_job_ struct job j = JOB_INIT;
	struct masu_archive_put_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.read)
		return err_set(err, ERR_INVALID, EINVAL, "missing function to read the archive");
	r = job_new(&j, c, "put", path, false, err);
	return r < 0 ? r : give(&j, c->engine, &o, err);
}

/*
 * Volumes: the root of the place is the volume alone, so no path leads out of it. Containers may write to it meanwhile.
 */

static int job_new_volume(struct job *j, masu_engine *e, const char *name, const char *verb,
			  struct masu_error *err)
{
	_cleanup_(masu_volume_freep) masu_volume *v = NULL;
	int r = masu_volume_find(e, name, &v, err);

	if (r < 0)
		return r;
	const char *device = oci_map_get(&v->options, "device");
	if (v->options.n > 0)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "volume \"%s\" has no files of its own: containers mount %s\"%s\"",
			       name, device ? "its device " : "a file system of type ",
			       device ? device : str_or_empty(oci_map_get(&v->options, "type")));
	job_add(j, "files");
	job_add(j, "%s", verb);
	job_add(j, "path=/");
	job_add(j, "rootfs=%s", masu_volume_path(v));
	return 0;
}

int masu_volume_archive_get(masu_engine *e, const char *name,
			    const struct masu_archive_get_options *options, masu_error *err)
{
	_cleanup_job_ struct job j = JOB_INIT;
	struct masu_archive_get_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.write)
		return err_set(err, ERR_INVALID, EINVAL, "missing function to write the archive");
	r = job_new_volume(&j, e, name, "pack", err);
	if (r < 0)
		return r;
	job_add(&j, "name=");
	return receive(&j, e, &o, err);
}

int masu_volume_archive_put(masu_engine *e, const char *name,
			    const struct masu_archive_put_options *options, masu_error *err)
{
	_cleanup_job_ struct job j = JOB_INIT;
	_cleanup_close_ int marker = -1;
	struct masu_archive_put_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.read)
		return err_set(err, ERR_INVALID, EINVAL, "missing function to read the archive");
	r = job_new_volume(&j, e, name, "put", err);
	if (r < 0)
		return r;
	r = volume_keep(e, name, &marker, err);
	return r < 0 ? r : give(&j, e, &o, err);
}

/* Does the path name the contents of a directory: does it end in "/."? */
static bool names_contents(const char *path)
{
	const char *last = path_last(path);

	return streq(last, ".") || streq(last, "..") ||
	       (!*last && strspn(path, "/") == strlen(path));
}

static int prepare_copy(const struct masu_copy_options *o, struct job *from, struct job *to,
			struct masu_error *err)
{
	_cleanup_free_ char *name = base_name(o->source_path);
	int r = name ? job_new(from, o->source, "pack", o->source_path, false, err) : err_oom(err);

	if (r < 0)
		return r;
	job_add(from, "name=%s", name);
	if (o->follow_link)
		job_add(from, "follow=");
	if (o->source && o->target && streq(o->source->home.id, o->target->home.id) &&
	    from->place.pidfd < 0)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "cannot copy within container \"%s\": not running",
			       o->source->record.name);
	r = job_new(to, o->target, "put", o->target_path, false, err);
	if (r < 0)
		return r;
	job_add(to, "name=%s", name);
	if (names_contents(o->source_path))
		job_add(to, "contents=");
	if (o->owners)
		job_add(to, "owners=");
	if (o->overwrite)
		job_add(to, "overwrite=");
	return new_pipe(&to->stream, &from->stream, err);
}

/* If one side fails, the other finds its pipe closed: that is not the reason. */
static int wait_for_both(struct job *from, struct job *to, struct masu_error *err)
{
	_cleanup_err_ struct masu_error of_source = ERR_INIT;
	int r = image_program_wait(&from->run, NULL, &of_source);

	if (r < 0 && r != -EPIPE)
		return err_move(err, &of_source);
	int q = image_program_wait(&to->run, NULL, err);
	return q < 0 || r == 0 ? q : err_move(err, &of_source);
}

int masu_copy(masu_engine *e, const struct masu_copy_options *options, masu_error *err)
{
	_cleanup_job_ struct job from = JOB_INIT, to = JOB_INIT;
	struct masu_copy_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.source_path || !o.target_path)
		return err_set(err, ERR_INVALID, EINVAL, "missing path");
	r = prepare_copy(&o, &from, &to, err);
	if (r < 0)
		return r;
	r = job_start(&from, e, err);
	if (r < 0)
		return r;
	r = job_start(&to, e, err);
	return r < 0 ? r : wait_for_both(&from, &to, err);
}
