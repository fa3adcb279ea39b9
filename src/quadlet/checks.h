/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks of values, so that a mistake is found before the unit starts. Each returns 0 or -EINVAL with the error. */

#include "base/err.h"

int check_size(const char *value, struct masu_error *err);
int check_count(const char *value, struct masu_error *err); /* a number, or -1 */
int check_duration(const char *value, struct masu_error *err);
int check_interval(const char *value, struct masu_error *err); /* or "disable" */
int check_signal(const char *value, struct masu_error *err);
int check_ulimit(const char *value, struct masu_error *err);
int check_port(const char *value, struct masu_error *err);
int check_pull(const char *value, struct masu_error *err);
int check_failure(const char *value, struct masu_error *err); /* of a health check */
int check_assignment(const char *value, struct masu_error *err);
int check_network(const char *value, struct masu_error *err);
int check_id_range(const char *value, struct masu_error *err);
int check_absolute(const char *value, struct masu_error *err);
