# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-id-file
fuzz_id_file_SOURCES = tests/fuzz/fuzz-id-file.c
fuzz_id_file_CFLAGS = $(fuzz_cflags)
fuzz_id_file_LDFLAGS = $(fuzz_ldflags)
fuzz_id_file_LDADD = libbase.a $(JSON_LIBS)
