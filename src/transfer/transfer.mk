# SPDX-License-Identifier: Apache-2.0
# The program masu-image: pulls, archives, and the store that they fill.
noinst_LIBRARIES += libtransfer.a
libtransfer_a_SOURCES = \
	%D%/archive.c %D%/archive.h \
	%D%/archive-docker.c %D%/archive-docker.h \
	%D%/archive-extract.c %D%/archive-extract.h \
	%D%/archive-names.c %D%/archive-names.h \
	%D%/gc.c %D%/gc.h \
	%D%/ingest.c %D%/ingest.h %D%/names.h \
	%D%/job.c %D%/jobs.c %D%/job.h \
	%D%/keeper.c %D%/keeper.h \
	%D%/order.c %D%/order.h %D%/order-wire.h \
	%D%/platform.c %D%/platform.h \
	%D%/progress.c %D%/progress.h \
	%D%/pull.c %D%/pull.h \
	%D%/sandbox-fetcher.c \
	%D%/source.c %D%/source.h
libtransfer_a_CPPFLAGS = $(libregistry_a_CPPFLAGS)

# The registry asks the transfer for credentials and addresses, so each needs the other.
transfer_libs = libtransfer.a libregistry.a libtransfer.a
TRANSFER_LIBS = $(CURL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(CAP_LIBS)
pkglibexec_PROGRAMS += masu-image
masu_image_SOURCES = %D%/masu-image.c %D%/command.c %D%/command.h
masu_image_CPPFLAGS = $(libtransfer_a_CPPFLAGS)
masu_image_LDADD = $(transfer_libs) libunpack.a libimage.a libociimage.a libstorage.a \
	liblinux.a libbase.a $(TRANSFER_LIBS) $(UNPACK_LIBS)
