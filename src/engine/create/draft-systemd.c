/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A container whose command is systemd, as https://systemd.io/CONTAINER_INTERFACE has it: file systems in memory, its own
 * cgroup writable, the variable container_uuid, from which systemd makes a missing machine id, and its signal for a halt. The
 * variable "container" is set for each container; /proc/sys and /sys are read-only in each.
 */

#include "engine/create/draft.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

/* systemd.special(7) and systemd(1), "Signals": halt.target. */
#define SIGNAL_HALT (SIGRTMIN + 3)

static const char *const directories[] = {"/run", "/run/lock", "/tmp"};

/* The commands that podman takes for systemd. */
static bool is_systemd(const char *command)
{
	static const char *const paths[] = {"/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (streq(command, paths[i]))
			return true;
	return streq(path_last(command), "systemd");
}

static bool is_wanted(const struct draft *d, enum masu_systemd choice)
{
	char *const *args = d->spec->process->args;

	return choice == MASU_SYSTEMD_ALWAYS ||
	       (choice == MASU_SYSTEMD_DETECT && args && *args && is_systemd(*args));
}

/* Programs can be executed there, as on a host. */
static int add_directories(struct draft *d, struct masu_error *err)
{
	static char *const options[] = {(char *)"nosuid", (char *)"nodev", (char *)"exec", NULL};

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const struct masu_mount mount = {.size = sizeof(mount),
						 .type = MASU_MOUNT_TMPFS,
						 .target = directories[i],
						 .copy_up = true,
						 .options = options};
		int r = mounts_add_inherited(&d->mounts, &mount, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int draft_systemd(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	if ((unsigned int)o->systemd > MASU_SYSTEMD_ALWAYS)
		return err_set(err, ERR_INVALID, EINVAL, "unknown treatment of systemd: %d",
			       o->systemd);
	if (o->init && o->systemd == MASU_SYSTEMD_ALWAYS)
		return draft_conflict("--init", "--systemd=always", err);
	d->is_systemd = is_wanted(d, o->systemd);
	if (!d->is_systemd)
		return 0;
	if (!d->record.stop_signal)
		d->record.stop_signal = SIGNAL_HALT;
	return add_directories(d, err);
}

int draft_systemd_uuid(struct draft *d, const char *id, struct masu_error *err)
{
	_cleanup_free_ char *variable = d->is_systemd ? str_printf("container_uuid=%.32s", id)
						      : NULL;

	if (!d->is_systemd || strv_env_get(d->spec->process->env, "container_uuid"))
		return 0;
	return !variable || strv_push(&d->spec->process->env, variable) < 0 ? err_oom(err) : 0;
}
