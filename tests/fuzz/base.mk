# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-id-file
fuzz_id_file_SOURCES = tests/fuzz/fuzz-id-file.c
fuzz_id_file_CFLAGS = $(fuzz_cflags)
fuzz_id_file_LDFLAGS = $(fuzz_ldflags)
fuzz_id_file_LDADD = libbase.a $(JSON_LIBS)
noinst_PROGRAMS += fuzz-desktop-file
fuzz_desktop_file_SOURCES = tests/fuzz/fuzz-desktop-file.c
fuzz_desktop_file_CFLAGS = $(fuzz_cflags)
fuzz_desktop_file_LDFLAGS = $(fuzz_ldflags)
fuzz_desktop_file_LDADD = libbase.a $(JSON_LIBS)
