# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblinux.a
liblinux_a_SOURCES = \
	%D%/caps.c %D%/caps.h \
	%D%/compat.h \
	%D%/idmap.c %D%/idmap.h \
	%D%/label.c %D%/label.h \
	%D%/mount.c %D%/mount.h \
	%D%/mount-legacy.c %D%/mount-legacy.h \
	%D%/mount_options.c %D%/mount_options.h \
	%D%/rlimit.c %D%/rlimit.h \
	%D%/schedule.c %D%/schedule.h \
	%D%/seccomp-cache.c \
	%D%/seccomp-compat.h \
	%D%/seccomp-compile.c %D%/seccomp-compile.h \
	%D%/seccomp-filter.c %D%/seccomp-filter.h \
	%D%/seccomp-library.h \
	%D%/seccomp-policy.c \
	%D%/seccomp-prefix.c \
	%D%/self.c %D%/self.h \
	%D%/sub-ids.c %D%/sub-ids.h \
	%D%/userns.c %D%/userns.h
# What a program links for it, with all that it needs itself.
if STATIC
liblinux_a_SOURCES += %D%/seccomp-library-linked.c
linux_libs = liblinux.a libbase.a $(JSON_LIBS) $(SECCOMP_LIBS) $(CAP_LIBS)
else
liblinux_a_SOURCES += %D%/seccomp-library.c
linux_libs = liblinux.a libbase.a $(JSON_LIBS) $(CAP_LIBS)
endif
