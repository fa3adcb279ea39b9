/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs masu-image, the program that touches registries, archives and the files of containers. It reports its progress,
 * notices, result and error on a socket (image/report.h).
 */

#include "engine/engine.h"
#include "engine/program.h"
#include "masu.h"

struct image_program {
	char *const *args;	    /* without the name of the program */
	int input;		    /* a descriptor that the arguments name, or -1 */
	int further[2];		    /* the same, above 2, or 0 */
	masu_progress_fn *progress; /* may be NULL */
	void *progress_userdata;
};

/*
 * A copy of the descriptor of an archive that masu-image reads, or `writes`: above 2, for `further`. ERR_INVALID with
 * -ENOTTY for a terminal. The descriptor or -errno.
 */
int image_program_archive(int fd, bool writes, struct masu_error *err);

/* The registry that a program talks to. */
struct image_registry {
	const char *authfile, *cert_dir; /* NULL: the default places */
	enum masu_tls tls;
	int credentials;	     /* of image_program_credentials(); -1: those of the authfile */
	int retries, retry_delay_ms; /* as in struct masu_pull_options */
};

/* Appends the options about it. 0 or -ENOMEM. */
int image_registry_args(const struct image_registry *registry, char ***args);

/* A user's name and password in memory without a name, for `further`. The descriptor or -errno. */
int image_program_credentials(const char *user, const char *password, struct masu_error *err);

struct image_run {
	const struct masu_engine *e;
	const struct image_program *program;
	struct program_process process;
	char *result;
};
#define IMAGE_RUN_INIT ((struct image_run){.process = PROGRAM_PROCESS_INIT})
void image_run_done(struct image_run *run); /* ends it, if it was not waited for */

/* Starts it. `program` stays until image_program_wait(), which does the rest of image_program_run(). */
int image_program_start(const struct masu_engine *e, const struct image_program *program,
			struct image_run *ret, struct masu_error *err);
int image_program_wait(struct image_run *run, char **ret_result, struct masu_error *err);

/*
 * Returns the digest of the manifest ("sha256:HEX"), or the result of another command, several of them as lines, or the
 * error that masu-image reported. `ret_result` may be NULL.
 */
int image_program_run(const struct masu_engine *e, const struct image_program *p, char **ret_result,
		      struct masu_error *err);
