# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libclioptions.a
libclioptions_a_SOURCES = \
	%D%/change-args.c %D%/change-args.h \
	%D%/container-options.c %D%/container-options.h \
	%D%/env-args.c %D%/env-args.h \
	%D%/filter.c %D%/filter.h \
	%D%/format.c %D%/format.h \
	%D%/health-args.c %D%/health-args.h \
	%D%/image-args.c %D%/image-args.h \
	%D%/limit-args.c %D%/limit-args.h \
	%D%/mount-args.c %D%/mount-args.h \
	%D%/option-values.c %D%/option-values.h \
	%D%/options.c %D%/options.h \
	%D%/port-args.c %D%/port-args.h \
	%D%/print.c %D%/print.h \
	%D%/progress.c %D%/progress.h \
	%D%/refused-options.c %D%/refused-options.h \
	%D%/registry-args.c %D%/registry-args.h \
	%D%/restart-args.c %D%/restart-args.h \
	%D%/secret-args.c %D%/secret-args.h \
	%D%/template.c %D%/template.h %D%/template-eval.h \
	%D%/template-call.c \
	%D%/template-print.c \
	%D%/template-scan.c \
	%D%/template-value.c \
	%D%/throttle-args.c %D%/throttle-args.h \
	%D%/ulimit-args.c %D%/ulimit-args.h \
	%D%/words.c %D%/words.h

cli_sources = \
	%D%/archive-file.c %D%/archive-file.h \
	%D%/attach.c \
	%D%/auto-update.c \
	%D%/box.c \
	%D%/cli.c %D%/cli.h \
	%D%/commit.c \
	%D%/complete.c \
	%D%/complete-names.c %D%/complete-names.h \
	%D%/container-filter.c %D%/container-filter.h \
	%D%/cp.c \
	%D%/diff.c \
	%D%/doctor.c \
	%D%/events.c \
	%D%/exec.c \
	%D%/exists.c \
	%D%/findings.c %D%/findings.h \
	%D%/generate.c \
	%D%/groups.c \
	%D%/healthcheck.c \
	%D%/history.c \
	%D%/images.c \
	%D%/import.c \
	%D%/init.c \
	%D%/info.c \
	%D%/inspect.c \
	%D%/list.c %D%/list.h \
	%D%/load.c \
	%D%/login.c \
	%D%/logs.c \
	%D%/masu.c \
	%D%/mount.c \
	%D%/new-container.c %D%/new-container.h \
	%D%/output-file.c %D%/output-file.h \
	%D%/pause.c \
	%D%/port.c \
	%D%/prune.c \
	%D%/ps.c \
	%D%/push.c \
	%D%/quadlet.c \
	%D%/quadlet-text.c %D%/quadlet-text.h \
	%D%/rename.c \
	%D%/rm.c \
	%D%/selection.c %D%/selection.h \
	%D%/run.c \
	%D%/save.c \
	%D%/secret.c \
	%D%/stats.c \
	%D%/stop.c \
	%D%/system-check.c \
	%D%/system-df.c \
	%D%/table.c %D%/table.h \
	%D%/top.c \
	%D%/unshare.c \
	%D%/update.c \
	%D%/version.c \
	%D%/volume.c \
	%D%/volume-archive.c \
	%D%/wait.c
