# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcgroup.a
libcgroup_a_SOURCES = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/detect.c %D%/detect.h \
	%D%/devices.c %D%/devices.h \
	%D%/frozen.c %D%/frozen.h \
	%D%/group.c %D%/group.h \
	%D%/join.c %D%/join.h \
	%D%/kill.c \
	%D%/limits.c %D%/limits.h \
	%D%/manager.c %D%/manager.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/ops.h \
	%D%/own.c %D%/own.h \
	%D%/systemd.c %D%/systemd.h \
	%D%/resctrl.c %D%/resctrl.h \
	%D%/unit.c %D%/unit.h \
	%D%/update.c \
	%D%/v1/devices.c \
	%D%/v1/freezer.c \
	%D%/v1/groups.c \
	%D%/v1/limits.c \
	%D%/v1/metrics.c \
	%D%/v1/ops.c \
	%D%/v1/v1.h \
	%D%/v2/devices.c \
	%D%/v2/limits.c \
	%D%/v2/metrics.c \
	%D%/v2/v2.c %D%/v2/v2.h \
	%D%/walk.c %D%/walk.h \
	%D%/watch.c %D%/watch.h
