# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/channel.c %D%/channel.h \
	%D%/cleanup.h \
	%D%/cpulist.c %D%/cpulist.h \
	%D%/csv.c %D%/csv.h \
	%D%/device.c %D%/device.h \
	%D%/ending.c %D%/ending.h \
	%D%/err.c %D%/err.h \
	%D%/fd.c %D%/fd.h \
	%D%/file.c %D%/file.h \
	%D%/json.c %D%/json.h \
	%D%/json-build.c %D%/json-build.h \
	%D%/json-lex.c %D%/json-lex.h \
	%D%/log.c %D%/log.h \
	%D%/path.c %D%/path.h \
	%D%/path-walk.c %D%/path-walk.h \
	%D%/proc.c %D%/proc.h \
	%D%/signals.c %D%/signals.h \
	%D%/socket.c %D%/socket.h \
	%D%/str.c %D%/str.h \
	%D%/strv.c %D%/strv.h \
	%D%/text.c %D%/text.h \
	%D%/time.c %D%/time.h \
	%D%/tree.c %D%/tree.h \
	%D%/utf8.c %D%/utf8.h
