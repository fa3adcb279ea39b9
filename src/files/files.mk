# SPDX-License-Identifier: Apache-2.0
# Files of containers to archives, and back: a part of masu-image. Linked as: libfiles.a libunpack.a ... (transfer.mk)
noinst_LIBRARIES += libfiles.a
libfiles_a_SOURCES = \
	%D%/access.c \
	%D%/changes.c %D%/changes.h \
	%D%/command.c %D%/command.h \
	%D%/examine.c %D%/examine.h \
	%D%/executable.c %D%/executable.h \
	%D%/linked.c %D%/linked.h \
	%D%/pack.c %D%/pack.h \
	%D%/packer.c %D%/packer.h \
	%D%/place.c %D%/place.h \
	%D%/place-mounts.c %D%/place-mounts.h \
	%D%/put.c %D%/put.h \
	%D%/putter.c %D%/putter.h \
	%D%/tar.c %D%/tar.h \
	%D%/target.c %D%/target.h \
	%D%/whiteout.h
