# SPDX-License-Identifier: Apache-2.0
# Documents of images; those of the runtime are another library, since few programs need both.
noinst_LIBRARIES += libociimage.a
libociimage_a_SOURCES = \
	%D%/digest.c %D%/digest.h \
	%D%/image.c %D%/image-config.c %D%/image.h
