# SPDX-License-Identifier: Apache-2.0
# Scripts that check the house rules. The quick ones are part of `make check`.
static_checks = \
	%D%/circles \
	%D%/includes \
	%D%/shape \
	%D%/steps
TESTS += $(static_checks)
EXTRA_DIST += \
	$(static_checks) \
	%D%/all \
	%D%/circles.known \
	%D%/format \
	%D%/language \
	%D%/tidy \
	%D%/tidy-model.h \
	.clang-tidy

.PHONY: format check-format check-language check-tidy
format:
	srcdir=$(srcdir) $(srcdir)/%D%/format --apply
check-format:
	srcdir=$(srcdir) $(srcdir)/%D%/format
check-language:
	$(srcdir)/%D%/language
check-tidy:
	$(srcdir)/%D%/tidy .
