# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libruntime.a
libruntime_a_SOURCES = \
	%D%/bundle.c %D%/bundle.h \
	%D%/cgroup-plan.c %D%/cgroup-plan.h \
	%D%/checkpoint.c %D%/checkpoint.h \
	%D%/checkpoint-dir.c \
	%D%/checkpoint-options.c \
	%D%/checkpoint-external.c %D%/checkpoint-external.h \
	%D%/clone.c %D%/clone.h \
	%D%/config.c %D%/config.h \
	%D%/container.c %D%/container.h \
	%D%/container-state.c %D%/container-state.h \
	%D%/creation.c %D%/creation.h \
	%D%/criu.c %D%/criu.h \
	%D%/delete.c %D%/delete.h \
	%D%/events.c %D%/events.h \
	%D%/exec.c %D%/exec.h \
	%D%/features.c %D%/features.h \
	%D%/fuse.c %D%/fuse.h \
	%D%/handover.c %D%/handover.h \
	%D%/holder.c %D%/holder.h \
	%D%/hooks.c %D%/hooks.h \
	%D%/init-service.c %D%/init-service.h \
	%D%/instance.c %D%/instance.h \
	%D%/joiner.c %D%/joiner.h \
	%D%/launch.c \
	%D%/listener.c %D%/listener.h \
	%D%/init/accounts.c \
	%D%/init/link.c \
	%D%/init/bind.c \
	%D%/init/command.c \
	%D%/init/console.c \
	%D%/init/credentials.c \
	%D%/init/descriptors.c \
	%D%/init/devices.c \
	%D%/init/enter.c \
	%D%/init/filter.c \
	%D%/init/hooks.c \
	%D%/init/identity.c \
	%D%/init/init.c %D%/init/init.h \
	%D%/init/masks.c \
	%D%/init/messages.c %D%/init/messages.h \
	%D%/init/mounts-cgroup.c \
	%D%/init/mounts.c %D%/init/mounts.h \
	%D%/init/overlays.c \
	%D%/init/owners.c \
	%D%/init/mount-point.c \
	%D%/init/privileges.c \
	%D%/init/rootfs.c \
	%D%/init/secrets.c \
	%D%/init/start.c \
	%D%/init/user.c \
	%D%/init/volumes.c \
	%D%/opener.c %D%/opener.h \
	%D%/protobuf.c %D%/protobuf.h \
	%D%/ps.c %D%/ps.h %D%/process-table.c %D%/process-table.h %D%/process-tree.c %D%/process-tree.h \
	%D%/readiness.c %D%/readiness.h \
	%D%/restore.c \
	%D%/run.c %D%/run.h \
	%D%/source.c %D%/source.h \
	%D%/state-dir.c %D%/state-dir.h \
	%D%/streams.c %D%/streams.h \
	%D%/supervise.c %D%/supervise.h \
	%D%/terminal.c %D%/terminal.h

pkglibexec_PROGRAMS += masu-userns
masu_userns_SOURCES = %D%/masu-userns.c
masu_userns_LDFLAGS = $(start_ldflags)
masu_userns_LDADD = libruntime.a libscope.a $(linux_libs)
