/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/listener.h"

#include <errno.h>
#include <string.h>

#include "base/channel.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "oci/annotations.h"
#include "oci/state.h"
#include "runtime/init/messages.h"

const char *listener_path(const struct oci_spec *spec)
{
	const char *path = spec->seccomp ? spec->seccomp->listener_path : NULL;

	return path ? path : oci_map_get(&spec->annotations, OCI_ANNOTATION_SECCOMP_RECEIVER);
}

int listener_check(const struct oci_spec *spec, const struct seccomp_filter *filter,
		   struct masu_error *err)
{
	if (!filter || !seccomp_filter_notifies(filter) || listener_path(spec))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs it");
}

int listener_message(const struct oci_spec *spec, const char *state, char **ret, size_t *ret_size,
		     struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL, *container = NULL;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	const char *path = listener_path(spec);
	int r = json_parse(state, strlen(state), "the state", &container, err);

	if (r == 0)
		r = oci_process_state_to_json(spec, container, &o, err);
	if (r < 0)
		return r;
	const char *text = json_text(o, false);
	if (!text || strbuf_add(&b, path, strlen(path) + 1) < 0 ||
	    strbuf_add(&b, text, strlen(text)) < 0)
		return err_oom(err);
	*ret_size = b.length;
	*ret = TAKE_PTR(b.text);
	return 0;
}

/* The process itself can't know its pid as the runtime sees it. */
static int with_pid(const char *document, size_t size, pid_t pid, struct json_object **ret,
		    struct masu_error *err)
{
	int r = json_parse(document, size, "the container process state", ret, err);

	if (r < 0 || pid == 0)
		return r;
	struct json_build b = {0};

	build_int(&b, *ret, "pid", pid);
	return b.failed ? err_oom(err) : 0;
}

int listener_deliver(int channel, const struct channel_message *m, pid_t pid,
		     struct masu_error *err)
{
	const char *path = m->bytes, *document = path + strlen(path) + 1;
	_cleanup_json_ struct json_object *o = NULL;

	if (strlen(path) == m->size || m->fd < 0)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed message of a listener");
	int r = with_pid(document, m->size - (size_t)(document - path), pid, &o, err);

	if (r < 0)
		return r;
	const char *text = json_text(o, false);
	_cleanup_close_ int fd = text ? socket_connect(path) : -ENOMEM;
	r = fd < 0 ? fd : socket_send_fd(fd, text, strlen(text), m->fd);
	if (r < 0)
		return err_sys(err, r, "linux.seccomp.listenerPath: hand the filter over to '%s'",
			       path);
	r = channel_send(channel, INIT_TAKEN, NULL, 0, -1);
	return r < 0 ? err_sys(err, r, "talk to the container's init") : 0;
}
