/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The start of a container as its files decide it: the report of "masu-image files examine" (files/examine.h). */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/container/container.h"

/* Texts come from the container's files, without control characters. NULL or 0: not reported. */
struct examined {
	uint32_t uid, gid; /* of the container's user */
	char **groups;	   /* in decimal */
	char *no_user;
	char *command; /* the file */
	uint32_t no_command;
	uint32_t mode, owner, owning_group;
	char *kind;
	uint32_t machine;
	char *no_interpreter, *no_program;
	uint32_t carriage_return;
	uint32_t no_cwd;
};
void examined_done(struct examined *e);
#define _cleanup_examined_ _cleanup_(examined_done)

/* Examines a container that does not run, with this first argument. A mount that cannot be made is an error, as at a start. */
int examined_read(masu_container *c, const char *command, struct examined *ret,
		  struct masu_error *err);

/* The user of init of a running container. -ESRCH. */
int examined_running(const masu_container *c, struct examined *ret);

struct path_access {
	int read, write, search; /* errno of access(2), or 0 */
};

/* The access of that user to paths in the container, which may run or not; one result for each path. */
int examined_access(masu_container *c, const struct examined *user, char *const *paths,
		    struct path_access *ret, struct masu_error *err);

/* Parse the reports: of files, and of the access to `n` paths. -EBADMSG. */
int examined_parse(const char *report, struct examined *ret);
int examined_parse_access(const char *report, size_t n, struct path_access *ret);
