/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of an archive of docker, beside two files that it may name. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/strv.h"
#include "image/layout.h"
#include "transfer/archive-docker.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_file(int dirfd, const char *name, const void *bytes, size_t size)
{
	if (file_write_atomic(dirfd, name, bytes, size, 0600, (enum file_write_flags)0) < 0)
		abort();
}

static int open_dir(int dirfd, const char *name)
{
	(void)mkdirat(dirfd, name, 0700);
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		abort();
	return fd;
}

static char *name_directory(char path[64])
{
	(void)snprintf(path, 64, "/tmp/fuzz-docker-archive-%d", (int)getpid());
	return path;
}

static void remove_directory(void)
{
	char path[64];

	(void)file_remove_tree(AT_FDCWD, name_directory(path));
}

/* The directory of this process, with the files of the archive. */
static int prepare(char path[64])
{
	static int files = -1;

	(void)name_directory(path);
	if (files >= 0)
		return files;
	files = open_dir(AT_FDCWD, path);
	(void)atexit(remove_directory);
	_cleanup_close_ int from = open_dir(files, "files");
	write_file(from, "c", "{}", 2);
	write_file(from, "l", "layer", 5);
	return files;
}

/* The result is a layout for the pull, with bytes of the two files alone. */
static void check(const char *to)
{
	_cleanup_layout_ struct layout layout = LAYOUT_INIT;
	_cleanup_image_index_ struct image_index index = {0};

	if (layout_open(to, false, &layout, NULL) < 0)
		abort();
	if (layout_read_index(&layout, &index, NULL) < 0)
		return; /* too many names */
	for (size_t i = 0; i < index.n_manifests; i++) {
		_cleanup_image_manifest_ struct image_manifest m = {0};
		const struct image_descriptor *d = &index.manifests[i];

		if (layout_read_manifest(&layout, &d->digest, d->size, &m, NULL) < 0)
			continue; /* more layers than an image may have */
		if (m.config.size > 5)
			abort();
		for (size_t k = 0; k < m.n_layers; k++)
			if (m.layers[k].size > 5)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[64], to_path[80];
	int top = prepare(path);
	_cleanup_close_ int from = open_dir(top, "files"), to = open_dir(top, "to");
	_cleanup_strv_ char **stated = NULL;

	(void)snprintf(to_path, sizeof(to_path), "%s/to", path);
	write_file(from, "manifest.json", bytes, size);
	if (archive_convert_docker_all(from, to, NULL) == 0)
		check(to_path);
	(void)file_remove_tree(top, "to");
	fd_close(&to);
	to = open_dir(top, "to");
	(void)archive_convert_docker(from, to, NULL, &stated, NULL);
	(void)file_remove_tree(top, "to");
	return 0;
}
