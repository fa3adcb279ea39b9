/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define HOST_COMMAND "host-command"

/*
 * "masu host-command", with a connection of masu-host.socket as standard input: executes the command of the client at its other
 * end, and waits for it (host-message.h). Returns the exit status.
 */
int host_command_main(void);
