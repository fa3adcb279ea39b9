# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcgroup.a
libcgroup_a_SOURCES = \
	%D%/cgroup.c %D%/cgroup.h \
	%D%/cpulist.c %D%/cpulist.h \
	%D%/detect.c %D%/detect.h \
	%D%/devices.c %D%/devices.h \
	%D%/join.c %D%/join.h \
	%D%/limits.c %D%/limits.h \
	%D%/manager.c %D%/manager.h \
	%D%/properties.c %D%/properties.h \
	%D%/stats.c \
	%D%/systemd_path.c \
	%D%/walk.c %D%/walk.h
