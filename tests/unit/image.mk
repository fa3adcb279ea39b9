# SPDX-License-Identifier: Apache-2.0
imagemeta_test_ldadd = libimagemeta.a libociimage.a libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
unit_tests += test-reference test-image-document test-layout
test_reference_SOURCES = tests/unit/test-reference.c
test_reference_LDADD = $(imagemeta_test_ldadd)
test_image_document_SOURCES = tests/unit/test-image-document.c
test_image_document_LDADD = $(imagemeta_test_ldadd)
test_layout_SOURCES = tests/unit/test-layout.c
test_layout_LDADD = $(imagemeta_test_ldadd)
imagefetch_test_ldadd = libimagefetch.a libimagemeta.a libociimage.a liblinux.a libbase.a \
	$(IMAGEFETCH_LIBS) $(CMOCKA_LIBS)
unit_tests += test-challenge test-credentials test-platform test-url
test_challenge_SOURCES = tests/unit/test-challenge.c
test_challenge_LDADD = $(imagefetch_test_ldadd)
test_credentials_SOURCES = tests/unit/test-credentials.c
test_credentials_LDADD = $(imagefetch_test_ldadd)
test_platform_SOURCES = tests/unit/test-platform.c
test_platform_LDADD = $(imagefetch_test_ldadd)
test_url_SOURCES = tests/unit/test-url.c
test_url_LDADD = $(imagefetch_test_ldadd)
unit_tests += test-sandbox
test_sandbox_SOURCES = tests/unit/test-sandbox.c
test_sandbox_LDADD = libimagefetch.a libunpack.a liblinux.a libbase.a $(IMAGEFETCH_LIBS) $(UNPACK_LIBS) \
	$(CMOCKA_LIBS)
