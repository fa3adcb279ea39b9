/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories of quadlet files. Those of masu come before those of podman at each level:
 *
 *	user	$XDG_RUNTIME_DIR/D, $XDG_CONFIG_HOME/D (~/.config/D), /etc/D/users/UID, /etc/D/users,
 *		/usr/share/D/users/UID, /usr/share/D/users
 *	system	/run/D, /etc/D, /usr/share/D
 *
 * where D is masu/systemd and containers/systemd. The latter belongs to podman if its generator is installed: otherwise both
 * would write the same units. QUADLET_UNIT_DIRS, a list with colons, replaces all of them.
 */

#include <stdbool.h>

#include "base/err.h"

/*
 * The directories that exist, with those below them, in their order of precedence. Links are followed, and each directory is
 * listed once. `*ret_notices` names directories that were left out. 0 or -ENOMEM.
 */
int quadlet_search(bool user, char ***ret_dirs, char ***ret_notices);
