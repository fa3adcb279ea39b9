# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libsystemd.a
libsystemd_a_SOURCES = \
	%D%/bus.c %D%/bus.h \
	%D%/dbus.c %D%/dbus.h \
	%D%/notify.c %D%/notify.h \
	%D%/scope.c %D%/scope.h \
	%D%/unit_name.c %D%/unit_name.h \
	%D%/variant.c %D%/variant.h
