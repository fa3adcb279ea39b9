# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += liblogs.a
liblogs_a_SOURCES = \
	%D%/parser.c %D%/parser.h \
	%D%/reader.c %D%/reader.h \
	%D%/writer.c %D%/writer.h
