/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Dispositions of signals, as a process inherits them and passes them on to a new program. */

#include <stdbool.h>

/*
 * Gives every signal its default disposition, and unblocks all. execve(2) resets handlers alone: the new program would
 * also ignore a signal that nohup(1), systemd (IgnoreSIGPIPE=) or a shell's `&` ignores. For a process that executes a
 * container's program. It consists of system calls alone, so it may be called after vfork(2).
 */
void signals_reset(void);

/* Returns whether this process ignores the signal, for example because its parent did. */
bool signal_is_ignored(int signal);

/*
 * Makes a write past RLIMIT_FSIZE fail with EFBIG instead of killing the process by SIGXFSZ. The handler does nothing:
 * unlike SIG_IGN it is inherited neither by an exec nor by CLONE_CLEAR_SIGHAND.
 */
void signal_survive_file_limit(void);
