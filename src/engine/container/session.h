/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The parts of the caller's session on the host that a container with record->session shares. Each start looks at the host
 * anew, so nothing is recorded and a missing directory is left out.
 *
 * Sockets are shared by their directories and never by themselves: a compositor, a sound server or an agent that starts again
 * has a new socket, and a mount of the old one would stay on the old one. The directories are slaves of the host's mounts. So
 * a box sees /run/user/UID also after a logout and the next login, which mount another file system there, and removable media.
 */

#include "oci/spec.h"

/* The caller's home: $HOME, or that of passwd(5). NULL if unknown or out of memory. The caller frees it. */
char *session_home(void);

/* Adds the bind mounts in front of all others, but none at a place that the spec has. */
int session_add_mounts(struct oci_spec *spec, struct masu_error *err);

/*
 * The program masu in such a container, which executes commands of the host alone there (launcher/host-message.h). It is a mount
 * in the container's /dev, so it leaves nothing in the image. A link at SESSION_CLIENT_LINK, a place in PATH, leads to it.
 */
#define SESSION_CLIENT	    "/dev/masu"
#define SESSION_CLIENT_LINK "/usr/local/bin/masu"

/* The file of the program masu on the host, to be freed. NULL when out of memory. */
char *session_program(void);

/* Adds the mount of the program behind all others, if a program of any image can be it: one that is linked statically. */
int session_add_client(struct oci_spec *spec, struct masu_error *err);

/* Does such a container show this file of the host, an absolute and normal path, at the same place? */
bool session_shows(const char *path);

/*
 * The variables of the calling process that a command in such a container gets: those about terminal, language, display,
 * buses and agents, the user's name, and a home. Others, like PATH and LD_LIBRARY_PATH, are about the host's files. NULL when
 * out of memory; otherwise the caller's, for strv_free().
 */
char **session_env(void);

/* Those alone that are about the session, without the user's name and the home. The same ones pass from a box to the host. */
char **session_variables(void);

/* A file for sudo(8), by which the caller becomes root without a password. NULL when out of memory. */
#define SESSION_SUDO_FILE "/etc/sudoers.d/masu-box"
char *session_sudo_rule(void);
