# SPDX-License-Identifier: Apache-2.0
# A part of the library linux, which takes ids from systemd-nsresourced.
noinst_LIBRARIES += libvarlink.a
libvarlink_a_SOURCES = \
	%D%/nsresource.c %D%/nsresource.h \
	%D%/varlink.c %D%/varlink.h
