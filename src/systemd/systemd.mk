# SPDX-License-Identifier: Apache-2.0
# Linked with neither -lsystemd nor the like: libsystemd.c opens the library when it is needed.
noinst_LIBRARIES += libsystemd.a
libsystemd_a_SOURCES = \
	%D%/bus.c %D%/bus.h \
	%D%/libsystemd.c %D%/libsystemd.h \
	%D%/scope.c %D%/scope.h \
	%D%/unit_name.c %D%/unit_name.h
