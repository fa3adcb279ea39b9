# SPDX-License-Identifier: Apache-2.0
# Documents of images; those of the runtime are another library, since few programs need both.
noinst_LIBRARIES += libociimage.a
libociimage_a_SOURCES = \
	%D%/digest.c %D%/digest.h \
	%D%/image.c %D%/image-config.c %D%/image.h

noinst_LIBRARIES += liboci.a
liboci_a_SOURCES = \
	%D%/spec.c %D%/spec.h \
	%D%/spec-default.c \
	%D%/spec-parse.c \
	%D%/spec-parse-hooks.c \
	%D%/spec-parse-linux.c \
	%D%/spec-parse-mounts.c \
	%D%/spec-parse-process.c \
	%D%/spec-parse-resources.c \
	%D%/spec-parse-seccomp.c \
	%D%/spec-parse-unsupported.c \
	%D%/spec-reader.c %D%/spec-reader.h \
	%D%/spec-write.c \
	%D%/spec-write-process.c \
	%D%/spec-write-resources.c \
	%D%/spec-write-seccomp.c \
	%D%/spec-writer.c %D%/spec-writer.h \
	%D%/state.c %D%/state.h
