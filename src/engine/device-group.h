/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices that belong to a group of the host: graphics (render), cameras (video), sound (audio), serial ports (dialout). On a desktop
 * systemd gives the user of the seat access by an ACL. Without one the user has to be a member of the group, and a container
 * has to keep that: an ordinary user cannot map it.
 */

#include <stdbool.h>

enum device_access {
	DEVICE_OPEN,	  /* or it is none that a group opens */
	DEVICE_BY_GROUP,  /* the caller may open it, but only by a group */
	DEVICE_NEW_LOGIN, /* the user is a member of the group, but this session began before */
	DEVICE_NO_MEMBER, /* a member of the group may open it */
};

/* Examines a device node. With the last two, *ret_group is the group's name, or its number, to be freed; NULL when out of memory. */
enum device_access device_group_examine(const char *path, char **ret_group);

/* Texts about a device with that access, to be freed; NULL when out of memory. The fix is for DEVICE_NO_MEMBER. */
char *device_group_message(enum device_access access, const char *group);
char *device_group_fix(const char *group);
