# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-dbus
fuzz_dbus_SOURCES = tests/fuzz/fuzz-dbus.c
fuzz_dbus_CFLAGS = $(fuzz_cflags)
fuzz_dbus_LDFLAGS = $(fuzz_ldflags)
fuzz_dbus_LDADD = libsystemd.a $(linux_libs)
noinst_PROGRAMS += fuzz-variant
fuzz_variant_SOURCES = tests/fuzz/fuzz-variant.c
fuzz_variant_CFLAGS = $(fuzz_cflags)
fuzz_variant_LDFLAGS = $(fuzz_ldflags)
fuzz_variant_LDADD = libsystemd.a $(linux_libs)
