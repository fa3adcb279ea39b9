/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Programs of masu that work for the engine and report on a socket (base/channel.h): masu-image, and "masu launch". */

#include "base/channel.h"
#include "base/proc.h"
#include "engine/engine.h"

struct program {
	struct proc_spec spec;	   /* without arguments, environment and passed descriptors */
	char *const *head;	   /* the arguments before the socket's number */
	const char *socket_option; /* in front of that number: "--report-fd=", or "" */
	char *const *args;	   /* the arguments after it */
	int input;		   /* a descriptor that the arguments name, or -1 */
	int further[2];		   /* the same, above 2, or 0 */
	int (*take)(void *arg, struct channel_message *m, struct masu_error *err);
	void *arg;
};

struct program_process {
	pid_t pid; /* 0: none */
	int report;
};
#define PROGRAM_PROCESS_INIT ((struct program_process){.report = -1})

/* Starts it. Several may work at once. */
int program_start(const struct program *p, struct program_process *ret, struct masu_error *err);

/* Waits for it, as program_run() does. */
int program_wait(const struct masu_engine *e, const struct program *p,
		 struct program_process *process, int *ret_status, struct masu_error *err);

/* Ends and reaps one that was not waited for. */
void program_stop(struct program_process *process);

/*
 * Runs the program with the caller's environment until it closes the socket, and hands its messages to take(), except
 * CHANNEL_ERROR, which becomes the error. After a cancellation (ECANCELED) it gets SIGTERM, to end and clean up.
 * `ret_status` is its exit status, or -ECHILD if the caller's process has reaped it.
 */
int program_run(const struct masu_engine *e, const struct program *p, int *ret_status,
		struct masu_error *err);
