# SPDX-License-Identifier: Apache-2.0
# The profile as text; the programs have it built in, and @sysconfdir@/masu/seccomp.json replaces it.
dist_pkgdata_DATA = %D%/seccomp.json

delegatedir = $(systemunitdir)/user@.service.d
dist_delegate_DATA = %D%/50-masu-delegate.conf

# Parsers before AppArmor 4 refuse the file, so it goes into force only where --enable-apparmor says
# so (by default: where the build machine has AppArmor 4), and lies beside the other data always.
apparmor_profile = %D%/apparmor/masu
EXTRA_DIST += $(apparmor_profile).in
CLEANFILES += $(apparmor_profile)
pkgapparmordir = $(pkgdatadir)/apparmor
nodist_pkgapparmor_DATA = $(apparmor_profile)
if APPARMOR
apparmordir = $(sysconfdir)/apparmor.d
nodist_apparmor_DATA = $(apparmor_profile)
endif
$(apparmor_profile): $(apparmor_profile).in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's,@bindir[@],$(bindir),g' \
		-e 's,@sysconfdir[@],$(sysconfdir),g' -e 's,@pkglibexecdir[@],$(pkglibexecdir),g' \
		$(srcdir)/$(apparmor_profile).in >$@.tmp && mv $@.tmp $@
