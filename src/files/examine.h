/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The start of a container that does not run, as far as its files decide: its user, its command, its working directory.
 * The files are hostile: they are read by a worker that is confined (place.h), and its report counts as their text.
 */

#include "files/place.h"

struct examine {
	const char *user;    /* "[name|uid][:[group|gid]]" */
	const char *command; /* the first argument */
	const char *search;  /* $PATH */
	const char *cwd;     /* absolute */
	int report;
};

/*
 * Reports lines "KEY VALUE", whose values have no control characters:
 *
 *	uid, gid N		of the user
 *	group N			each further group of the user
 *	no-user TEXT		the reason that the user cannot be found
 *	command PATH		the file of the command
 *	no-command ERRNO	ENOENT, EACCES (no file with execute permission), ENOTDIR, ...
 *	mode, owner, owning-group N	of the file, decimal
 *	kind KIND		"elf", "script", "empty" or "unknown"
 *	machine N		of an ELF file: EM_X86_64
 *	no-interpreter PATH	the interpreter of the script, or the loader, cannot be executed
 *	carriage-return 1	its name ends in one
 *	no-program NAME		a program that env(1) does not find for the script
 *	no-cwd ERRNO		the working directory exists, and cannot be entered
 */
int examine_run(const struct place *place, const struct examine *examine, struct masu_error *err);

struct access_check {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
	bool without_capabilities; /* also for root */
	char *const *paths;	   /* absolute in the place */
	int report;
};

/*
 * Reports for each path a line "READ WRITE SEARCH": the errno of access(2) for the user, 0 if it is allowed. SEARCH is 0 for
 * other files than directories.
 */
int access_run(const struct place *place, const struct access_check *check, struct masu_error *err);
