# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += %D%/pull.bats %D%/fake-registry.py %D%/look-into
