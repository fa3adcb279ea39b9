# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-varlink
fuzz_varlink_SOURCES = tests/fuzz/fuzz-varlink.c
fuzz_varlink_CFLAGS = $(fuzz_cflags)
fuzz_varlink_LDFLAGS = $(fuzz_ldflags)
fuzz_varlink_LDADD = libvarlink.a libbase.a $(JSON_LIBS)
