# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += \
	%D%/masu.1 \
	%D%/masu.3 \
	%D%/masu-attach.1 \
	%D%/masu-auto-update.1 \
	%D%/masu-auto-update.service.8 \
	%D%/masu-box.1 \
	%D%/masu-commit.1 \
	%D%/masu-container.1 \
	%D%/masu-cp.1 \
	%D%/masu-create.1 \
	%D%/masu-diff.1 \
	%D%/masu-doctor.1 \
	%D%/masu-events.1 \
	%D%/masu-exec.1 \
	%D%/masu-export.1 \
	%D%/masu-format.7 \
	%D%/masu-generate.1 \
	%D%/masu-generator.8 \
	%D%/masu-healthcheck.1 \
	%D%/masu-history.1 \
	%D%/masu-image.1 \
	%D%/masu-images.1 \
	%D%/masu-import.1 \
	%D%/masu-info.1 \
	%D%/masu-init.1 \
	%D%/masu-inspect.1 \
	%D%/masu-kill.1 \
	%D%/masu-load.1 \
	%D%/masu-login.1 \
	%D%/masu-logout.1 \
	%D%/masu-logs.1 \
	%D%/masu-mount.1 \
	%D%/masu-oci.1 \
	%D%/masu-pause.1 \
	%D%/masu-port.1 \
	%D%/masu-ps.1 \
	%D%/masu-pull.1 \
	%D%/masu-push.1 \
	%D%/masu-quadlet.1 \
	%D%/masu-quadlet.5 \
	%D%/masu-rename.1 \
	%D%/masu-host.socket.8 \
	%D%/masu-restart.1 \
	%D%/masu-restart.service.8 \
	%D%/masu-prune.service.8 \
	%D%/masu@.service.8 \
	%D%/masu-rm.1 \
	%D%/masu-rmi.1 \
	%D%/masu-run.1 \
	%D%/masu-registries.conf.5 \
	%D%/masu.conf.5 \
	%D%/masu-secret.1 \
	%D%/masu-save.1 \
	%D%/masu-start.1 \
	%D%/masu-stats.1 \
	%D%/masu-stop.1 \
	%D%/masu-system.1 \
	%D%/masu-tag.1 \
	%D%/masu-top.1 \
	%D%/masu-unmount.1 \
	%D%/masu-unpause.1 \
	%D%/masu-unshare.1 \
	%D%/masu-update.1 \
	%D%/masu-version.1 \
	%D%/masu-volume.1 \
	%D%/masu-wait.1
dist_doc_DATA = README.md NEWS.md SECURITY.md %D%/architecture.md %D%/coming-from-docker.md %D%/conformance.md \
	%D%/performance.md %D%/threats.md
EXTRA_DIST += CONTRIBUTING.md

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completions/masu completions/masu-oci
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = completions/zsh/_masu
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = completions/masu.fish
