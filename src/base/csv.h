/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One line of comma-separated values, RFC 4180. */

/*
 * The fields of `line`, as a new string vector (strv.h). A field that begins with '"' ends with the
 * next single one, may hold commas, and "" in it stands for one quote. -EINVAL for a quote elsewhere
 * and for one that is not closed, -ENOMEM.
 */
int csv_split(const char *line, char ***ret);
