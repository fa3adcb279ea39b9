/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Tests of the promises to an embedder, with containers of the directory ROOT:
 *
 *	embedder cancel ROOT	cancel_fd ends each call that waits
 *	embedder sizes ROOT	option structs of older and newer programs
 *	embedder process ROOT	the library changes nothing of the process
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <masu.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void check(int good, const char *name, const masu_error *error)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", name, masu_error_get_message(error));
	exit(1);
}

static masu_engine *open_engine(int cancel_fd, masu_error *error)
{
	const struct masu_engine_options options = {.size = sizeof(options),
						    .cancel_fd = cancel_fd};
	masu_engine *e = NULL;

	check(masu_engine_open(&options, &e, error) == 0, "open", error);
	return e;
}

static masu_container *create(masu_engine *e, const char *root, masu_error *error)
{
	static char *command[] = {(char *)"sh", (char *)"-c",
				  (char *)"trap '' TERM; while :; do sleep 1; done", NULL};
	static char *test[] = {(char *)"CMD", (char *)"sleep", (char *)"1000", NULL};
	const struct masu_health_options health = {.size = sizeof(health),
						   .test = test,
						   .interval = -1,
						   .timeout = INT64_C(1000000000000)};
	const struct masu_create_options options = {.size = sizeof(options),
						    .image = root,
						    .rootfs = true,
						    .command = command,
						    .network = "none",
						    .stop_timeout_s = 1000,
						    .health = &health};
	masu_container *c = NULL;

	check(masu_container_create(e, &options, &c, error) == 0, "create", error);
	return c;
}

static void destroy(masu_container *c, masu_error *error)
{
	const struct masu_remove_options force = {.size = sizeof(force), .force = true};

	check(masu_container_remove(c, &force, error) == 0, "remove", error);
	masu_container_free(c);
}

/* Cancellation */

struct subject {
	masu_engine *e;
	masu_container *running, *created;
	masu_error *error;
	int registry;	       /* accepts connections and never answers */
	int empty[2], full[2]; /* pipes that are not written to and not read from any more */
};

static void address(struct subject *s, char text[64])
{
	struct sockaddr_in at = {0};
	socklen_t size = sizeof(at);

	check(getsockname(s->registry, (struct sockaddr *)&at, &size) == 0, "port", s->error);
	snprintf(text, 64, "127.0.0.1:%u", ntohs(at.sin_port));
}

static int do_pull(struct subject *s)
{
	const struct masu_pull_options options = {
		.size = sizeof(options), .policy = MASU_PULL_ALWAYS, .tls = MASU_TLS_INSECURE};
	char registry[64], name[80];

	address(s, registry);
	snprintf(name, sizeof(name), "%s/image:latest", registry);
	return masu_image_pull(s->e, name, &options, NULL, s->error);
}

static int do_create(struct subject *s)
{
	char registry[64], name[80];
	const struct masu_create_options options = {.size = sizeof(options), .image = name};
	masu_container *c;

	address(s, registry);
	snprintf(name, sizeof(name), "%s/image:latest", registry);
	return masu_container_create(s->e, &options, &c, s->error);
}

static int do_login(struct subject *s)
{
	const struct masu_login_options options = {.size = sizeof(options),
						   .user = "me",
						   .password = "secret",
						   .authfile = "/nosuch/auth.json",
						   .tls = MASU_TLS_INSECURE};
	char registry[64];

	address(s, registry);
	return masu_registry_login(s->e, registry, &options, s->error);
}

static int do_load(struct subject *s)
{
	const struct masu_image_load_options options = {
		.size = sizeof(options), .fd = s->empty[0], .quiet = true};

	return masu_image_load(s->e, &options, NULL, s->error);
}

static int do_import(struct subject *s)
{
	const struct masu_import_options options = {.size = sizeof(options), .fd = s->empty[0]};

	return masu_image_import(s->e, &options, NULL, s->error);
}

static int do_save(struct subject *s)
{
	static char *images[] = {(char *)"localhost/hello", NULL};
	const struct masu_image_save_options options = {
		.size = sizeof(options), .fd = s->full[1], .quiet = true};

	return masu_image_save(s->e, images, &options, s->error);
}

static int do_check(struct subject *s)
{
	int code;

	return masu_container_health_check(s->running, &code, s->error);
}

static int do_restart(struct subject *s)
{
	return masu_container_restart(s->running, NULL, s->error);
}

static int do_wait(struct subject *s)
{
	int code;

	return masu_container_wait(s->running, 0, &code, s->error);
}

static int take(void *userdata, enum masu_stream stream, const void *bytes, size_t size)
{
	(void)userdata, (void)stream, (void)bytes, (void)size;
	return 0;
}

static int do_logs(struct subject *s)
{
	const struct masu_logs_options options = {
		.size = sizeof(options), .output = take, .follow = true};

	return masu_container_logs(s->running, &options, s->error);
}

static int do_exec(struct subject *s)
{
	static char *command[] = {(char *)"sleep", (char *)"1000", NULL};
	const struct masu_exec_options options = {.size = sizeof(options), .command = command};
	int status;

	return masu_container_exec(s->running, &options, &status, s->error);
}

static int do_attach(struct subject *s)
{
	int status;

	return masu_container_attach(s->running, NULL, &status, s->error);
}

static int do_run(struct subject *s)
{
	int status;

	return masu_container_run(s->created, NULL, &status, s->error);
}

static int do_stop(struct subject *s)
{
	return masu_container_stop(s->running, NULL, s->error);
}

static int do_events(struct subject *s)
{
	const struct masu_events_options options = {
		.size = sizeof(options), .since = -1, .follow = true};
	struct masu_event event = {.size = sizeof(event)};
	masu_events *events = NULL;
	int r = masu_events_new(s->e, &options, &events, s->error);

	/* Those of this test's own calls come first. */
	while (r == 0 && (r = masu_events_next(events, -1, &event, s->error)) > 0)
		r = 0;
	masu_events_free(events);
	return r;
}

/* The result is the same whether the call waits by then or begins later. */
static void *cancel_later(void *fd)
{
	const struct timespec moment = {.tv_nsec = 50000000};

	nanosleep(&moment, NULL);
	eventfd_write(*(int *)fd, 1);
	return NULL;
}

static void test_cancel(const char *root, masu_error *error)
{
	static const struct {
		const char *name;
		int (*call)(struct subject *s);
	} calls[] = {{"pull", do_pull},	      {"create", do_create}, {"login", do_login},
		     {"load", do_load},	      {"import", do_import}, {"save", do_save},
		     {"wait", do_wait},	      {"logs", do_logs},     {"exec", do_exec},
		     {"check", do_check},     {"attach", do_attach}, {"run", do_run},
		     {"restart", do_restart}, {"stop", do_stop},     {"events", do_events}};
	const struct sockaddr_in any = {.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int cancel = eventfd(0, EFD_CLOEXEC);
	struct subject s = {.e = open_engine(cancel, error), .error = error};

	check(masu_image_pull(s.e, "hello", NULL, NULL, error) == 0, "hello", error);
	check(pipe2(s.empty, O_CLOEXEC) == 0 && pipe2(s.full, O_CLOEXEC | O_NONBLOCK) == 0, "pipes",
	      error);
	while (write(s.full[1], "", 1) == 1)
		continue;
	check(fcntl(s.full[1], F_SETFL, 0) == 0, "a full pipe", error);
	s.running = create(s.e, root, error);
	s.created = create(s.e, root, error);
	check(masu_container_start(s.running, error) == 0, "start", error);
	s.registry = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(bind(s.registry, (const struct sockaddr *)&any, sizeof(any)) == 0 &&
		      listen(s.registry, 8) == 0,
	      "registry", error);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		pthread_t thread;
		eventfd_t value;

		check(pthread_create(&thread, NULL, cancel_later, &cancel) == 0, "thread", error);
		int r = calls[i].call(&s);
		pthread_join(thread, NULL);
		check(r < 0 && masu_error_get_kind(error) == MASU_ERROR_CANCELED, calls[i].name,
		      error);
		eventfd_read(cancel, &value);
		printf("%s\n", calls[i].name);
	}
	check(masu_container_refresh(s.created, error) == 0 &&
		      masu_container_status(s.created) != MASU_STATUS_RUNNING,
	      "the container of a canceled run", error);
	destroy(s.running, error);
	destroy(s.created, error);
	masu_engine_free(s.e);
	close(s.registry);
	close(cancel);
}

/* Sizes */

static void test_sizes(masu_error *error)
{
	masu_engine *e = open_engine(-1, error);
	masu_container_list *list = NULL;
	struct {
		struct masu_list_options options;
		char later[32]; /* members of a newer library */
	} newer = {.options.size = sizeof(newer)};
	struct masu_list_options older = {.size = sizeof(size_t), .image = (const char *)1};
	struct {
		struct masu_event event;
		char later[32];
	} returned;
	masu_events *events = NULL;

	check(masu_container_list_read(e, &newer.options, &list, error) == 0, "newer", error);
	masu_container_list_free(list);
	newer.later[31] = 1;
	check(masu_container_list_read(e, &newer.options, &list, error) < 0 &&
		      masu_error_get_kind(error) == MASU_ERROR_UNSUPPORTED,
	      "an option of a newer library", error);
	check(masu_container_list_read(e, &older, &list, error) == 0, "older", error);
	masu_container_list_free(list);
	older.size = 0;
	check(masu_container_list_read(e, &older, &list, error) < 0 &&
		      masu_error_get_kind(error) == MASU_ERROR_INVALID,
	      "no size", error);

	/* A returned struct gets what fits, and zeros behind that. */
	check(masu_volume_create(e, "sized", NULL, NULL, error) == 0, "volume", error);
	check(masu_events_new(e, NULL, &events, error) == 0, "events", error);
	memset(&returned, 'x', sizeof(returned));
	returned.event.size = sizeof(returned);
	check(masu_events_next(events, 0, &returned.event, error) == 1 &&
		      returned.event.size == sizeof(returned) && returned.later[31] == 0 &&
		      strcmp(returned.event.name, "sized") == 0,
	      "a larger struct is returned", error);
	masu_events_free(events);
	check(masu_events_new(e, NULL, &events, error) == 0, "events", error);
	memset(&returned, 'x', sizeof(returned));
	returned.event.size = offsetof(struct masu_event, action);
	check(masu_events_next(events, 0, &returned.event, error) == 1 &&
		      returned.event.type == MASU_EVENT_VOLUME &&
		      memcmp(&returned.event.action, "xxxx", 4) == 0,
	      "a smaller struct is returned", error);
	masu_events_free(events);
	masu_engine_free(e);
}

/* The process */

struct facts {
	char text[1 << 16];
};

static void add(struct facts *f, const char *text)
{
	const size_t used = strlen(f->text);

	(void)snprintf(f->text + used, sizeof(f->text) - used, "%s\n", text);
}

static void add_descriptors(struct facts *f)
{
	DIR *d = opendir("/proc/self/fd");

	for (struct dirent *entry; (entry = readdir(d));) {
		char path[300], target[1000] = "", text[1400];

		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] == '.' || fd == dirfd(d))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0)
			target[0] = '\0';
		snprintf(text, sizeof(text), "fd %s %s %d %d", entry->d_name, target,
			 fcntl(fd, F_GETFD), fcntl(fd, F_GETFL));
		add(f, text);
	}
	closedir(d);
}

static void add_signals(struct facts *f)
{
	char line[300];
	FILE *status = fopen("/proc/self/status", "re");

	while (fgets(line, sizeof(line), status))
		if ((strncmp(line, "Sig", 3) == 0 && strncmp(line, "SigQ", 4) != 0) ||
		    strncmp(line, "Threads", 7) == 0 || strncmp(line, "NoNewPrivs", 10) == 0 ||
		    strncmp(line, "Cap", 3) == 0 || strncmp(line, "Uid", 3) == 0 ||
		    strncmp(line, "Groups", 6) == 0)
			add(f, line);
	fclose(status);
}

static void gather(struct facts *f)
{
	char cwd[4096], mask[32];
	mode_t mode = umask(0);

	umask(mode);
	f->text[0] = '\0';
	snprintf(mask, sizeof(mask), "umask %03o", mode);
	add(f, mask);
	add(f, getcwd(cwd, sizeof(cwd)));
	for (char **variable = environ; *variable; variable++)
		add(f, *variable);
	add_signals(f);
	add_descriptors(f);
}

static void test_process(const char *root, masu_error *error)
{
	static struct facts before, after;
	static char *command[] = {(char *)"true", NULL};
	const struct masu_exec_options exec = {.size = sizeof(exec), .command = command};
	const struct masu_stop_options at_once = {.size = sizeof(at_once), .timeout_s = -1};
	struct masu_event event = {.size = sizeof(event)};
	masu_events *events = NULL;
	char *json = NULL;
	sigset_t blocked;
	int status = -1;

	/* Not the defaults. */
	umask(0077);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	gather(&before);
	masu_engine *e = open_engine(-1, error);
	masu_container *c = create(e, root, error);
	check(masu_events_new(e, NULL, &events, error) == 0, "events", error);
	check(masu_container_start(c, error) == 0, "start", error);
	check(masu_container_exec(c, &exec, &status, error) == 0 && status == 0, "exec", error);
	check(masu_container_inspect(c, &json, error) == 0, "inspect", error);
	check(masu_events_next(events, 0, &event, error) == 1, "event", error);
	check(masu_container_stop(c, &at_once, error) == 0, "stop", error);
	destroy(c, error);
	masu_events_free(events);
	masu_engine_free(e);
	free(json);
	gather(&after);
	if (strcmp(before.text, after.text) == 0)
		return;
	fprintf(stderr, "before:\n%safter:\n%s", before.text, after.text);
	exit(1);
}

int main(int argc, char **argv)
{
	masu_error *error;

	if (argc != 3 || masu_error_new(&error) < 0)
		return 2;
	alarm(120); /* a call that does not end */
	if (strcmp(argv[1], "cancel") == 0)
		test_cancel(argv[2], error);
	else if (strcmp(argv[1], "sizes") == 0)
		test_sizes(error);
	else
		test_process(argv[2], error);
	masu_error_free(error);
	return 0;
}
