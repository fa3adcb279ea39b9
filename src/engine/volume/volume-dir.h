/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directory of volumes: the names in it and their lock. Starts (volumes.h) and commands
 * (volume.h) both build on it.
 *
 *	DATA/volumes/NAME		a volume: the directory that containers mount
 *	DATA/volumes/.new-NAME		its marker: no container has mounted it yet
 *	DATA/volumes/.labels-NAME	its labels (JSON), if it has any
 *	DATA/volumes/.options-NAME	its options (volume-mount.h), if it has any
 *	DATA/volumes/.trash-ID		a volume that is being removed
 *
 * The first start that mounts a volume fills it with the files that it covers in the image. It holds
 * the marker by flock(2) until the volume is whole. The marker's only byte is one of:
 *
 *	none			not whole: a start that is killed or fails leaves it to the next one
 *	VOLUME_CREATED		created by a command: whole, and filled if it is still empty
 *	VOLUME_FILLING		created by a command, then taken by a start: not whole
 *
 * Everyone who changes these names holds the directory by flock(2), for a short time. A container is
 * on record before its start takes its volumes. So the holder may remove a volume that no container
 * on record mounts: a start that comes later finds it missing, and creates it anew.
 *
 * A process that is killed can leave a marker without a volume, a volume that is not whole, labels or
 * options without a volume, or a .trash-ID. volume_dir_sweep() moves all of them to the trash.
 */

#include <stdbool.h>

#include "engine/engine.h"

#define VOLUME_CREATED 'c'
#define VOLUME_FILLING 'f'

/* DATA/volumes/NAME. NULL: out of memory. */
char *volume_path(const struct masu_engine *e, const char *name);

/* Opens DATA/volumes. -errno. */
int volume_dir_open(const struct masu_engine *e, struct masu_error *err);

/* Opens it and holds it by flock(2), until the descriptor is closed. -errno. */
int volume_dir_hold(const struct masu_engine *e, struct masu_error *err);

/* flock(2) of the directory or a marker. 0 or -errno. */
int volume_lock(int fd, int operation);

/*
 * Keeps starts from filling a volume that no container has mounted yet, until *ret_fd is closed; -1 if none can fill it any
 * more. ERR_CONFLICT with -EBUSY if a start is filling it, or has filled a part of it.
 */
int volume_keep(const struct masu_engine *e, const char *name, int *ret_fd, struct masu_error *err);

/* The names of its files: ".new-NAME", ".labels-NAME", ".options-NAME". NULL: out of memory. */
char *volume_marker(const char *name);
char *volume_labels(const char *name);
char *volume_options(const char *name);

/* Is there an entry of this name? */
bool volume_dir_has(int dirfd, const char *name);

/* Creates a volume's directory with mode 0755, whatever umask and default ACL say. -errno. */
int volume_dir_make(int dirfd, const char *name);

/*
 * Renames a volume to .trash-ID and appends that name to the list. 0 also when it does not exist;
 * -errno. The caller holds the directory or the volume's marker. It calls volume_dir_empty() once it
 * does not hold the directory any more.
 */
int volume_dir_trash(int dirfd, const char *name, char ***trash);

/* The same with the volume's marker, labels and options, for the holder of the directory. */
int volume_dir_drop(int dirfd, const char *name, char ***trash, struct masu_error *err);

/* Drops all leftovers of killed processes, and appends the trash that they left. */
int volume_dir_sweep(int dirfd, char ***trash, struct masu_error *err);

/* Removes trash. Its files may belong to the sub-ids of containers. */
int volume_dir_empty(struct masu_engine *e, char *const *trash, struct masu_error *err);
