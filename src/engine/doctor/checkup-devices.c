/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the host that a container was created with. */

#include "engine/doctor/checkup.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/device-group.h"
#include "oci/annotations.h"

static void examine_node(struct checkup *k, const char *path)
{
	_cleanup_free_ char *group = NULL;
	enum device_access access = device_group_examine(path, &group);
	bool by_group = access == DEVICE_BY_GROUP;

	if (access == DEVICE_OPEN ||
	    (by_group && oci_annotation_is_on(k->c->spec, OCI_ANNOTATION_KEEP_GROUPS)))
		return;
	k->failed |= !by_group && !group;
	if (!by_group && !group)
		return;
	checkup_add(k, &(struct checkup_finding){
			       .id = "device-group",
			       .severity = MASU_SEVERITY_WARNING,
			       .object = str_printf("device \"%s\"", path),
			       .message = device_group_message(access, group),
			       .fix = by_group ? checkup_recreate(k, "--group-add keep-groups")
				      : access == DEVICE_NO_MEMBER ? device_group_fix(group)
								   : NULL,
		       });
}

/* All devices of a directory like /dev/dri, but none further below: those are links to them. */
static void examine_directory(struct checkup *k, const char *path)
{
	_cleanup_closedir_ DIR *d = opendir(path);
	const struct dirent *entry;

	while (d && (entry = file_next_entry(d))) {
		_cleanup_free_ char *node = path_join(path, entry->d_name);

		k->failed |= !node;
		if (node)
			examine_node(k, node);
	}
}

static void examine_device(struct checkup *k, const char *device)
{
	_cleanup_free_ char *path = strndup(device, strcspn(device, ":"));
	struct stat st;

	k->failed |= !path;
	if (!path)
		return;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			examine_directory(k, path);
		else
			examine_node(k, path);
		return;
	}
	checkup_add(k, &(struct checkup_finding){
			       .id = "device-missing",
			       .severity = MASU_SEVERITY_ERROR,
			       .object = str_printf("device \"%s\"", path),
			       .message = str_printf("the host's device cannot be used: %s",
						     strerror(errno)),
		       });
}

void checkup_devices(struct checkup *k)
{
	STRV_FOREACH(device, k->c->record.devices)
		examine_device(k, *device);
}
