/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Deploys a web server with libmasu: pulls an image, starts a container with limits and a published port, shows its
 * status and its limits, requests a page from it, shows its log, and removes the container.
 *
 *	cc deploy.c $(pkg-config --cflags --libs masu) -o deploy
 *	./deploy docker.io/library/nginx:alpine 8080 80
 */

#include <arpa/inet.h>
#include <masu.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const masu_error *error)
{
	const char *hint = masu_error_get_hint(error);

	fprintf(stderr, "deploy: %s\n", masu_error_get_message(error));
	if (hint)
		fprintf(stderr, "        %s\n", hint);
	return -1;
}

static void show_notice(void *userdata, const char *text, bool repeated)
{
	(void)userdata;
	if (!repeated)
		fprintf(stderr, "deploy: %s\n", text);
}

static void show_progress(void *userdata, const struct masu_progress *p)
{
	(void)userdata;
	if (p->phase == MASU_PHASE_DONE || p->phase == MASU_PHASE_EXISTS)
		printf("layer %.12s: %s\n", p->digest,
		       p->phase == MASU_PHASE_DONE ? "pulled" : "already here");
}

static int show_output(void *userdata, enum masu_stream stream, const void *bytes, size_t size)
{
	(void)userdata;
	fwrite(bytes, 1, size, stream == MASU_STDERR ? stderr : stdout);
	return 0;
}

/* Creates and starts the container. Extra arguments are its command. */
static int deploy(masu_engine *engine, char **argv, masu_container **ret, masu_error *error)
{
	const struct masu_port port = {.size = sizeof(port),
				       .host_ip = "127.0.0.1",
				       .host_port = (uint16_t)atoi(argv[2]),
				       .container_port = (uint16_t)atoi(argv[3])};
	const struct masu_port *ports[] = {&port, NULL};
	const struct masu_create_options options = {.size = sizeof(options),
						    .image = argv[1],
						    .command = argv + 4,
						    .name = "deployed",
						    .replace = true,
						    .ports = port.container_port ? ports : NULL,
						    .network = port.container_port ? NULL : "none",
						    .memory = 128 << 20,
						    .nano_cpus = 500000000,
						    .progress = show_progress};

	if (masu_container_create(engine, &options, ret, error) < 0)
		return -1;
	return masu_container_start(*ret, error);
}

static int show_status(masu_container *c, masu_error *error)
{
	struct masu_port port = {.size = sizeof(port)};

	if (masu_container_refresh(c, error) < 0)
		return -1;
	printf("%s (%.12s) is %s, process %d\n", masu_container_name(c), masu_container_id(c),
	       masu_status_name(masu_container_status(c)), masu_container_pid(c));
	for (size_t i = 0; masu_container_port(c, i, &port) == 0; i++)
		printf("port %u of the container is http://%s:%u\n", port.container_port,
		       port.host_ip, port.host_port);
	return 0;
}

/* The limits are a part of the document that `masu inspect` prints. */
static int show_limits(masu_container *c, masu_error *error)
{
	char *json;

	if (masu_container_inspect(c, &json, error) < 0)
		return -1;
	const char *memory = strstr(json, "\"Memory\":");
	const char *cpus = strstr(json, "\"NanoCpus\":");
	printf("limits: %.*s %.*s\n", memory ? (int)strcspn(memory, ",") : 0, memory,
	       cpus ? (int)strcspn(cpus, ",") : 0, cpus);
	free(json);
	return 0;
}

/* Requests "/" and prints the answer. 1, or 0 without an answer: the server does not listen yet. */
static int request_page(uint16_t port)
{
	static const char request[] = "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n";
	const struct sockaddr_in at = {.sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int answered = 0;
	char bytes[4096];
	ssize_t n;

	if (fd < 0)
		return 0;
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0)
		while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
			fwrite(bytes, 1, (size_t)n, stdout);
			answered = 1;
		}
	close(fd);
	return answered;
}

/* The port is published before the server in the container listens: this is tried for half a minute. */
static int show_page(masu_container *c)
{
	struct masu_port port = {.size = sizeof(port)};

	if (masu_container_port(c, 0, &port) < 0)
		return 0; /* it has none */
	for (int i = 0; i < 300; i++) {
		if (request_page(port.host_port))
			return 0;
		(void)poll(NULL, 0, 100);
	}
	fprintf(stderr, "deploy: no answer from port %u\n", port.host_port);
	return -1;
}

static int show_log(masu_container *c, masu_error *error)
{
	const struct masu_logs_options options = {
		.size = sizeof(options), .output = show_output, .tail = 10};

	return masu_container_logs(c, &options, error);
}

static int show(masu_container *c, masu_error *error)
{
	if (show_status(c, error) < 0 || show_limits(c, error) < 0)
		return fail(error);
	if (show_page(c) < 0)
		return -1;
	printf("Press Enter to stop and remove it.\n");
	fflush(stdout);
	(void)getchar();
	if (show_log(c, error) < 0 || masu_container_stop(c, NULL, error) < 0)
		return fail(error);
	return 0;
}

static int run(masu_engine *engine, char **argv, masu_error *error)
{
	const struct masu_remove_options remove = {
		.size = sizeof(remove), .force = true, .volumes = true};
	masu_container *c = NULL;
	int r = deploy(engine, argv, &c, error);

	r = r < 0 ? fail(error) : show(c, error);
	if (c && masu_container_remove(c, &remove, error) < 0)
		r = fail(error);
	masu_container_free(c);
	return r;
}

int main(int argc, char **argv)
{
	const struct masu_engine_options options = {.size = sizeof(options), .notice = show_notice};
	masu_engine *engine = NULL;
	masu_error *error;
	int r;

	if (argc < 4) {
		fprintf(stderr, "usage: deploy IMAGE HOST-PORT PORT [COMMAND...]\n");
		return 2;
	}
	if (masu_error_new(&error) < 0)
		return 1;
	r = masu_engine_open(&options, &engine, error);
	r = r < 0 ? fail(error) : run(engine, argv, error);
	masu_engine_free(engine);
	masu_error_free(error);
	return r < 0;
}
