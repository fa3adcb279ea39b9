# SPDX-License-Identifier: Apache-2.0
# References and the OCI layout on disk. Linked as: libimage.a libociimage.a libbase.a
noinst_LIBRARIES += libimage.a
libimage_a_SOURCES = \
	%D%/details-cache.c %D%/details-cache.h \
	%D%/layout.c %D%/layout-edit.c %D%/layout-list.c %D%/layout.h \
	%D%/platform.c %D%/platform.h \
	%D%/reference.c %D%/reference.h \
	%D%/report.c %D%/report.h
