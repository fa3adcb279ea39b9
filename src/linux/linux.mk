# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblinux.a
liblinux_a_SOURCES = \
	%D%/idmap.c %D%/idmap.h \
	%D%/compat.h \
	%D%/mount.c %D%/mount.h \
	%D%/mount_options.c %D%/mount_options.h \
	%D%/self.c %D%/self.h \
	%D%/userns.c %D%/userns.h
