/* SPDX-License-Identifier: Apache-2.0 */

/* Files of the container NAME: an archive of PATH is taken, unpacked below TARGET and examined there. */

#include <errno.h>
#include <fcntl.h>
#include <masu.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

static int refuse(void *userdata, const void *bytes, size_t size)
{
	(void)userdata;
	(void)bytes;
	(void)size;
	return -ENOTBLK;
}

static ssize_t fail(void *userdata, void *buffer, size_t size)
{
	(void)userdata;
	(void)buffer;
	(void)size;
	return -ENOTBLK;
}

/* The errors of the caller's functions come back, and a caller that cancels is heard. */
static int check_ends(masu_container *c, masu_engine *canceled, const char *name, masu_error *error)
{
	const struct masu_archive_get_options get = {.size = sizeof(get), .write = refuse};
	const struct masu_archive_put_options put = {.size = sizeof(put), .read = fail};
	const struct masu_archive_get_options none = {.size = sizeof(none)};
	struct masu_path_stat stat = {.size = sizeof(stat)};
	masu_container *other = NULL;
	int r = masu_container_find(canceled, name, &other, error);

	if (r < 0)
		return r;
	if (masu_container_archive_get(c, "/", &get, error) != -ENOTBLK ||
	    masu_container_archive_put(c, "/", &put, error) != -ENOTBLK ||
	    masu_container_archive_get(c, "/", &none, error) != -EINVAL ||
	    masu_container_archive_stat(c, "/no/such", &stat, error) != -ENOENT ||
	    masu_error_get_kind(error) != MASU_ERROR_NOT_FOUND ||
	    masu_container_archive_stat(other, "/", &stat, error) != -ECANCELED)
		r = -EPROTO;
	masu_container_free(other);
	return r;
}

/* Prints the kind of the change at `path`; without one nothing. */
static int print_change(masu_container *c, const char *path, masu_error *error)
{
	masu_change_list *list = NULL;
	int r = masu_container_changes(c, &list, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < masu_change_list_count(list); i++) {
		const masu_change *change = masu_change_list_get(list, i);

		if (strcmp(masu_change_path(change), path) == 0)
			printf("change %d\n", (int)masu_change_kind(change));
	}
	if (masu_change_list_get(list, masu_change_list_count(list)))
		r = -EPROTO;
	masu_change_list_free(list);
	return r;
}

static int work(masu_engine *e, masu_engine *canceled, char **argv, masu_error *error)
{
	static struct buffer buffer;
	const struct masu_archive_get_options get = {
		.size = sizeof(get), .write = take, .userdata = &buffer};
	const struct masu_archive_put_options put = {
		.size = sizeof(put), .read = give, .userdata = &buffer};
	struct masu_path_stat stat = {.size = sizeof(stat)};
	masu_container *c = NULL;
	char path[256];
	int r = masu_container_find(e, argv[1], &c, error);

	if (r == 0)
		r = masu_container_archive_get(c, argv[2], &get, error);
	if (r == 0)
		r = masu_container_archive_put(c, argv[3], &put, error);
	(void)snprintf(path, sizeof(path), "%s/%s", argv[3], strrchr(argv[2], '/') + 1);
	if (r == 0)
		r = masu_container_archive_stat(c, path, &stat, error);
	if (r == 0)
		r = check_ends(c, canceled, argv[1], error);
	if (r == 0)
		printf("%s %o %llu %lld %s\n", stat.name, (unsigned int)stat.mode,
		       (unsigned long long)stat.bytes, (long long)stat.modified, stat.link_target);
	if (r == 0)
		r = print_change(c, path, error);
	masu_container_free(c);
	return r;
}

int main(int argc, char **argv)
{
	masu_engine *e = NULL, *canceled = NULL;
	masu_error *error = NULL;
	const struct masu_engine_options options = {
		.size = sizeof(options), .cancel_fd = open("/dev/null", O_RDONLY | O_CLOEXEC)};
	int r = argc == 4 ? masu_error_new(&error) : -EINVAL;

	if (r == 0)
		r = masu_engine_open(NULL, &e, error);
	if (r == 0)
		r = masu_engine_open(&options, &canceled, error);
	if (r == 0)
		r = work(e, canceled, argv, error);
	if (r < 0)
		fprintf(stderr, "%d %s\n", r, error ? masu_error_get_message(error) : "usage");
	masu_engine_free(canceled);
	masu_engine_free(e);
	masu_error_free(error);
	close(options.cancel_fd);
	return r < 0;
}
