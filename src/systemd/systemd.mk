# SPDX-License-Identifier: Apache-2.0
# The client of masu-systemd, for all programs that start containers.
noinst_LIBRARIES += libscope.a
libscope_a_SOURCES = \
	%D%/helper.c %D%/helper.h \
	%D%/journal.c %D%/journal.h \
	%D%/manager.c %D%/manager.h \
	%D%/message.c %D%/message.h \
	%D%/scope.c %D%/scope.h \
	%D%/service.c %D%/service.h \
	%D%/socket-unit.c %D%/socket-unit.h \
	%D%/unit-name.c %D%/unit-name.h

# The program, and what its tests link.
noinst_LIBRARIES += libmasusystemd.a
libmasusystemd_a_SOURCES = \
	%D%/connection.c %D%/connection.h \
	%D%/journal-read.c %D%/journal-read.h \
	%D%/property.c %D%/property.h \
	%D%/service-call.c %D%/service-call.h \
	%D%/socket-compose.c %D%/socket-compose.h \
	%D%/units.c %D%/units.h
libmasusystemd_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS)
masu_systemd_libs = libmasusystemd.a libscope.a libbase.a
pkglibexec_PROGRAMS += masu-systemd
masu_systemd_SOURCES = %D%/masu-systemd.c
masu_systemd_CPPFLAGS = $(libmasusystemd_a_CPPFLAGS)
masu_systemd_LDADD = $(masu_systemd_libs) $(SYSTEMD_LIBS)
