# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libruntime.a
libruntime_a_SOURCES = \
	%D%/check.c \
	%D%/checkpoint.c %D%/checkpoint.h \
	%D%/checkpoint-dir.c \
	%D%/checkpoint-options.c \
	%D%/checkpoint-places.c %D%/checkpoint-places.h \
	%D%/checkpoint-streams.c \
	%D%/clone.c %D%/clone.h \
	%D%/container.c %D%/container.h \
	%D%/created.c \
	%D%/criu.c %D%/criu.h \
	%D%/exec.c %D%/exec.h \
	%D%/fuse.c %D%/fuse.h \
	%D%/hooks.c %D%/hooks.h \
	%D%/listener.c %D%/listener.h \
	%D%/init/bind.c \
	%D%/init/command.c \
	%D%/init/console.c \
	%D%/init/devices.c \
	%D%/init/filter.c \
	%D%/init/hooks.c \
	%D%/init/identity.c \
	%D%/init/init.c %D%/init/init.h \
	%D%/init/keyring.c \
	%D%/init/label.c \
	%D%/init/masks.c \
	%D%/init/mounts-cgroup.c \
	%D%/init/mounts.c %D%/init/mounts.h \
	%D%/init/network.c \
	%D%/init/place.c \
	%D%/init/privileges.c \
	%D%/init/rootfs.c \
	%D%/init/schedule.c \
	%D%/init/time.c \
	%D%/init/user.c \
	%D%/init/volumes.c \
	%D%/protobuf.c %D%/protobuf.h \
	%D%/restore.c \
	%D%/source.c %D%/source.h
