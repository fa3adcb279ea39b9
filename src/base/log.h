/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages on stderr: "PROGRAM: message", one line each. Libraries return errors, and call only log_debug() and
 * log_notice(). The sink is the only mutable global of masu.
 */

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG, LOG_LEVEL_MAX };

/* `program` must stay valid. LOG_NOTICE and worse are printed, unless log_set_level() changes it. */
void log_init(const char *program);
void log_set_level(enum log_level level);

/* Passes messages to `fn` instead of writing them to stderr. */
typedef void log_fn(void *arg, const char *message);
void log_set_function(log_fn *fn, void *arg);

/*
 * Writes messages also to `fd`, which the log owns from then on, as lines of text or, with `json`, as lines
 * {"level":...,"msg":...,"time":...}, as engines expect of an OCI runtime's --log.
 */
void log_set_file(int fd, bool json);

/*
 * Sends them also to systemd-journald or to the daemon of syslog(3), under this name, which must stay valid; NULL stands
 * for the program's. 0, or -errno if the daemon does not run.
 */
int log_set_journal(const char *identifier);
int log_set_syslog(const char *identifier);

/* "error", "warning", "info", "debug". -EINVAL. */
int log_level_from_string(const char *name, enum log_level *ret);

void log_at(enum log_level level, const char *format, ...) _printf_(2, 3);
#define log_error(...)	 log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_at(LOG_NOTICE, __VA_ARGS__)
#define log_debug(...)	 log_at(LOG_DEBUG, __VA_ARGS__)

/* Prints an error and its hint. Returns its exit status. */
int log_err(const struct masu_error *err);
