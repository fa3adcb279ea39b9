/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A signal by name ("TERM", "SIGTERM", "rtmin+3") or number. The number, or -EINVAL. */
int signal_from_string(const char *s);
