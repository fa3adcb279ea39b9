/* SPDX-License-Identifier: Apache-2.0 */

/*
 * waits IMAGE DIR: cancel_fd ends also the waits for a lock that another process holds, and for a program that does not
 * end. IMAGE is that of a busybox. PATH has a ps and a docker-credential-stuck that never end, and DIR the authfile.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static masu_engine *e;
static masu_container *c;
static const char *dir;
static int cancel;

/* The result is the same whether the call waits by then or begins later. */
static void *cancel_later(void *unused)
{
	const struct timespec moment = {.tv_nsec = 20000000};

	(void)unused;
	nanosleep(&moment, NULL);
	eventfd_write(cancel, 1);
	return NULL;
}

static int tag(void)
{
	return masu_image_tag(e, "localhost/hello", "other:1", error);
}

static int untag(void)
{
	return masu_image_remove(e, "localhost/hello", NULL, NULL, NULL, error);
}

static int create(void)
{
	const struct masu_create_options options = {
		.size = sizeof(options), .image = "localhost/hello", .network = "none"};
	masu_container *made = NULL;

	return masu_container_create(e, &options, &made, error);
}

static int keep_secret(void)
{
	const struct masu_secret_create_options options = {
		.size = sizeof(options), .bytes = "text", .n_bytes = 4, .replace = true};

	return masu_secret_create(e, "s", &options, NULL, error);
}

static int remove_secret(void)
{
	return masu_secret_remove(e, "s", error);
}

static int make_volume(void)
{
	return masu_volume_create(e, "v", NULL, NULL, error);
}

static int remove_volume(void)
{
	return masu_volume_remove(e, "kept", false, error);
}

static int prune_volumes(void)
{
	masu_volume_list *list = NULL;

	return masu_volume_prune(e, NULL, &list, error);
}

static int update(void)
{
	const struct masu_update_options options = {.size = sizeof(options),
						    .restart = MASU_RESTART_ALWAYS};

	return masu_container_update(c, &options, error);
}

static int change_name(void)
{
	return masu_container_rename(c, "other", error);
}

static int stop(void)
{
	return masu_container_stop(c, NULL, error);
}

static int kill_it(void)
{
	return masu_container_kill(c, 9, error);
}

static int top(void)
{
	char *columns[] = {(char *)"-o", (char *)"pid", NULL}, *json = NULL;

	return masu_container_top(c, columns, &json, error);
}

static int log_out(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/auth/auth.json", dir);
	return masu_registry_logout(e, "localhost", path, error);
}

static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
	return fd;
}

/* Each call waits for this file, or for a program. */
static const struct {
	const char *name, *file;
	int (*call)(void);
} calls[] = {
	{"tag", "data/images/ingest/lock", tag},
	{"untag", "data/images/lock", untag},
	{"create", "data/images/lock", create},
	{"secret create", "data/secrets/.lock", keep_secret},
	{"secret rm", "data/secrets/.lock", remove_secret},
	{"volume create", "data/volumes", make_volume},
	{"volume rm", "data/volumes", remove_volume},
	{"volume prune", "data/volumes", prune_volumes},
	{"update", "data/containers/%s/record.lock", update},
	{"rename", "data/containers/%s/record.lock", change_name},
	{"stop", "data/containers/%s/restarting", stop},
	{"kill", "data/containers/%s/restarting", kill_it},
	{"logout", "auth", log_out},
	{"credential helper", NULL, log_out},
	{"ps", NULL, top},
};

static void cancel_each(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		char path[4096], file[256];
		pthread_t thread;
		eventfd_t value;
		int held = -1;

		if (calls[i].file) {
			snprintf(file, sizeof(file), calls[i].file, masu_container_id(c));
			snprintf(path, sizeof(path), "%s/%s", dir, file);
			held = lock(path);
		}
		CHECK(pthread_create(&thread, NULL, cancel_later, NULL) == 0);
		int r = calls[i].call();
		pthread_join(thread, NULL);
		printf("%s\n", calls[i].name);
		fflush(stdout);
		check_refusal(r, MASU_ERROR_CANCELED, calls[i].name);
		eventfd_read(cancel, &value);
		if (held >= 0)
			close(held);
	}
}

int main(int argc, char **argv)
{
	static char *command[] = {(char *)"sleep", (char *)"1000", NULL};
	struct masu_engine_options options = {.size = sizeof(options)};
	const struct masu_remove_options force = {.size = sizeof(force), .force = true};

	if (argc != 3)
		return 2;
	const struct masu_create_options sleeper = {
		.size = sizeof(sleeper), .image = argv[1], .command = command, .network = "none"};
	dir = argv[2];
	options.cancel_fd = cancel = eventfd(0, EFD_CLOEXEC);
	CHECK(masu_error_new(&error) == 0);
	CHECK(masu_engine_open(&options, &e, error) == 0);
	CHECK(masu_image_pull(e, "hello", NULL, NULL, error) == 0);
	CHECK(keep_secret() == 0);
	CHECK(masu_volume_create(e, "kept", NULL, NULL, error) == 0);
	CHECK(masu_container_create(e, &sleeper, &c, error) == 0);
	CHECK(masu_container_start(c, error) == 0);
	cancel_each();
	/* It runs on, under its name, and each of the objects is there. */
	CHECK(masu_container_refresh(c, error) == 0);
	CHECK(masu_container_status(c) == MASU_STATUS_RUNNING);
	CHECK(tag() == 0 && untag() == 0 && remove_secret() == 0 && remove_volume() == 0);
	CHECK(masu_container_remove(c, &force, error) == 0);
	masu_container_free(c);
	masu_engine_free(e);
	masu_error_free(error);
	close(cancel);
	return 0;
}
