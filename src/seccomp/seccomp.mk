# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libfilter.a
libfilter_a_SOURCES = \
	%D%/cache.c \
	%D%/compat.h \
	%D%/compile.c %D%/compile.h \
	%D%/filter.c %D%/filter.h \
	%D%/library.h \
	%D%/prefix.c
# The libraries for a program that uses it.
seccomp_libs = libfilter.a $(linux_libs)
if STATIC
libfilter_a_SOURCES += %D%/library-linked.c
seccomp_libs += $(SECCOMP_LIBS)
else
libfilter_a_SOURCES += %D%/library.c
endif
