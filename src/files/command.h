/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * The command "files" of masu-image, which libmasu runs: a verb and words "KEY=VALUE".
 *
 *	pack	path name fd follow		writes an archive to `fd`
 *	stat	path name follow		reports what pack_stat() does
 *	changes	fd target...			writes the records of changes.h to `fd`
 *	layer	fd target...			writes the changes as a layer of an image to `fd`
 *	put	path name fd contents owners overwrite	reads an archive from `fd`
 *	examine	user command search cwd		reports what examine_run() does
 *	access	uid gid group... path... plain	reports what access_run() does
 *
 * The place is the host, a running container (pidfd) or a stopped one (root, layers, lower..., upper, work, volatile, or
 * rootfs; the words "mount" of each mount: PLACE_MODE to PLACE_TARGET). Changes and layer take root, layers,
 * lower... and upper. "bare" leaves out the mounts.
 */
int files_command(char *const *words, int report, struct masu_error *err);
