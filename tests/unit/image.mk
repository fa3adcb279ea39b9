# SPDX-License-Identifier: Apache-2.0
image_test_ldadd = libimage.a libociimage.a libbase.a $(JSON_LIBS) $(CMOCKA_LIBS)
unit_tests += test-reference test-image-document test-layout test-report
test_reference_SOURCES = tests/unit/test-reference.c
test_reference_LDADD = $(image_test_ldadd)
test_image_document_SOURCES = tests/unit/test-image-document.c
test_image_document_LDADD = $(image_test_ldadd)
test_layout_SOURCES = tests/unit/test-layout.c
test_layout_LDADD = $(image_test_ldadd)
test_report_SOURCES = tests/unit/test-report.c
test_report_LDADD = $(image_test_ldadd)
transfer_test_ldadd = libtransfer.a libregistry.a libimage.a libociimage.a liblinux.a libvarlink.a libbase.a \
	$(TRANSFER_LIBS) $(CMOCKA_LIBS)
unit_tests += test-answer test-challenge test-credentials test-platform test-rules test-url
test_rules_SOURCES = tests/unit/test-rules.c
test_rules_LDADD = $(transfer_test_ldadd)
test_answer_SOURCES = tests/unit/test-answer.c
test_answer_LDADD = $(transfer_test_ldadd)
test_challenge_SOURCES = tests/unit/test-challenge.c
test_challenge_LDADD = $(transfer_test_ldadd)
test_credentials_SOURCES = tests/unit/test-credentials.c
test_credentials_LDADD = $(transfer_test_ldadd)
test_platform_SOURCES = tests/unit/test-platform.c
test_platform_LDADD = $(transfer_test_ldadd)
test_url_SOURCES = tests/unit/test-url.c
test_url_LDADD = $(transfer_test_ldadd)
unit_tests += test-sandbox
test_sandbox_SOURCES = tests/unit/test-sandbox.c
test_sandbox_LDADD = libtransfer.a libregistry.a libunpack.a liblinux.a libvarlink.a libbase.a $(TRANSFER_LIBS) $(UNPACK_LIBS) \
	$(CMOCKA_LIBS)
