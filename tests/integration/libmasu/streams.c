/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An embedder that is connected to a container:
 *   streams exec CONTAINER COMMAND...    as user 12 in /tmp, with A=b
 *   streams attach CONTAINER
 *   streams size CONTAINER               prints the bytes that were written, and all
 * Exits with the status of the process; 125 for an error, which it prints.
 */

#include <masu.h>
#include <stdio.h>
#include <string.h>

static int connect_streams(masu_engine *e, char **argv, int *ret_status, masu_error *error)
{
	masu_container *c = NULL;
	int r = masu_container_find(e, argv[2], &c, error);

	if (r < 0)
		return r;
	if (strcmp(argv[1], "exec") == 0) {
		static char *env[] = {(char *)"A=b", NULL};
		const struct masu_exec_options options = {.size = sizeof(options),
							  .command = argv + 3,
							  .env = env,
							  .user = "12",
							  .workdir = "/tmp",
							  .interactive = true};

		r = masu_container_exec(c, &options, ret_status, error);
	} else if (strcmp(argv[1], "size") == 0) {
		uint64_t written = 0, total = 0;

		r = masu_container_size(c, &written, &total, error);
		printf("%ju %ju\n", (uintmax_t)written, (uintmax_t)total);
		*ret_status = 0;
	} else {
		const struct masu_attach_options options = {.size = sizeof(options)};

		r = masu_container_attach(c, &options, ret_status, error);
	}
	masu_container_free(c);
	return r;
}

int main(int argc, char **argv)
{
	masu_engine *e = NULL;
	masu_error *error = NULL;
	int status = 125;

	if (argc < 3 || masu_error_new(&error) < 0)
		return 125;
	if (masu_engine_open(NULL, &e, error) < 0 || connect_streams(e, argv, &status, error) < 0)
		fprintf(stderr, "%s\n", masu_error_get_message(error));
	masu_engine_free(e);
	masu_error_free(error);
	return status;
}
