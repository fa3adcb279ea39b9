/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/nsresource.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "varlink/varlink.h"

#define INTERFACE "io.systemd.NamespaceResource."

/* systemd starts the service, and polkit answers it: on a loaded machine that takes seconds. */
#define TIMEOUT_MS 30000

#define NAME_SIZE  sizeof("masu-0123456789")

/*
 * Two namespaces that exist may not have the same name, and the service does not change it for that. At most 16 bytes. It
 * shows as the names of users: "ns-1000-masu-0123456789-5".
 */
static int name_namespace(char name[NAME_SIZE])
{
	unsigned char bytes[5];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	(void)snprintf(name, NAME_SIZE, "masu-%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
		       bytes[3], bytes[4]);
	return 0;
}

static int build_parameters(const char *name, bool delegated, bool foreign,
			    struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "type", "self");
	build_int(&b, o, "delegateContainerRanges", delegated);
	build_bool(&b, o, "mapForeign", foreign);
	build_text(&b, o, "name", name);
	build_bool(&b, o, "mangleName", true);
	build_int(&b, o, "target", 0);
	build_int(&b, o, "size", 1);
	build_int(&b, o, "userNamespaceFileDescriptor", 0);
	if (b.failed)
		return -ENOMEM;
	*ret = TAKE_PTR(o);
	return 0;
}

static int allocate(int userns_fd, struct json_object *parameters, struct varlink_reply *ret,
		    struct masu_error *err)
{
	const struct varlink_call call = {.socket = NSRESOURCE_SOCKET,
					  .method = INTERFACE "AllocateUserRange",
					  .parameters = parameters,
					  .fd = userns_fd,
					  .timeout_ms = TIMEOUT_MS};
	return varlink_call(&call, ret, err);
}

/* The parameter that the service refuses: an older systemd does not know all of them. */
static const char *refused_parameter(const struct varlink_reply *reply)
{
	const char *name = NULL;

	if (!streq(reply->error, "org.varlink.service.InvalidParameter") || !reply->parameters)
		return NULL;
	return json_get_string(reply->parameters, "", "parameter", &name, NULL) > 0 ? name : NULL;
}

/* Whether all that the call lacks is a user namespace, which the service looks for last. */
static bool is_refused_for_namespace(const struct varlink_reply *reply)
{
	const char *parameter = refused_parameter(reply);
	int64_t code = 0;

	if (parameter)
		return streq(parameter, "userNamespaceFileDescriptor");
	return streq(reply->error, "io.systemd.System") && reply->parameters &&
	       json_get_int64(reply->parameters, "", "errno", JSON_RANGE(0, 4095), &code, NULL) >
		       0 &&
	       code == ENXIO;
}

static char *explain_refusal(const struct varlink_reply *reply)
{
	const char *rest = str_after(reply->error, INTERFACE);

	if (refused_parameter(reply))
		return strdup("it is older than systemd 260");
	if (rest && streq(rest, "UserNamespaceInterfaceNotSupported"))
		return strdup("the kernel lacks the BPF security module (lsm=...,bpf)");
	return str_printf("it answers %s", reply->error);
}

static int give_reason(char *text, char **ret_reason, struct masu_error *err)
{
	*ret_reason = text;
	return text ? 0 : err_oom(err);
}

int nsresource_is_usable(char **ret_reason, struct masu_error *err)
{
	_cleanup_varlink_reply_ struct varlink_reply reply = {0};
	_cleanup_err_ struct masu_error failure = ERR_INIT;
	_cleanup_json_ struct json_object *parameters = NULL;

	*ret_reason = NULL;
	if (access(NSRESOURCE_SOCKET, F_OK) < 0)
		return 0;
	if (build_parameters("masu", true, true, &parameters) < 0)
		return err_oom(err);
	int r = allocate(-1, parameters, &reply, &failure);
	if (r == -ENOENT || r == -ECONNREFUSED || r == -EACCES)
		return give_reason(TAKE_PTR(failure.message), ret_reason, err);
	if (r < 0)
		return err_move(err, &failure);
	if (!reply.error)
		return err_set(err, ERR_UNAVAILABLE, EBADMSG,
			       "systemd-nsresourced maps no user namespace, and reports success");
	return is_refused_for_namespace(&reply)
		       ? 1
		       : give_reason(explain_refusal(&reply), ret_reason, err);
}

int nsresource_allocate(int userns_fd, enum nsresource_ids ids, struct masu_error *err)
{
	_cleanup_varlink_reply_ struct varlink_reply reply = {0};
	_cleanup_json_ struct json_object *parameters = NULL;
	char name[NAME_SIZE];

	int r = name_namespace(name);
	if (r < 0)
		return err_sys(err, r, "name a user namespace");
	if (build_parameters(name, ids == NSRESOURCE_DELEGATED, ids == NSRESOURCE_FOREIGN,
			     &parameters) < 0)
		return err_oom(err);
	r = allocate(userns_fd, parameters, &reply, err);
	if (r < 0 || !reply.error)
		return r < 0 ? err_prefix(err, "systemd-nsresourced") : 0;
	_cleanup_free_ char *reason = explain_refusal(&reply);
	return err_set(err, ERR_UNAVAILABLE, EPERM, "systemd-nsresourced gives no ids: %s",
		       reason ? reason : reply.error);
}
