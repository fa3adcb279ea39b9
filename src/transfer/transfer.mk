# SPDX-License-Identifier: Apache-2.0
# The program masu-image: pulls, archives, and the store that they fill.
noinst_LIBRARIES += libtransfer.a
libtransfer_a_SOURCES = \
	%D%/archive-dir.c %D%/archive-dir.h \
	%D%/archive-docker.c %D%/archive-docker.h \
	%D%/archive-extract.c %D%/archive-extract.h \
	%D%/archive-sink.c %D%/archive-sink.h \
	%D%/blob-store.c %D%/blob-store.h \
	%D%/broker.c %D%/broker.h \
	%D%/broker-client.c %D%/broker-client.h \
	%D%/commands.c %D%/commands.h \
	%D%/commit.c %D%/commit.h \
	%D%/deflate.c %D%/deflate.h \
	%D%/expand.c %D%/expand.h \
	%D%/file-image.c %D%/file-image.h \
	%D%/gc.c %D%/gc.h \
	%D%/verify.c %D%/verify.h \
	%D%/image-source.c %D%/image-source.h \
	%D%/load.c %D%/load.h \
	%D%/login.c %D%/login.h \
	%D%/progress.c %D%/progress.h \
	%D%/layer-pulls.c %D%/layer-pulls.h \
	%D%/pull.c %D%/pull.h \
	%D%/pull-layer.c %D%/pull-layer.h \
	%D%/push.c %D%/push.h \
	%D%/push-blob.c %D%/push-blob.h \
	%D%/remote.c %D%/remote.h \
	%D%/save.c %D%/save.h \
	%D%/sandbox-fetcher.c %D%/sandbox-fetcher.h
libtransfer_a_CPPFLAGS = $(libregistry_a_CPPFLAGS) $(ZLIB_CFLAGS)

TRANSFER_LIBS = $(ZLIB_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(CAP_LIBS)
pkglibexec_PROGRAMS += masu-image
masu_image_SOURCES = %D%/masu-image.c
if SANITIZERS
masu_image_SOURCES += tests/lib/no-leak-check.c
endif
EXTRA_DIST += tests/lib/no-leak-check.c
masu_image_CPPFLAGS = $(libtransfer_a_CPPFLAGS)
masu_image_LDADD = libtransfer.a libfiles.a libregistry.a libunpack.a libimage.a libociimage.a libstorage.a \
	liblinux.a libvarlink.a libbase.a $(TRANSFER_LIBS) $(UNPACK_LIBS)
