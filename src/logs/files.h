/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Logs in files: "log" in the container's directory, and "log.1", "log.2", ... of which the higher
 * numbers are the older. Each entry is one line.
 *
 * A file never ends in half an entry, except after a power cut; then the next open ends it with a
 * newline. An entry that would make "log" larger than max_size goes into a new "log", after log.N-1
 * became log.N, ... and log became log.1. Only regular files of mode 0600 directly in the directory
 * are opened, and no links.
 */

#include "logs/writer.h"

#define LOG_FILE_NAME "log"

/* For struct log_driver, whose fill() makes the entries. */
int log_files_open(struct log_writer *w);
void log_files_write(struct log_writer *w, const struct log_output *output);
void log_files_close(struct log_writer *w, int64_t now_ns);
