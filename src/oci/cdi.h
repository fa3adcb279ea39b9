/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files of the Container Device Interface, version 0.3 to 1.x: the devices of a kind ("vendor.com/class"), and the edits
 * to a container's spec that give it one (github.com/cncf-tags/container-device-interface, SPEC.md).
 */

#include "oci/spec.h"

#define CDI_FILE_SIZE_MAX (1u << 20)

struct cdi_node {
	char *path;	 /* in the container, absolute and normal */
	char *host_path; /* NULL: the same */
	char type;	 /* c, u, b, p; 0: that of the host's node, and so for the rest */
	int64_t major, minor;
	bool has_file_mode, has_uid, has_gid;
	uint32_t file_mode, uid, gid;
	char access[4]; /* of r, w, m */
};

struct cdi_edits {
	char **env; /* "NAME=value" */
	struct cdi_node *nodes;
	size_t n_nodes;
	/* mounts, hooks and net_devices alone; NULL: none */
	struct oci_spec *spec;
	uint32_t *gids;
	size_t n_gids;
	bool wants_intel_rdt;
};

struct cdi_device {
	char *name;
	struct cdi_edits edits;
};

struct cdi_file {
	char *kind;
	struct cdi_device *devices;
	size_t n_devices;
	struct cdi_edits edits; /* once, whichever of the devices are wanted */
};
void cdi_file_done(struct cdi_file *file);
#define _cleanup_cdi_file_ _cleanup_(cdi_file_done)

/* ERR_INVALID names the place ("devices[0].containerEdits.hooks[1].path"), ERR_UNSUPPORTED the version. */
int cdi_file_parse(struct json_object *o, struct cdi_file *ret, struct masu_error *err);

/* Is it "VENDOR/CLASS=NAME", the name of a device? */
bool cdi_is_device_name(const char *text);
