/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cancel IMAGE DIR ROUNDS SEED NAME: each call that works for a while is canceled at random moments. It succeeds, or
 * reports that it was canceled; then the same call succeeds. IMAGE is that of a busybox, DIR the working directory, NAME
 * that of the container that starts and stops.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "check.h"

static masu_engine *e;
static masu_container *running, *stopped;
static const char *image;
static int cancel;
static long delay_ns;

static void *cancel_later(void *unused)
{
	const struct timespec moment = {.tv_sec = delay_ns / 1000000000,
					.tv_nsec = delay_ns % 1000000000};

	(void)unused;
	nanosleep(&moment, NULL);
	eventfd_write(cancel, 1);
	return NULL;
}

/* The calls; those with an effect undo it first, if the last one had it. */

static const struct masu_stop_options at_once = {.size = sizeof(at_once), .timeout_s = -1};
static const struct masu_remove_options force = {.size = sizeof(force), .force = true};

static char *sleeper[] = {(char *)"sleep", (char *)"1000", NULL};

static int create(void)
{
	const struct masu_create_options options = {.size = sizeof(options),
						    .image = image,
						    .command = sleeper,
						    .name = "made",
						    .network = "none",
						    .replace = true};
	masu_container *c = NULL;
	int r = masu_container_create(e, &options, &c, error);

	masu_container_free(c);
	return r;
}

static int start(void)
{
	int r = masu_container_stop(stopped, &at_once, error);

	return r < 0 ? r : masu_container_start(stopped, error);
}

static int init(void)
{
	int r = masu_container_stop(stopped, &at_once, error);

	return r < 0 ? r : masu_container_init(stopped, error);
}

static int restart(void)
{
	return masu_container_restart(stopped, &at_once, error);
}

static int stop(void)
{
	return masu_container_stop(stopped, &at_once, error);
}

static int execute(void)
{
	static char *command[] = {(char *)"true", NULL};
	const struct masu_exec_options options = {.size = sizeof(options), .command = command};
	int status;

	return masu_container_exec(running, &options, &status, error);
}

static int copy_in(void)
{
	const struct masu_copy_options options = {.size = sizeof(options),
						  .source_path = "files",
						  .target = running,
						  .target_path = "/tmp"};

	return masu_copy(e, &options, error);
}

static int copy_out(void)
{
	const struct masu_copy_options options = {.size = sizeof(options),
						  .source = running,
						  .source_path = "/bin/busybox",
						  .target_path = "copied"};

	return masu_copy(e, &options, error);
}

static struct buffer archive;

static int get(void)
{
	const struct masu_archive_get_options options = {
		.size = sizeof(options), .write = take, .userdata = &archive};

	archive.used = archive.taken = 0;
	return masu_container_archive_get(running, "/etc", &options, error);
}

static int put(void)
{
	const struct masu_archive_put_options options = {
		.size = sizeof(options), .read = give, .userdata = &archive, .overwrite = true};

	archive.taken = 0;
	return masu_container_archive_put(running, "/tmp", &options, error);
}

static int list_changes(void)
{
	masu_change_list *list = NULL;
	int r = masu_container_changes(running, &list, error);

	masu_change_list_free(list);
	return r;
}

static int commit(void)
{
	const struct masu_commit_options options = {
		.size = sizeof(options), .name = "committed:1", .quiet = true};

	return masu_container_commit(running, &options, NULL, error);
}

static int pull(void)
{
	const struct masu_pull_options options = {
		.size = sizeof(options), .policy = MASU_PULL_ALWAYS, .quiet = true};

	return masu_image_pull(e, image, &options, NULL, error);
}

static int save(void)
{
	char *images[] = {(char *)image, NULL};
	struct masu_image_save_options options = {.size = sizeof(options), .quiet = true};

	options.fd = open("saved", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = masu_image_save(e, images, &options, error);
	close(options.fd);
	return r;
}

static int load(void)
{
	struct masu_image_load_options options = {.size = sizeof(options), .quiet = true};

	options.fd = open("saved.tar", O_RDONLY | O_CLOEXEC);
	int r = masu_image_load(e, &options, NULL, error);
	close(options.fd);
	return r;
}

static int import(void)
{
	const struct masu_commit_options made = {
		.size = sizeof(made), .name = "imported:1", .quiet = true};
	struct masu_import_options options = {.size = sizeof(options), .image = &made};

	options.fd = open("files.tar", O_RDONLY | O_CLOEXEC);
	int r = masu_image_import(e, &options, NULL, error);
	close(options.fd);
	return r;
}

static int collect(void)
{
	return masu_image_collect(e, error);
}

static int use_disk(void)
{
	char *json = NULL;
	int r = masu_engine_disk_usage(e, &json, error);

	free(json);
	return r;
}

static int check_store(void)
{
	masu_finding_list *list = NULL;
	int r = masu_engine_check(e, NULL, &list, error);

	masu_finding_list_free(list);
	return r;
}

static int examine(void)
{
	masu_finding_list *list = NULL;
	int r = masu_container_doctor(running, &list, error);

	masu_finding_list_free(list);
	return r;
}

static int get_volume(void)
{
	const struct masu_archive_get_options options = {
		.size = sizeof(options), .write = take, .userdata = &archive};

	archive.used = archive.taken = 0;
	return masu_volume_archive_get(e, "v", &options, error);
}

static int prune(void)
{
	masu_volume_list *list = NULL;
	int r = masu_volume_prune(e, NULL, &list, error);

	masu_volume_list_free(list);
	return r;
}

static const struct {
	const char *name;
	int (*call)(void);
} calls[] = {
	{"create", create},
	{"init", init},
	{"start", start},
	{"restart", restart},
	{"stop", stop},
	{"exec", execute},
	{"copy in", copy_in},
	{"copy out", copy_out},
	{"get", get},
	{"put", put},
	{"changes", list_changes},
	{"commit", commit},
	{"pull", pull},
	{"save", save},
	{"load", load},
	{"import", import},
	{"collect", collect},
	{"disk usage", use_disk},
	{"check", check_store},
	{"doctor", examine},
	{"volume get", get_volume},
	{"prune", prune},
};

static long elapsed_ns(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000000000 + now.tv_nsec - since->tv_nsec;
}

static void cancel_at_random(size_t i, int rounds)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	check(calls[i].call() == 0, calls[i].name);
	const long whole = elapsed_ns(&begin);
	int canceled = 0;

	for (int n = 0; n < rounds; n++) {
		pthread_t thread;
		eventfd_t value;

		delay_ns = (long)((double)whole * (double)rand() / RAND_MAX);
		CHECK(pthread_create(&thread, NULL, cancel_later, NULL) == 0);
		int r = calls[i].call();
		pthread_join(thread, NULL);
		eventfd_read(cancel, &value);
		canceled += r < 0;
		if (r < 0)
			check_refusal(r, MASU_ERROR_CANCELED, calls[i].name);
		check(calls[i].call() == 0, calls[i].name);
	}
	printf("%s: %d of %d canceled, of %ld us\n", calls[i].name, canceled, rounds, whole / 1000);
	fflush(stdout);
}

static masu_container *make(const char *name)
{
	const struct masu_create_options options = {.size = sizeof(options),
						    .image = image,
						    .command = sleeper,
						    .name = name,
						    .network = "none"};
	masu_container *c = NULL;

	CHECK(masu_container_create(e, &options, &c, error) == 0);
	return c;
}

static void destroy(masu_container *c)
{
	CHECK(masu_container_remove(c, &force, error) == 0);
	masu_container_free(c);
}

static void remove_made(void)
{
	masu_container *c = NULL;

	CHECK(masu_container_find(e, "made", &c, error) == 0);
	destroy(c);
	CHECK(masu_image_remove(e, "committed:1", NULL, NULL, NULL, error) == 0);
	CHECK(masu_image_remove(e, "imported:1", NULL, NULL, NULL, error) == 0);
	CHECK(masu_image_collect(e, error) == 0);
}

int main(int argc, char **argv)
{
	struct masu_engine_options options = {.size = sizeof(options)};

	if (argc != 6 || chdir(argv[2]) < 0)
		return 2;
	image = argv[1];
	srand((unsigned int)strtoul(argv[4], NULL, 10));
	options.cancel_fd = cancel = eventfd(0, EFD_CLOEXEC);
	CHECK(masu_error_new(&error) == 0);
	CHECK(masu_engine_open(&options, &e, error) == 0);
	running = make("running");
	stopped = make(argv[5]);
	CHECK(masu_container_start(running, error) == 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		cancel_at_random(i, (int)strtol(argv[3], NULL, 10));
	destroy(running);
	destroy(stopped);
	remove_made();
	masu_engine_free(e);
	masu_error_free(error);
	close(cancel);
	return 0;
}
