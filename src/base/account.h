/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Users of the host by their number, as in passwd(5). /etc/passwd is read directly, because getpwuid(3) loads the
 * libraries of the name service, which would slow down each start. getent(1) is run only for users that the
 * file does not have (LDAP, systemd-homed). The caller frees the results.
 */

#include <stdbool.h>
#include <sys/types.h>

/* The user's name, or NULL if it is unknown. */
char *account_name(uid_t uid);

/* The user's home directory, or NULL. */
char *account_home(uid_t uid);

/*
 * The name of a group of the host by its number, as in group(5), or NULL. *ret_member: the entry lists `user` (may be NULL), so
 * a new login has the group.
 */
char *account_group(gid_t gid, const char *user, bool *ret_member);

/* The path of a file below $XDG_CONFIG_HOME or ~/.config of the calling user. NULL when out of memory. */
char *account_config_path(const char *name);
