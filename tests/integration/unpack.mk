# SPDX-License-Identifier: Apache-2.0
# What unpack.bats and the benchmark drive; never installed.
noinst_PROGRAMS += unpack-layer
unpack_layer_SOURCES = %D%/unpack-layer.c
unpack_layer_LDADD = libunpack.a libociimage.a libstorage.a liblinux.a libvarlink.a libbase.a $(UNPACK_LIBS)
EXTRA_DIST += %D%/unpack.bats %D%/craft-layer
