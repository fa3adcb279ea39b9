/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The values of --health-* of create and run, for OPTION_ROW_PARSE. */

#include "base/err.h"

/* A text for the shell, a JSON array, or "none". The field is a char **, which the caller frees: health_test of masu.h. */
int health_args_command(const char *text, void *field, struct masu_error *err);

/* Durations, like 1m30s, into an int64_t of nanoseconds. */
int health_args_time(const char *text, void *field, struct masu_error *err);
int health_args_interval(const char *text, void *field, struct masu_error *err); /* or "disable" */
int health_args_start_period(const char *text, void *field, struct masu_error *err); /* or 0 */

int health_args_retries(const char *text, void *field, struct masu_error *err); /* int */
int health_args_action(const char *text, void *field,
		       struct masu_error *err); /* enum masu_health_action */

/* For the options of podman's startup checks. */
int health_args_refuse_startup(const char *text, void *field, struct masu_error *err);
