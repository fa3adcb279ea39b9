# SPDX-License-Identifier: Apache-2.0
dist_userunit_DATA = %D%/masu.slice
nodist_userunit_DATA = %D%/masu-userns.service
EXTRA_DIST += %D%/masu-userns.service.in
CLEANFILES += %D%/masu-userns.service
%D%/masu-userns.service: %D%/masu-userns.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's,@pkglibexecdir[@],$(pkglibexecdir),g' \
		$(srcdir)/%D%/masu-userns.service.in >$@.tmp && mv $@.tmp $@
