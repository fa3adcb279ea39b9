/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Users of the host by their number, as in passwd(5). /etc/passwd is read directly, because getpwuid(3) loads the
 * libraries of the name service, which would slow down each start. getent(1) is run only for users that the
 * file does not have (LDAP, systemd-homed). The caller frees the results.
 */

#include <sys/types.h>

/* The user's name, or NULL if it is unknown. */
char *account_name(uid_t uid);

/* The user's home directory, or NULL. */
char *account_home(uid_t uid);

/* The path of a file below $XDG_CONFIG_HOME or ~/.config of the calling user. NULL when out of memory. */
char *account_config_path(const char *name);
