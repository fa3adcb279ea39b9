/* SPDX-License-Identifier: Apache-2.0 */

/* Two threads with an engine each: they create, list and remove containers of the directory ROOT side by side. */

#include <masu.h>
#include <pthread.h>
#include <stdio.h>

#define ROUNDS 20

static int round_trip(masu_engine *e, const char *root, masu_error *error)
{
	static char *command[] = {(char *)"true", NULL};
	const struct masu_create_options create = {.size = sizeof(create),
						   .image = root,
						   .rootfs = true,
						   .command = command,
						   .network = "none"};
	const struct masu_list_options all = {.size = sizeof(all), .all = true};
	masu_container_list *list = NULL;
	masu_container *c = NULL;
	int r = masu_container_create(e, &create, &c, error);

	if (r == 0)
		r = masu_container_list_read(e, &all, &list, error);
	if (r == 0)
		r = masu_container_remove(c, NULL, error);
	masu_container_list_free(list);
	masu_container_free(c);
	return r;
}

static void *work(void *root)
{
	masu_engine *e = NULL;
	masu_error *error = NULL;
	int r = masu_error_new(&error);

	if (r == 0)
		r = masu_engine_open(NULL, &e, error);
	for (int i = 0; r == 0 && i < ROUNDS; i++)
		r = round_trip(e, root, error);
	if (r < 0 && error)
		fprintf(stderr, "%s\n", masu_error_get_message(error));
	masu_engine_free(e);
	masu_error_free(error);
	return r < 0 ? root : NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	void *failed[2] = {argv, argv};

	if (argc != 2)
		return 2;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, work, argv[1]) != 0)
			return 1;
	for (int i = 0; i < 2; i++)
		if (pthread_join(threads[i], &failed[i]) != 0)
			return 1;
	return failed[0] || failed[1];
}
