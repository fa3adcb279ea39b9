# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-tar fuzz-executable
fuzz_tar_SOURCES = tests/fuzz/fuzz-tar.c
fuzz_tar_CFLAGS = $(fuzz_cflags)
fuzz_tar_LDFLAGS = $(fuzz_ldflags)
fuzz_tar_LDADD = libfiles.a libunpack.a libbase.a $(UNPACK_LIBS)
fuzz_executable_SOURCES = tests/fuzz/fuzz-executable.c
fuzz_executable_CFLAGS = $(fuzz_cflags)
fuzz_executable_LDFLAGS = $(fuzz_ldflags)
fuzz_executable_LDADD = libfiles.a
