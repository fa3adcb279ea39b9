/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "masu launch FD VERB ARGUMENT...": works for libmasu (engine/launcher.h). Returns the exit status. */
int launch_main(char **argv);
