# SPDX-License-Identifier: Apache-2.0
# Layers to directories. Linked as: libunpack.a libociimage.a libstorage.a liblinux.a libvarlink.a libbase.a $(UNPACK_LIBS)
noinst_LIBRARIES += libunpack.a
libunpack_a_SOURCES = \
	%D%/inflate.c %D%/inflate.h %D%/inflate-backend.h \
	%D%/layer-attr.c %D%/layer-attr.h \
	%D%/layer-dirs.c %D%/layer-dirs.h \
	%D%/layer-read.c %D%/layer-read.h \
	%D%/layer-write.c %D%/layer-write.h \
	%D%/layer-notes.c %D%/layer-notes.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/sandbox-seccomp.c \
	%D%/sha256.c %D%/sha256.h \
	%D%/unpack.c %D%/unpack.h \
	%D%/unpack-child.c %D%/unpack-child.h \
	%D%/unpack-ring.c %D%/unpack-ring.h
if HAVE_ISAL
libunpack_a_SOURCES += %D%/inflate-isal.c
EXTRA_DIST += %D%/inflate-zlib.c
UNPACK_GZIP_LIBS = $(ISAL_LIBS)
else
libunpack_a_SOURCES += %D%/inflate-zlib.c
EXTRA_DIST += %D%/inflate-isal.c
UNPACK_GZIP_LIBS = $(ZLIB_LIBS)
endif
libunpack_a_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS) $(CRYPTO_CFLAGS) $(ZSTD_CFLAGS) \
	$(ISAL_CFLAGS) $(ZLIB_CFLAGS)
UNPACK_LIBS = $(ARCHIVE_LIBS) $(CAP_LIBS) $(CRYPTO_LIBS) $(ZSTD_LIBS) $(UNPACK_GZIP_LIBS) $(JSON_LIBS)
