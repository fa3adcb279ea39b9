# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	%D%/devices.c %D%/devices.h \
	%D%/files.c %D%/files.h \
	%D%/loopback.c %D%/loopback.h \
	%D%/namespace.c %D%/namespace.h \
	%D%/network.c %D%/network.h \
	%D%/ports.c %D%/ports.h \
	%D%/publish.c \
	%D%/relay.c %D%/relay.h \
	%D%/slirp.c %D%/slirp.h
