# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-tar
fuzz_tar_SOURCES = tests/fuzz/fuzz-tar.c
fuzz_tar_CFLAGS = $(fuzz_cflags)
fuzz_tar_LDFLAGS = $(fuzz_ldflags)
fuzz_tar_LDADD = libfiles.a libunpack.a libbase.a $(UNPACK_LIBS)
