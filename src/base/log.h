/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The programs' voice on stderr: "PROGRAM: message", one line each. Libraries do not call this,
 * except log_debug and the one-line notices that DESIGN names (log_notice), since they return errors.
 * The sink is the only mutable global of masu.
 */

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG, LOG_LEVEL_MAX };

/* `program` must stay valid; NOTICE and worse are printed unless log_set_level says otherwise. */
void log_init(const char *program);
void log_set_level(enum log_level level);

/* Passes messages to `fn` instead of writing them to stderr. */
typedef void log_fn(void *arg, const char *message);
void log_set_function(log_fn *fn, void *arg);

/*
 * Writes messages also to `fd` (owned by the log from then on), as lines of text or, with `json`,
 * of {"level":...,"msg":...,"time":...}: what engines expect of an OCI runtime's --log.
 */
void log_set_file(int fd, bool json);

/*
 * Sends them also to systemd-journald or to syslog(3)'s daemon, under this name, which must stay
 * valid; NULL stands for the program's. 0 or -errno when there is none.
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

/* Prints an error and its hint and returns the exit status that belongs to it. */
int log_err(const struct masu_error *err);
