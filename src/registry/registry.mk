# SPDX-License-Identifier: Apache-2.0
# One repository of one registry.
noinst_LIBRARIES += libregistry.a
libregistry_a_SOURCES = \
	%D%/answer.c %D%/answer.h \
	%D%/certificates.c %D%/certificates.h \
	%D%/challenge.c %D%/challenge.h \
	%D%/credentials.c %D%/credentials.h \
	%D%/http.c %D%/http.h \
	%D%/http-answer.c %D%/http-answer.h \
	%D%/registry.c %D%/registry-login.c %D%/registry.h %D%/registry-login.h \
	%D%/resolve.c %D%/resolve.h \
	%D%/rules.c %D%/rules.h \
	%D%/rules-files.c \
	%D%/settings.c %D%/settings.h \
	%D%/short-names.c %D%/short-names.h \
	%D%/trusted-file.c %D%/trusted-file.h \
	%D%/url.c %D%/url.h
libregistry_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS)
