# SPDX-License-Identifier: Apache-2.0
# Registries, archives and the store's other end: what masu-image is made of besides unpack.mk.
noinst_LIBRARIES += libimagefetch.a
libimagefetch_a_SOURCES = \
	%D%/archive.c %D%/archive.h \
	%D%/archive-docker.c %D%/archive-docker.h \
	%D%/archive-names.c %D%/archive-names.h \
	%D%/archive-extract.c %D%/archive-extract.h \
	%D%/challenge.c %D%/challenge.h \
	%D%/credentials.c %D%/credentials-find.c %D%/credentials.h \
	%D%/gc.c %D%/gc.h \
	%D%/http.c %D%/http.h \
	%D%/ingest.c %D%/ingest.h %D%/names.h \
	%D%/job.c %D%/jobs.c %D%/job.h \
	%D%/keeper.c %D%/keeper.h \
	%D%/order.c %D%/order.h %D%/order-wire.h \
	%D%/platform.c %D%/platform.h \
	%D%/progress.c %D%/progress.h \
	%D%/pull.c %D%/pull.h \
	%D%/registry.c %D%/registry-login.c %D%/registry.h %D%/registry-private.h \
	%D%/resolve.c %D%/resolve.h \
	%D%/sandbox-fetcher.c \
	%D%/settings.c %D%/settings.h \
	%D%/source.c %D%/source.h \
	%D%/trusted-file.c %D%/trusted-file.h \
	%D%/url.c %D%/url.h
libimagefetch_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS)

IMAGEFETCH_LIBS = $(CURL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(CAP_LIBS)
pkglibexec_PROGRAMS += masu-image
masu_image_SOURCES = %D%/masu-image.c %D%/command.c %D%/command.h
masu_image_CPPFLAGS = $(libimagefetch_a_CPPFLAGS)
masu_image_LDADD = libimagefetch.a libunpack.a libimagemeta.a libociimage.a libstorage.a \
	liblinux.a libbase.a $(IMAGEFETCH_LIBS) $(UNPACK_LIBS)
