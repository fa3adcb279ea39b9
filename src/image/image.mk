# SPDX-License-Identifier: Apache-2.0
# What of an image the engine reads: json-c alone. Linked as: libimagemeta.a libociimage.a libbase.a
noinst_LIBRARIES += libimagemeta.a
libimagemeta_a_SOURCES = \
	%D%/layout.c %D%/layout-edit.c %D%/layout-list.c %D%/layout.h \
	%D%/reference.c %D%/reference.h
include src/image/fetch.mk
include src/image/unpack.mk
