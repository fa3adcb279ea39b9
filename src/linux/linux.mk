# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblinux.a
liblinux_a_SOURCES = \
	%D%/caps.c %D%/caps.h \
	%D%/compat.h \
	%D%/idmap.c %D%/idmap.h \
	%D%/mount.c %D%/mount.h \
	%D%/mount_options.c %D%/mount_options.h \
	%D%/rlimit.c %D%/rlimit.h \
	%D%/seccomp-compat.h \
	%D%/seccomp-filter.h %D%/seccomp-policy.c \
	%D%/self.c %D%/self.h \
	%D%/userns.c %D%/userns.h
