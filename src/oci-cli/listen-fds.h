/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How many sockets the service manager has given to this process from descriptor 3 on
 * (sd_listen_fds(3)): $LISTEN_FDS, if $LISTEN_PID isn't another's. They come before those of
 * --preserve-fds.
 */
int listen_fds_given(void);
