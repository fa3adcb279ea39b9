/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The number of sockets that the service manager passed to this process from descriptor 3 on
 * (sd_listen_fds(3)): $LISTEN_FDS, unless $LISTEN_PID is of another process. They come before those of
 * --preserve-fds.
 */
int listen_fds_given(void);
