# SPDX-License-Identifier: Apache-2.0
noinst_PROGRAMS += fuzz-property
fuzz_property_SOURCES = tests/fuzz/fuzz-property.c
fuzz_property_CPPFLAGS = $(libmasusystemd_a_CPPFLAGS)
fuzz_property_CFLAGS = $(fuzz_cflags)
fuzz_property_LDFLAGS = $(fuzz_ldflags)
fuzz_property_LDADD = $(masu_systemd_libs) $(SYSTEMD_LIBS)
