/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Users of the host by their number, as in passwd(5). /etc/passwd is read itself: getpwuid(3) loads
 * the libraries of the name service, at a cost that no start should have. Only for a user whom the
 * file doesn't know (LDAP, systemd-homed) getent(1) is asked.
 */

#include <sys/types.h>

/* The user's name, or NULL when nobody knows. To be freed. */
char *account_name(uid_t uid);

/* The user's home directory, or NULL. To be freed. */
char *account_home(uid_t uid);
