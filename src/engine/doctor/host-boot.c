/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The start at boot. A unit is enabled if a target wants it by a link: systemd is not asked, because a user manager need not
 * run for that.
 */

#include "engine/doctor/host-boot.h"

#include <unistd.h>

#include "base/account.h"
#include "base/str.h"
#include "engine/container/container.h"
#include "linux/idmap.h"
#include "systemd/scope.h"

#define UNIT	 "masu-restart.service"
#define USER_DIR "systemd/user/default.target.wants/" UNIT

static bool is_link(const char *path)
{
	char target[2];

	return path && readlink(path, target, sizeof(target)) >= 0;
}

static bool is_enabled_for_user(void)
{
	_cleanup_free_ char *path = account_config_path(USER_DIR);

	return is_link("/etc/" USER_DIR) || is_link(path); /* the former is for all users */
}

static bool is_enabled(bool root)
{
	return root ? is_link("/etc/systemd/system/multi-user.target.wants/" UNIT)
		    : is_enabled_for_user();
}

/* A store that cannot be read has other findings. */
static size_t count_due(struct masu_engine *e)
{
	const struct masu_list_options due = {
		.size = sizeof(due), .all = true, .start_on_boot = MASU_YES};
	_cleanup_masu_container_list_ masu_container_list *list = NULL;

	return masu_container_list_read(e, &due, &list, NULL) < 0 ? 0
								  : masu_container_list_count(list);
}

static void add_linger(struct facts *f)
{
	_cleanup_free_ char *user = account_name(getuid()), *fix = NULL;
	bool lingers = scope_user_lingers();

	facts_add(f, "boot", "they start", lingers ? "at boot" : "when the user logs in");
	if (lingers)
		return;
	fix = user ? str_printf("sudo loginctl enable-linger %s", user)
		   : str_printf("sudo loginctl enable-linger %u", getuid());
	facts_problem(f, "boot-linger", MASU_SEVERITY_WARNING,
		      "at boot systemd starts the manager of a user who lingers; that of others "
		      "starts with their first session",
		      fix);
}

void host_boot(struct masu_engine *e, struct facts *f)
{
	const bool root = idmap_caller_is_privileged(), enabled = is_enabled(root);
	const size_t n = count_due(e);
	_cleanup_free_ char *count = str_printf("%zu", n);

	facts_add(f, "boot", "containers to start", count);
	facts_add(f, "boot", UNIT, enabled ? "enabled" : "not enabled");
	if (!n)
		return;
	if (!enabled)
		facts_problem(f, "boot-unit", MASU_SEVERITY_WARNING,
			      "the restart policies of containers ask for a start at boot, which "
			      "needs the unit",
			      root ? "systemctl enable " UNIT : "systemctl --user enable " UNIT);
	if (!root)
		add_linger(f);
}
