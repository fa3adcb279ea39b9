# SPDX-License-Identifier: Apache-2.0
dist_userunit_DATA = %D%/masu.slice %D%/masu-auto-update.timer %D%/masu-prune.timer %D%/masu-host.socket %D%/masu-wait-network-online.service
nodist_userunit_DATA = %D%/masu-userns.service %D%/masu-host@.service %D%/masu-restart.service %D%/masu-auto-update.service %D%/masu-prune.service %D%/masu@.service
dist_systemunit_DATA = %D%/system/masu-auto-update.timer %D%/system/masu-prune.timer
nodist_systemunit_DATA = %D%/system/masu-restart.service %D%/system/masu-auto-update.service %D%/system/masu-prune.service %D%/system/masu@.service
generated_units = $(nodist_userunit_DATA) $(nodist_systemunit_DATA)
EXTRA_DIST += $(generated_units:=.in)
CLEANFILES += $(generated_units)
$(generated_units): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's,@pkglibexecdir[@],$(pkglibexecdir),g' -e 's,@bindir[@],$(bindir),g' \
		$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
