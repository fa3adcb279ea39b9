# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcgroup.a
libcgroup_a_SOURCES = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/detect.c %D%/detect.h \
	%D%/devices.c %D%/devices.h \
	%D%/devices-v1.c \
	%D%/divide.c %D%/divide.h \
	%D%/freezer-v1.c \
	%D%/hierarchies.c %D%/hierarchies.h \
	%D%/join.c %D%/join.h \
	%D%/limits.c %D%/limits.h \
	%D%/limits-apply.c \
	%D%/limits-check.c \
	%D%/limits-v1.c \
	%D%/manager.c %D%/manager.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/metrics-v1.c \
	%D%/metrics-v2.c \
	%D%/own.c %D%/own.h \
	%D%/properties.c %D%/properties.h \
	%D%/resctrl.c %D%/resctrl.h \
	%D%/settings.c %D%/settings.h \
	%D%/signal.c \
	%D%/stats.c \
	%D%/stats-v1.c \
	%D%/systemd-path.c \
	%D%/update.c \
	%D%/v1.c %D%/v1.h \
	%D%/walk.c %D%/walk.h \
	%D%/watch.c %D%/watch.h
