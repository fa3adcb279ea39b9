# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-log
fuzz_log_SOURCES = tests/fuzz/fuzz-log.c
fuzz_log_CFLAGS = $(fuzz_cflags)
fuzz_log_LDFLAGS = $(fuzz_ldflags)
fuzz_log_LDADD = liblogs.a libbase.a $(JSON_LIBS)
