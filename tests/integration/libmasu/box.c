/* SPDX-License-Identifier: Apache-2.0 */

/* A box, with HOME for what it exports: box IMAGE NAME. */

#include <stdlib.h>
#include <string.h>

#include "check.h"

/* A program of the box, on the host and away again. */
static void export_program(masu_container *box)
{
	struct masu_box_export_options program = {.size = sizeof(program), .bin = "/bin/sh"};
	char *path = NULL, *list = NULL;

	REFUSES(masu_box_export(box, NULL, &path, error), MASU_ERROR_INVALID);
	CHECK(masu_box_export(box, &program, &path, error) == 0);
	CHECK(masu_box_exports(box, &list, error) == 0 && strstr(list, path));
	free(list);
	free(path);
	program.remove = true;
	CHECK(masu_box_export(box, &program, &path, error) == 0);
	free(path);
	REFUSES(masu_box_export(box, &program, &path, error), MASU_ERROR_NOT_FOUND);
	CHECK(masu_box_exports(box, &list, error) == 0 && strcmp(list, "[]") == 0);
	free(list);
}

/* This process is not in a box: no host listens. */
static void no_host(char *const *command)
{
	const struct masu_host_exec_options options = {.size = sizeof(options), .command = command};
	int status = -1;

	REFUSES(masu_box_host_exec(NULL, &status, error), MASU_ERROR_INVALID);
	CHECK(setenv("XDG_RUNTIME_DIR", "/no/such/directory", 1) == 0);
	CHECK(masu_box_host_exec(&options, &status, error) == 0 && status == 125);
}

int main(int argc, char **argv)
{
	char *const command[] = {(char *)"sh", (char *)"-c", (char *)"exit $CODE", NULL};
	char *const env[] = {(char *)"CODE=7", NULL};
	const struct masu_box_enter_options enter = {
		.size = sizeof(enter), .command = command, .env = env, .workdir = "/tmp"};
	masu_container *box = NULL, *found = NULL;
	masu_engine *e = NULL;
	int status = -1;

	if (argc != 3)
		return 2;
	const struct masu_create_options create = {
		.size = sizeof(create), .image = argv[1], .name = argv[2]};
	const struct masu_create_options wrong = {
		.size = sizeof(wrong), .image = argv[1], .command = command};
	CHECK(masu_error_new(&error) == 0);
	CHECK(masu_engine_open(NULL, &e, error) == 0);
	REFUSES(masu_box_find(e, NULL, &found, error), MASU_ERROR_NOT_FOUND);
	REFUSES(masu_box_create(e, &wrong, &box, error), MASU_ERROR_INVALID);
	REFUSES(masu_box_create(e, NULL, &box, error), MASU_ERROR_INVALID);
	CHECK(masu_box_create(e, &create, &box, error) == 0);
	CHECK(strcmp(masu_container_label(box, MASU_BOX_LABEL), "1") == 0);
	CHECK(masu_box_find(e, NULL, &found, error) == 0);
	CHECK(strcmp(masu_container_id(found), masu_container_id(box)) == 0);
	CHECK(masu_box_enter(found, &enter, &status, error) == 0 && status == 7);
	CHECK(masu_container_refresh(box, error) == 0);
	CHECK(masu_container_status(box) == MASU_STATUS_RUNNING);
	CHECK(masu_box_enter(box, &enter, &status, NULL) == 0 && status == 7);
	export_program(box);
	masu_container_free(found);
	masu_container_free(box);
	masu_engine_free(e);
	no_host(command);
	masu_error_free(error);
	return 0;
}
