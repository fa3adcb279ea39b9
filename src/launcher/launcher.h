/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of masu that no user types. Each returns an exit status. */

/* "launch FD VERB ARGUMENT...": works for libmasu (engine/launcher.h). */
int launch_main(char **argv);

/* "container-exited ID": cleans up after a container, as the last program of its monitor. */
int container_exited_main(char **argv);
