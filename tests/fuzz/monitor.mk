# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-notify
fuzz_notify_SOURCES = tests/fuzz/fuzz-notify.c src/monitor/notify-filter.c
fuzz_notify_CFLAGS = $(fuzz_cflags)
fuzz_notify_LDFLAGS = $(fuzz_ldflags)
