# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-spec
fuzz_spec_SOURCES = tests/fuzz/fuzz-spec.c
fuzz_spec_CFLAGS = $(fuzz_cflags)
fuzz_spec_LDFLAGS = $(fuzz_ldflags)
fuzz_spec_LDADD = liboci.a $(seccomp_libs)
