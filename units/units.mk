# SPDX-License-Identifier: Apache-2.0
dist_userunit_DATA = %D%/masu.slice
