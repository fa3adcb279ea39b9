/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/archive-sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"

#define MODE 0644

int archive_sink_init(struct archive_sink *s, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return tar_writer_init(&s->tar, fd);
	s->dir = fd;
	return 0;
}

void archive_sink_done(struct archive_sink *s)
{
	tar_writer_done(&s->tar);
	fd_close(&s->file);
}

int archive_sink_dir(struct archive_sink *s, const char *name)
{
	const struct stat st = {.st_mode = S_IFDIR | 0755};

	if (s->dir < 0)
		return tar_header(&s->tar, &(struct tar_entry){.name = name, .st = &st});
	_cleanup_close_ int fd = path_mkdir_in(s->dir, name, 0755);
	return MIN(fd, 0);
}

/* The directory was empty, so nothing is replaced. */
static int create(struct archive_sink *s, const char *name)
{
	s->file = path_open_in(s->dir, name, O_WRONLY | O_CREAT | O_EXCL, MODE,
			       PATH_BENEATH | PATH_NO_SYMLINKS);
	return MIN(s->file, 0);
}

int archive_sink_begin(struct archive_sink *s, const char *name, uint64_t size)
{
	const struct stat st = {.st_mode = S_IFREG | MODE, .st_size = (off_t)size};

	s->size = size;
	return s->dir >= 0 ? create(s, name)
			   : tar_header(&s->tar, &(struct tar_entry){.name = name, .st = &st});
}

int archive_sink_data(struct archive_sink *s, const void *bytes, size_t size)
{
	return s->dir >= 0 ? fd_write_full(s->file, bytes, size) : tar_data(&s->tar, bytes, size);
}

int archive_sink_end(struct archive_sink *s)
{
	if (s->dir < 0)
		return tar_pad(&s->tar, s->size);
	int r = fdatasync(s->file) < 0 ? -errno : 0;
	fd_close(&s->file);
	return r;
}

int archive_sink_text(struct archive_sink *s, const char *name, const char *text)
{
	size_t size = strlen(text);
	int r = archive_sink_begin(s, name, size);

	if (r == 0)
		r = archive_sink_data(s, text, size);
	return r < 0 ? r : archive_sink_end(s);
}

int archive_sink_finish(struct archive_sink *s)
{
	return s->dir >= 0 ? 0 : tar_finish(&s->tar);
}
