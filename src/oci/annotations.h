/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Annotations that change what masu-oci does, most by the names that runc and crun gave them. All others are the
 * caller's own and without effect, as the specification demands.
 */

#include "oci/spec.h"

#define OCI_ANNOTATION_CRIU_CONFIG     "org.criu.config"
#define OCI_ANNOTATION_DELEGATE_CGROUP "run.oci.delegate-cgroup"
#define OCI_ANNOTATION_HANDLER	       "run.oci.handler"
/* masu's own: names of further groups, "NAME,..." of the container's /etc/group */
#define OCI_ANNOTATION_GROUP_NAMES	    "masu.group-names"
#define OCI_ANNOTATION_HOOKS_STDERR	    "run.oci.hooks.stderr"
#define OCI_ANNOTATION_HOOKS_STDOUT	    "run.oci.hooks.stdout"
#define OCI_ANNOTATION_KEEP_GROUPS	    "run.oci.keep_original_groups"
#define OCI_ANNOTATION_MOUNT_CONTEXT_TYPE   "run.oci.mount_context_type"
#define OCI_ANNOTATION_PIDFD_RECEIVER	    "run.oci.pidfd_receiver"
#define OCI_ANNOTATION_SECCOMP_FAIL_UNKNOWN "run.oci.seccomp_fail_unknown_syscall"
#define OCI_ANNOTATION_SECCOMP_RECEIVER	    "run.oci.seccomp.receiver"
#define OCI_ANNOTATION_PROPERTY		    "org.systemd.property." /* and the property's name */
#define OCI_ANNOTATION_SYSTEMD_SUBGROUP	    "run.oci.systemd.subgroup"

/* All of them, for lists; a name that ends in "." stands for all that begin with it. NULL ends it. */
extern const char *const oci_annotations[];

/* ERR_INVALID or ERR_UNSUPPORTED for a value that can't be followed. */
int oci_annotations_check(const struct oci_spec *spec, struct masu_error *err);

/* Is a switch on? Only after oci_annotations_check(). */
bool oci_annotation_is_on(const struct oci_spec *spec, const char *name);

/* The mount option that linux.mountLabel is given by: "context" unless an annotation says another. */
const char *oci_mount_context_option(const struct oci_spec *spec);
