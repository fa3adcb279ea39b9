# SPDX-License-Identifier: Apache-2.0
dist_userunit_DATA = %D%/masu.slice %D%/masu-wait-network-online.service
nodist_userunit_DATA = %D%/masu-userns.service %D%/masu-restart.service
nodist_systemunit_DATA = %D%/system/masu-restart.service
generated_units = $(nodist_userunit_DATA) $(nodist_systemunit_DATA)
EXTRA_DIST += $(generated_units:=.in)
CLEANFILES += $(generated_units)
$(generated_units): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's,@pkglibexecdir[@],$(pkglibexecdir),g' -e 's,@bindir[@],$(bindir),g' \
		$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
