/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a process treats signals: what execve(2) passes on, and what a new program expects. */

#include <stdbool.h>

/*
 * Every signal gets its default disposition, and none stays blocked. execve(2) resets handlers alone: a
 * signal that nohup(1), systemd (IgnoreSIGPIPE=) or a shell's `&` has ignored would be ignored by the new
 * program, too. For a process that executes a program of a container's; system calls alone, so also after
 * vfork(2).
 */
void signals_reset(void);

/* Returns whether this process ignores it, as its caller wished. */
bool signal_is_ignored(int signal);

/*
 * Makes a write past RLIMIT_FSIZE fail with EFBIG instead of killing the process by SIGXFSZ. The handler does nothing:
 * unlike SIG_IGN it is inherited neither by an exec nor by CLONE_CLEAR_SIGHAND.
 */
void signal_survive_file_limit(void);
