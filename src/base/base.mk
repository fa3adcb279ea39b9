# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/array.c %D%/array.h \
	%D%/channel.c %D%/channel.h \
	%D%/cleanup.h \
	%D%/cpulist.c %D%/cpulist.h \
	%D%/desktop-file.c %D%/desktop-file.h \
	%D%/termination.c %D%/termination.h \
	%D%/err.c %D%/err.h \
	%D%/fd.c %D%/fd.h \
	%D%/file.c %D%/file.h \
	%D%/id-file.c %D%/id-file.h \
	%D%/glob.c %D%/glob.h \
	%D%/json.c %D%/json.h \
	%D%/json-build.c %D%/json-build.h \
	%D%/ini.c %D%/ini.h \
	%D%/keys.c %D%/keys.h \
	%D%/log.c %D%/log.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/path.c %D%/path.h \
	%D%/path-walk.c \
	%D%/port-mapping.c %D%/port-mapping.h \
	%D%/pidfd.c %D%/pidfd.h \
	%D%/proc.c %D%/proc.h \
	%D%/signal-name.c %D%/signal-name.h \
	%D%/signals.c %D%/signals.h \
	%D%/str.c %D%/str.h \
	%D%/strv.c %D%/strv.h \
	%D%/text.c %D%/text.h \
	%D%/time.c %D%/time.h \
	%D%/toml.c %D%/toml.h \
	%D%/tree.c %D%/tree.h \
	%D%/tree-chown.c \
	%D%/tree-size.c \
	%D%/unit-words.c %D%/unit-words.h \
	%D%/ulimit.c %D%/ulimit.h \
	%D%/word.c %D%/word.h
