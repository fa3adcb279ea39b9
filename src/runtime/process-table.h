/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The processes of a container with the columns of ps(1), read from the host's /proc: nothing is executed. Ids are those
 * of the container, and names of users those of its /etc/passwd.
 */

#include <json-c/json.h>

#include "runtime/instance.h"

/* Is each word a column, or a list of columns with commas between them? */
bool process_columns_known(char *const *columns);

/*
 * {"Titles": [TEXT...], "Processes": [[TEXT...]...]}, sorted by pid, with these columns; none: user, pid, ppid, pcpu,
 * etime, tty, time and args.
 */
int process_table(const struct instance *c, char *const *columns, struct json_object **ret,
		  struct masu_error *err);
