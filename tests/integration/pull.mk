# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += %D%/pull.bats %D%/fake-registry.py %D%/certs.bats %D%/push.bats %D%/push-registry.py %D%/look-into
