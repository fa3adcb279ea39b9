# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libstorage.a
libstorage_a_SOURCES = \
	%D%/event-log.c %D%/event-log.h \
	%D%/layers.c %D%/layers.h \
	%D%/layers-gc.c %D%/layers-gc.h \
	%D%/notices.c %D%/notices.h \
	%D%/overlay.c %D%/overlay.h \
	%D%/overlay-parts.c %D%/overlay-parts.h \
	%D%/paths.c %D%/paths.h
