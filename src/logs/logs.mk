# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblogs.a
liblogs_a_SOURCES = \
	%D%/writer.c %D%/writer.h
