/* SPDX-License-Identifier: Apache-2.0 */
/* Options with a grammar of their own; the first byte chooses one. Accepted values keep the promises of the parsers. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/mount-args.h"
#include "engine/create/mounts.h"
#include "net/ports.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Quoted and split again, the fields are the same. */
static void try_csv(const char *text)
{
	_cleanup_strv_ char **fields = NULL, **again = NULL;
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	if (strv_split_csv(text, &fields) < 0)
		return;
	STRV_FOREACH(field, fields) {
		require(strbuf_addf(&line, field == fields ? "\"" : ",\"") == 0);
		for (const char *s = *field; *s; s++)
			require(strbuf_add(&line, "\"", *s == '"') == 0 &&
				strbuf_add(&line, s, 1) == 0);
		require(strbuf_addf(&line, "\"") == 0);
	}
	require(strv_split_csv(line.text, &again) == 0 &&
		strv_length(fields) == strv_length(again));
	for (size_t i = 0; fields[i]; i++)
		require(streq(fields[i], again[i]));
}

static void try_mounts(const char *text,
		       int (*parse)(const char *text, void *args, struct masu_error *err))
{
	_cleanup_mount_requests_ struct mount_requests list = {0};
	_cleanup_mount_args_ struct mount_args args = {0};

	if (parse(text, &args, NULL) < 0 || mounts_add(&list, args.item[0], NULL) < 0)
		return;
	require(list.n == 1);
	const struct mount_request *m = &list.item[0];
	require(*m->target == '/' && m->target[1] && !str_has_control(m->target));
	require(!strstr(m->target, "//") && !strstr(m->target, "/../"));
	require(m->type == MASU_MOUNT_BIND ? *m->source == '/'
					   : m->type != MASU_MOUNT_TMPFS || !m->source);
	STRV_FOREACH(option, m->options)
		require(!strchr(*option, ','));
	require(mounts_add(&list, args.item[0], NULL) < 0); /* at the same place */
}

static void try_ports(const char *text)
{
	_cleanup_ports_ struct port_list list = PORT_LIST_INIT;

	if (ports_parse(text, &list, NULL) < 0)
		return;
	require(list.n > 0 && list.n <= UINT16_MAX);
	for (size_t i = 0; i < list.n; i++) {
		const struct port *p = &list.item[i];

		require(p->container_port > 0 && *p->host_ip);
		require(p->host_port + p->more_host_ports <= UINT16_MAX);
		require(!p->more_host_ports || (p->host_port && list.n == 1));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = size ? strndup((const char *)bytes + 1, size - 1) : NULL;
	int64_t ns;

	if (!text)
		return 0;
	switch (*bytes % 6) {
	case 0:
		try_csv(text);
		break;
	case 1:
		try_mounts(text, mount_args_add_volume);
		break;
	case 2:
		try_mounts(text, mount_args_add_mount);
		break;
	case 3:
		try_mounts(text, mount_args_add_tmpfs);
		break;
	case 4:
		try_ports(text);
		break;
	default:
		(void)time_parse(text, 0, &ns);
	}
	return 0;
}
