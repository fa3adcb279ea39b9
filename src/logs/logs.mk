# SPDX-License-Identifier: Apache-2.0
# Writing, which masu-monitor does too: libc alone.
log_writing = \
	src/logs/driver.c src/logs/driver.h \
	src/logs/files.c src/logs/files.h \
	src/logs/journald.c \
	src/logs/json-file.c \
	src/logs/k8s-file.c \
	src/logs/writer.c src/logs/writer.h

noinst_LIBRARIES += liblogs.a
liblogs_a_SOURCES = \
	$(log_writing) \
	%D%/parser.c %D%/parser.h \
	%D%/reader.c %D%/reader.h
