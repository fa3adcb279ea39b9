# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	%D%/backend.h \
	%D%/confine.c %D%/confine.h \
	%D%/connector.c %D%/connector.h \
	%D%/devices.c %D%/devices.h \
	%D%/files.c %D%/files.h \
	%D%/helper.c %D%/helper.h \
	%D%/host-address.c %D%/host-address.h \
	%D%/host-port.c %D%/host-port.h \
	%D%/mac.c %D%/mac.h \
	%D%/namespace.c %D%/namespace.h \
	%D%/network.c %D%/network.h \
	%D%/pasta.c \
	%D%/pasta-options.c %D%/pasta-options.h \
	%D%/port-owner.c %D%/port-owner.h \
	%D%/ports.c %D%/ports.h \
	%D%/relay.c %D%/relay.h \
	%D%/slirp.c \
	%D%/stream.c %D%/stream.h \
	%D%/wish.c %D%/wish.h
