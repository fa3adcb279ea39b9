/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The command line of masu-monitor, which protocol.h describes. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "logs/writer.h"
#include "monitor/timer.h"

#define MONITOR_PASSED_MAX 24

/* Descriptors are -1 where none was passed. */
struct monitor_options {
	pid_t init;
	int container_dir, run_dir, cgroup, ready;
	int init_pidfd, init_channel, notify, manager;
	int console; /* is also output[LOG_STDOUT] and input */
	int output[LOG_STREAM_MAX];
	int input; /* the container's stdin */
	const struct log_driver *log;
	struct log_settings log_settings;
	int log_files;
	int stop_signal;
	struct timer_plan timer;
	int check_begin;
	int passed[MONITOR_PASSED_MAX]; /* all named descriptors, in any order */
	size_t n_passed;
	char **exit_command; /* within argv; NULL for none */
};

/* Returns NULL, or the name of the option that is unknown, malformed, missing or out of place. */
const char *monitor_options_parse(struct monitor_options *o, char **argv);
