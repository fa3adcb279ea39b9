/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a layer: decompressed, read and written into a directory, all in this process and without
 * the sandbox, so that what leads out of the directory shows: beside it there must be nothing new.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "unpack/inflate.h"
#include "unpack/layer-write.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char outside[] = "/dev/shm/fuzz-layer-XXXXXX";

static void remove_outside(void)
{
	(void)rmdir(outside);
}

struct image_source {
	struct inflate *inflate;
	uint64_t total;
	char buffer[65536];
};

static int next(void *arg, const void **ret, size_t *ret_size, struct masu_error *err)
{
	struct image_source *s = arg;
	ssize_t n = inflate_read(s->inflate, s->buffer, sizeof(s->buffer), err);

	if (n < 0)
		return (int)n;
	s->total += (uint64_t)n;
	if (s->total > 4 << 20)
		return err_set(err, ERR_INVALID, EFBIG, "enough for a test");
	*ret = s->buffer;
	*ret_size = (size_t)n;
	return 0;
}

static void unpack(struct image_source *source, int root)
{
	const struct layer_policy policy = {.n_ids = 65536};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct layer_reader *reader = NULL;
	struct layer_writer writer;
	struct layer_entry entry;

	if (layer_reader_new(next, source, UINT64_MAX, &reader, &err) < 0)
		return;
	int r = layer_writer_init(&writer, root, -1, &policy);
	while (r == 0 && (r = layer_reader_next(reader, &entry, &err)) > 0)
		if (layer_write(&writer, &entry, reader, &err) < 0)
			break;
	if (r == 0)
		(void)layer_reader_finish(reader, &err);
	(void)layer_writer_done(&writer, NULL);
	layer_reader_free(reader);
}

static void check_outside(int fd)
{
	_cleanup_closedir_ DIR *d = fdopendir(dup(fd));

	rewinddir(d);
	for (struct dirent *e; (e = readdir(d));)
		if (!streq(e->d_name, ".") && !streq(e->d_name, "..") && !streq(e->d_name, "in"))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int outer = -1;
	_cleanup_close_ int input = memfd_create("layer", MFD_CLOEXEC);
	static struct image_source source;

	if (outer < 0) {
		if (!mkdtemp(outside) || atexit(remove_outside) != 0)
			abort();
		outer = open(outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)umask(0);
	}
	if (mkdirat(outer, "in", 0700) < 0 || fd_write_full(input, bytes, size) < 0 ||
	    lseek(input, 0, SEEK_SET) != 0)
		abort();
	_cleanup_close_ int root = openat(outer, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	source.total = 0;
	if (inflate_new(LAYER_AUTO, input, &source.inflate, NULL) == 0) {
		unpack(&source, root);
		inflate_free(source.inflate);
	}
	check_outside(outer);
	if (file_remove_tree(outer, "in") < 0)
		abort();
	return 0;
}
