# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	%D%/container.c %D%/container.h \
	%D%/container-log.c %D%/container-log.h \
	%D%/create.c \
	%D%/detach.c \
	%D%/draft.c %D%/draft.h \
	%D%/draft-limits.c \
	%D%/draft-mounts.c \
	%D%/draft-security.c \
	%D%/engine.c %D%/engine.h \
	%D%/error.c \
	%D%/facts.c %D%/facts.h \
	%D%/files.c %D%/files.h \
	%D%/foreground.c \
	%D%/home.c %D%/home.h \
	%D%/image.c %D%/image.h \
	%D%/image-program.c %D%/image-program.h \
	%D%/image-list.c \
	%D%/image-remove.c \
	%D%/info.c %D%/info.h \
	%D%/info-programs.c \
	%D%/inspect.c %D%/inspect.h \
	%D%/inspect-image.c \
	%D%/list.c %D%/list.h \
	%D%/logs.c \
	%D%/mounts.c %D%/mounts.h \
	%D%/name.c %D%/name.h \
	%D%/open.c \
	%D%/options.c %D%/options.h \
	%D%/record.c %D%/record.h \
	%D%/remove.c %D%/remove.h \
	%D%/run-dir.c %D%/run-dir.h \
	%D%/seccomp.c %D%/seccomp.h \
	%D%/start.c %D%/start.h \
	%D%/state.c %D%/state.h \
	%D%/stdio.c %D%/stdio.h \
	%D%/volume.c %D%/volume.h \
	%D%/volume-dir.c %D%/volume-dir.h \
	%D%/volumes.c %D%/volumes.h \
	%D%/wait.c %D%/wait.h \
	src/monitor/waiters.c src/monitor/waiters.h
# All that a program with the engine links, in an order that resolves.
engine_libs = libengine.a libruntime.a libimage.a libociimage.a libstorage.a libnet.a libcgroup.a \
	libscope.a liblogs.a libociseccomp.a liboci.a $(seccomp_libs)
