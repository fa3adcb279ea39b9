# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblinux.a
liblinux_a_SOURCES = \
	%D%/idmap.c %D%/idmap.h \
	%D%/userns.c %D%/userns.h
