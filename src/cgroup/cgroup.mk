# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcgroup.a
libcgroup_a_SOURCES = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/counts.c %D%/counts.h \
	%D%/detect.c %D%/detect.h \
	%D%/devices.c %D%/devices.h \
	%D%/divide.c %D%/divide.h \
	%D%/group.c %D%/group.h \
	%D%/hierarchies.c %D%/hierarchies.h \
	%D%/join.c %D%/join.h \
	%D%/kill.c \
	%D%/limits.c %D%/limits.h \
	%D%/manager.c %D%/manager.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/metrics-writer.c %D%/metrics-writer.h \
	%D%/ops.h \
	%D%/own.c %D%/own.h \
	%D%/properties.c %D%/properties.h \
	%D%/resctrl.c %D%/resctrl.h \
	%D%/settings.c %D%/settings.h \
	%D%/systemd-path.c \
	%D%/update.c \
	%D%/v1/devices.c \
	%D%/v1/freezer.c \
	%D%/v1/groups.c \
	%D%/v1/limits.c \
	%D%/v1/metrics.c \
	%D%/v1/ops.c \
	%D%/v1/stats.c \
	%D%/v1/v1.h \
	%D%/v1/watch.c \
	%D%/v2/devices.c \
	%D%/v2/limits.c \
	%D%/v2/metrics.c \
	%D%/v2/stats.c \
	%D%/v2/v2.c %D%/v2/v2.h \
	%D%/v2/watch.c \
	%D%/walk.c %D%/walk.h \
	%D%/watch.c %D%/watch.h
