# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	%D%/conf.c %D%/conf.h \
	%D%/conf-keys.c \
	%D%/engine.c %D%/engine.h \
	%D%/error.c \
	%D%/device-group.c %D%/device-group.h \
	%D%/findings.c %D%/findings.h \
	%D%/launcher.h \
	%D%/log-tag.c %D%/log-tag.h \
	%D%/name.c %D%/name.h \
	%D%/options.c %D%/options.h \
	%D%/program.c %D%/program.h \
	%D%/run-dir.c %D%/run-dir.h \
	%D%/container/container.c %D%/container/container.h \
	%D%/container/container-log.c %D%/container/container-log.h \
	%D%/container/container-map.c %D%/container/container-map.h \
	%D%/container/event.c %D%/container/event.h \
	%D%/container/exports.c %D%/container/exports.h \
	%D%/container/events.c \
	%D%/container/exposed.c %D%/container/exposed.h \
	%D%/container/freeze.c %D%/container/freeze.h \
	%D%/container/health.c %D%/container/health.h \
	%D%/container/health-change.c %D%/container/health-change.h \
	%D%/container/home.c %D%/container/home.h \
	%D%/container/inspect-network.c %D%/container/inspect-network.h \
	%D%/container/inspect.c %D%/container/inspect.h \
	%D%/container/limits.c %D%/container/limits.h \
	%D%/container/logs.c \
	%D%/container/mounted.c %D%/container/mounted.h \
	%D%/container/name-files.c %D%/container/name-files.h \
	%D%/container/names.c %D%/container/names.h \
	%D%/container/on-demand.c %D%/container/on-demand.h \
	%D%/container/on-demand-release.c \
	%D%/container/overlay-dir.c %D%/container/overlay-dir.h \
	%D%/container/record.c %D%/container/record.h \
	%D%/container/requires.c %D%/container/requires.h \
	%D%/container/restart.c %D%/container/restart.h \
	%D%/container/size.c %D%/container/size.h \
	%D%/container/session.c %D%/container/session.h \
	%D%/container/start-all.c \
	%D%/container/state.c %D%/container/state.h \
	%D%/container/stats.c \
	%D%/container/top.c \
	%D%/container/wait.c \
	%D%/image/choose.c %D%/image/choose.h \
	%D%/image/commit-config.c %D%/image/commit-config.h \
	%D%/image/credential-helper.c %D%/image/credential-helper.h \
	%D%/image/history.c \
	%D%/image/image.c %D%/image/image.h \
	%D%/image/image-program.c %D%/image/image-program.h \
	%D%/image/image-list.c \
	%D%/image/images.c \
	%D%/image/import.c \
	%D%/image/load.c \
	%D%/image/login.c \
	%D%/image/push.c \
	%D%/image/save.c \
	%D%/image/usage.c %D%/image/usage.h \
	%D%/volume/volume.c %D%/volume/volume.h \
	%D%/volume/volume-dir.c %D%/volume/volume-dir.h \
	%D%/volume/volume-list.c \
	%D%/volume/volume-mount.c %D%/volume/volume-mount.h \
	%D%/volume/volume-options.c \
	%D%/volume/volume-users.c \
	%D%/volume/volumes.c %D%/volume/volumes.h \
	%D%/secret/secret.c \
	%D%/secret/secret-store.c %D%/secret/secret-store.h \
	%D%/control/control.c %D%/control/control.h \
	%D%/control/list.c \
	%D%/control/list-cache.c %D%/control/list-cache.h \
	%D%/control/list-filter.c %D%/control/list-filter.h \
	%D%/control/open.c \
	%D%/control/remove.c %D%/control/remove.h \
	%D%/control/rename.c \
	%D%/control/update.c \
	%D%/control/volume-remove.c \
	%D%/service/auto-update.c \
	%D%/service/candidate.c %D%/service/candidate.h \
	%D%/service/journal.c %D%/service/journal.h \
	%D%/service/restart-unit.c %D%/service/restart-unit.h \
	%D%/store/check.c %D%/store/check.h \
	%D%/store/check-containers.c \
	%D%/store/check-images.c \
	%D%/store/check-problem.c \
	%D%/store/disk-usage.c \
	%D%/files/archive.c \
	%D%/files/changes.c \
	%D%/files/commit.c \
	%D%/files/file-place.c %D%/files/file-place.h \
	%D%/box/export.c \
	%D%/box/box.c \
	%D%/create/cdi.c %D%/create/cdi.h \
	%D%/create/cdi-files.c %D%/create/cdi-files.h \
	%D%/create/create.c \
	%D%/create/devices.c %D%/create/devices.h \
	%D%/create/draft.c %D%/create/draft.h \
	%D%/create/default-mounts.c %D%/create/default-mounts.h \
	%D%/create/draft-env.c \
	%D%/create/draft-files.c \
	%D%/create/draft-health.c \
	%D%/create/draft-ids.c \
	%D%/create/draft-image-volumes.c \
	%D%/create/draft-images.c \
	%D%/create/draft-limits.c \
	%D%/create/draft-mounts.c \
	%D%/create/draft-namespaces.c \
	%D%/create/draft-ports.c \
	%D%/create/draft-requires.c \
	%D%/create/draft-secrets.c \
	%D%/create/draft-systemd.c \
	%D%/create/draft-userns.c \
	%D%/create/draft-volumes-from.c \
	%D%/create/id-ranges.c %D%/create/id-ranges.h \
	%D%/create/mounts.c %D%/create/mounts.h \
	%D%/doctor/checkup.c %D%/doctor/checkup.h \
	%D%/doctor/checkup-command.c \
	%D%/doctor/checkup-end.c \
	%D%/doctor/checkup-health.c \
	%D%/doctor/checkup-mounts.c \
	%D%/doctor/checkup-network.c \
	%D%/doctor/checkup-devices.c \
	%D%/doctor/checkup-sources.c \
	%D%/doctor/doctor.c \
	%D%/doctor/examined.c %D%/doctor/examined.h \
	%D%/doctor/facts.c %D%/doctor/facts.h \
	%D%/doctor/host-boot.c %D%/doctor/host-boot.h \
	%D%/doctor/host-facts.c %D%/doctor/host-facts.h \
	%D%/doctor/host-programs.c %D%/doctor/host-programs.h \
	%D%/doctor/host-settings.c %D%/doctor/host-settings.h \
	%D%/doctor/host-store.c %D%/doctor/host-store.h \
	%D%/doctor/info.c \
	src/monitor/waiters.c src/monitor/waiters.h
# All that a program with the engine links, in an order that resolves. The program masu has its own launcher, and
# takes nothing from libspawn.a.
engine_libs = libengine.a liblauncher.a libspawn.a libruntime.a libregistry.a libimage.a libociimage.a libstorage.a libnet.a libcgroup.a \
	libscope.a liblogs.a libociseccomp.a liboci.a $(seccomp_libs)

# libmasu, shared and static. Both export the functions of masu.h alone.
include_HEADERS = include/masu.h
shlibdir = $(libdir)
shlib_PROGRAMS = libmasu.so.0
libmasu_so_0_SOURCES =
libmasu_so_0_DEPENDENCIES = $(masu_archives) src/engine/masu.map
masu_archives = libengine.a libspawn.a libruntime.a libregistry.a libimage.a libociimage.a libstorage.a libnet.a libcgroup.a \
	libscope.a liblogs.a libociseccomp.a liboci.a libfilter.a liblinux.a libvarlink.a libbase.a
libmasu_so_0_LINK = $(CC) -shared $(HARDEN_LDFLAGS) $(LDFLAGS) -Wl,-soname,libmasu.so.0 \
	-Wl,--version-script,$(srcdir)/src/engine/masu.map \
	-Wl,--whole-archive libengine.a libspawn.a -Wl,--no-whole-archive -o $@
libmasu_so_0_LDADD = $(masu_archives) $(JSON_LIBS) $(CAP_PIC_LIBS)
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = masu.pc
staticlibdir = $(libdir)
staticlib_DATA = libmasu.a
libmasu.a: $(masu_archives)
	$(AM_V_GEN)$(LD) -r -o $@.o --whole-archive libengine.a libspawn.a --no-whole-archive $(masu_archives) && \
		$(OBJCOPY) --wildcard --keep-global-symbol='masu_*' $@.o && rm -f $@ && $(AR) cr $@ $@.o && rm $@.o
libmasu.so: libmasu.so.0
	$(AM_V_GEN)$(LN_S) -f libmasu.so.0 $@
noinst_DATA += libmasu.so
CLEANFILES += libmasu.a libmasu.so
EXTRA_DIST += src/engine/masu.map
install-data-hook:
	cd $(DESTDIR)$(libdir) && $(LN_S) -f libmasu.so.0 libmasu.so
uninstall-hook:
	rm -f $(DESTDIR)$(libdir)/libmasu.so

# The examples are programs of the static library.
check_PROGRAMS += deploy watch
deploy_SOURCES = examples/deploy.c
deploy_CPPFLAGS = -I$(top_srcdir)/include
deploy_LDADD = libmasu.a $(JSON_LIBS) $(CAP_LIBS)
watch_SOURCES = examples/watch.c
watch_CPPFLAGS = $(deploy_CPPFLAGS)
watch_LDADD = $(deploy_LDADD)
examplesdir = $(docdir)/examples
dist_examples_DATA = examples/deploy.c examples/watch.c
