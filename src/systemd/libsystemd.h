/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The functions of libsystemd that masu calls, found at run time. */

#include <systemd/sd-bus.h>

#include "base/err.h"

#define LIBSYSTEMD_SYMBOLS(X)             \
	X(sd_bus_call_async)              \
	X(sd_bus_error_get_errno)         \
	X(sd_bus_close_unref)             \
	X(sd_bus_get_n_queued_write)      \
	X(sd_bus_match_signal_async)      \
	X(sd_bus_message_append)          \
	X(sd_bus_message_append_array)    \
	X(sd_bus_message_close_container) \
	X(sd_bus_message_get_error)       \
	X(sd_bus_message_new_method_call) \
	X(sd_bus_message_open_container)  \
	X(sd_bus_message_read)            \
	X(sd_bus_message_unref)           \
	X(sd_bus_new)                     \
	X(sd_bus_process)                 \
	X(sd_bus_set_address)             \
	X(sd_bus_set_bus_client)          \
	X(sd_bus_start)                   \
	X(sd_bus_wait)

struct libsystemd {
#define LIBSYSTEMD_MEMBER(name) __typeof__(name) *name;
	LIBSYSTEMD_SYMBOLS(LIBSYSTEMD_MEMBER)
#undef LIBSYSTEMD_MEMBER
};

/*
 * Opens libsystemd.so.0 for as long as the process lives. The caller frees the table.
 * ERR_UNSUPPORTED when it isn't installed, or lacks one of them.
 */
int libsystemd_load(struct libsystemd **ret, struct err *err);
