# SPDX-License-Identifier: Apache-2.0
imagemeta_test_ldadd = libimagemeta.a libociimage.a libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
unit_tests += test-reference test-image-document test-layout
test_reference_SOURCES = tests/unit/test-reference.c
test_reference_LDADD = $(imagemeta_test_ldadd)
test_image_document_SOURCES = tests/unit/test-image-document.c
test_image_document_LDADD = $(imagemeta_test_ldadd)
test_layout_SOURCES = tests/unit/test-layout.c
test_layout_LDADD = $(imagemeta_test_ldadd)
