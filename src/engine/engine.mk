# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	%D%/archive.c \
	%D%/checkup.c %D%/checkup.h \
	%D%/checkup-command.c \
	%D%/checkup-end.c \
	%D%/checkup-health.c \
	%D%/checkup-mounts.c \
	%D%/checkup-network.c \
	%D%/checkup-sources.c \
	%D%/cdi.c %D%/cdi.h \
	%D%/cdi-files.c %D%/cdi-files.h \
	%D%/container.c %D%/container.h \
	%D%/changes.c \
	%D%/check.c %D%/check.h \
	%D%/check-containers.c \
	%D%/check-images.c \
	%D%/check-problem.c \
	%D%/commit.c \
	%D%/commit-config.c %D%/commit-config.h \
	%D%/conf.c %D%/conf.h \
	%D%/conf-keys.c \
	%D%/container-map.c %D%/container-map.h \
	%D%/container-log.c %D%/container-log.h \
	%D%/control.c %D%/control.h \
	%D%/create.c \
	%D%/devices.c %D%/devices.h \
	%D%/doctor.c \
	%D%/disk-usage.c \
	%D%/draft.c %D%/draft.h \
	%D%/draft-files.c \
	%D%/draft-images.c \
	%D%/draft-health.c \
	%D%/draft-limits.c \
	%D%/draft-mounts.c \
	%D%/draft-namespaces.c \
	%D%/draft-secrets.c \
	%D%/draft-userns.c \
	%D%/draft-volumes-from.c \
	%D%/engine.c %D%/engine.h \
	%D%/error.c \
	%D%/event.c %D%/event.h \
	%D%/events.c \
	%D%/file-place.c %D%/file-place.h \
	%D%/history.c \
	%D%/freeze.c %D%/freeze.h \
	%D%/health.c %D%/health.h \
	%D%/home.c %D%/home.h \
	%D%/image.c %D%/image.h \
	%D%/image-list.c \
	%D%/images.c \
	%D%/examined.c %D%/examined.h \
	%D%/facts.c %D%/facts.h \
	%D%/findings.c %D%/findings.h \
	%D%/host-boot.c %D%/host-boot.h \
	%D%/host-facts.c %D%/host-facts.h \
	%D%/host-programs.c %D%/host-programs.h \
	%D%/host-settings.c %D%/host-settings.h \
	%D%/host-store.c %D%/host-store.h \
	%D%/import.c \
	%D%/info.c \
	%D%/inspect.c %D%/inspect.h \
	%D%/launcher.h \
	%D%/limits.c %D%/limits.h \
	%D%/list.c \
	%D%/list-cache.c %D%/list-cache.h \
	%D%/list-filter.c %D%/list-filter.h \
	%D%/load.c \
	%D%/login.c \
	%D%/logs.c \
	%D%/mounts.c %D%/mounts.h \
	%D%/name.c %D%/name.h \
	%D%/names.c %D%/names.h \
	%D%/open.c \
	%D%/options.c %D%/options.h \
	%D%/overlay-dir.c %D%/overlay-dir.h \
	%D%/program.c %D%/program.h \
	%D%/record.c %D%/record.h \
	%D%/remove.c %D%/remove.h \
	%D%/requires.c %D%/requires.h \
	%D%/rename.c \
	%D%/restart.c %D%/restart.h \
	%D%/run-dir.c %D%/run-dir.h \
	%D%/save.c \
	%D%/secret.c \
	%D%/secret-store.c %D%/secret-store.h \
	%D%/size.c %D%/size.h \
	%D%/start-all.c \
	%D%/state.c %D%/state.h \
	%D%/stats.c \
	%D%/top.c \
	%D%/update.c \
	%D%/usage.c %D%/usage.h \
	%D%/volume.c %D%/volume.h \
	%D%/volume-dir.c %D%/volume-dir.h \
	%D%/volume-list.c \
	%D%/volumes.c %D%/volumes.h \
	%D%/wait.c \
	src/monitor/waiters.c src/monitor/waiters.h
noinst_LIBRARIES += libspawn.a
libspawn_a_SOURCES = %D%/spawn.c
# All that a program with the engine links, in an order that resolves. The program masu has its own launcher, and
# takes nothing from libspawn.a.
engine_libs = libengine.a liblauncher.a libspawn.a libruntime.a libimage.a libociimage.a libstorage.a libnet.a libcgroup.a \
	libscope.a liblogs.a libociseccomp.a liboci.a $(seccomp_libs)

# libmasu, shared and static. Both export the functions of masu.h alone.
include_HEADERS = include/masu.h
shlibdir = $(libdir)
shlib_PROGRAMS = libmasu.so.0
libmasu_so_0_SOURCES =
libmasu_so_0_DEPENDENCIES = $(masu_archives) src/engine/masu.map
masu_archives = libengine.a libspawn.a libruntime.a libimage.a libociimage.a libstorage.a libnet.a libcgroup.a \
	libscope.a liblogs.a libociseccomp.a liboci.a libfilter.a liblinux.a libbase.a
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
