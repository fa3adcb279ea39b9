/* SPDX-License-Identifier: Apache-2.0 */

/* Starts all containers, as at boot, and copies volume SOURCE into volume TARGET. */

#include <errno.h>
#include <fcntl.h>
#include <masu.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

static void print(void *userdata, masu_container *c, const masu_error *error)
{
	++*(int *)userdata;
	printf("%s %s\n", masu_container_name(c), error ? "failed" : "started");
}

static int copy(masu_engine *e, masu_engine *canceled, char **argv, masu_error *error)
{
	static struct buffer buffer;
	const struct masu_archive_get_options get = {
		.size = sizeof(get), .write = take, .userdata = &buffer};
	const struct masu_archive_put_options put = {
		.size = sizeof(put), .read = give, .userdata = &buffer, .owners = true};
	const struct masu_archive_get_options no_get = {.size = sizeof(no_get)};
	const struct masu_archive_put_options no_put = {.size = sizeof(no_put)};

	if (masu_volume_archive_get(e, argv[1], &no_get, error) != -EINVAL ||
	    masu_volume_archive_put(e, argv[2], &no_put, error) != -EINVAL ||
	    masu_volume_archive_get(e, "nosuch", &get, error) != -ENOENT ||
	    masu_volume_archive_get(canceled, argv[1], &get, error) != -ECANCELED)
		return -EPROTO;
	buffer.used = 0;
	int r = masu_volume_archive_get(e, argv[1], &get, error);
	return r < 0 ? r : masu_volume_archive_put(e, argv[2], &put, error);
}

static int start(masu_engine *e, masu_error *error)
{
	const struct masu_list_options boot = {.size = sizeof(boot), .start_on_boot = MASU_YES};
	const struct masu_list_options running = {.size = sizeof(running),
						  .statuses = 1u << MASU_STATUS_RUNNING};
	int n = 0;
	int r = masu_container_start_all(e, &boot, print, &n, error);

	if (r == 0 && n == 0)
		r = masu_container_start_all(e, &running, print, &n, error);
	if (r == 0 && n == 0)
		r = masu_container_start_all(e, NULL, print, &n, error);
	return r;
}

int main(int argc, char **argv)
{
	masu_engine *e = NULL, *canceled = NULL;
	masu_error *error = NULL;
	const struct masu_engine_options options = {
		.size = sizeof(options), .cancel_fd = open("/dev/null", O_RDONLY | O_CLOEXEC)};
	int r = argc == 3 ? masu_error_new(&error) : -EINVAL;

	if (r == 0)
		r = masu_engine_open(NULL, &e, error);
	if (r == 0)
		r = masu_engine_open(&options, &canceled, error);
	if (r == 0)
		r = start(e, error);
	if (r == 0)
		r = copy(e, canceled, argv, error);
	if (r < 0)
		fprintf(stderr, "%d %s\n", r, error ? masu_error_get_message(error) : "");
	masu_engine_free(canceled);
	masu_engine_free(e);
	masu_error_free(error);
	return r < 0;
}
