# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-layer
fuzz_layer_SOURCES = tests/fuzz/fuzz-layer.c
fuzz_layer_CFLAGS = $(fuzz_cflags)
fuzz_layer_LDFLAGS = $(fuzz_ldflags)
fuzz_layer_LDADD = libunpack.a libbase.a $(UNPACK_LIBS)
