# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblinux.a
liblinux_a_SOURCES = \
	%D%/caps.c %D%/caps.h \
	%D%/compat.h \
	%D%/id-pool.c %D%/id-pool.h \
	%D%/idmap.c %D%/idmap.h \
	%D%/label.c %D%/label.h \
	%D%/lent-ids.c %D%/lent-ids.h \
	%D%/mount.c %D%/mount.h \
	%D%/mount-legacy.c %D%/mount-legacy.h \
	%D%/mount-options.c %D%/mount-options.h \
	%D%/namespaces.c %D%/namespaces.h \
	%D%/rlimit.c %D%/rlimit.h \
	%D%/schedule.c %D%/schedule.h \
	%D%/self.c %D%/self.h \
	%D%/sub-ids.c %D%/sub-ids.h \
	%D%/submap.c %D%/submap.h \
	%D%/userns-clone.c %D%/userns-clone.h \
	%D%/userns.c %D%/userns.h
# The libraries for a program that uses it.
linux_libs = liblinux.a libvarlink.a libbase.a $(JSON_LIBS) $(CAP_LIBS)
