# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-quadlet
fuzz_quadlet_SOURCES = tests/fuzz/fuzz-quadlet.c
fuzz_quadlet_CFLAGS = $(fuzz_cflags)
fuzz_quadlet_LDFLAGS = $(fuzz_ldflags)
fuzz_quadlet_LDADD = libquadlet.a libbase.a
