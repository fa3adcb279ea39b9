/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/port-args.h"

#include "base/array.h"

/* A port with the text that it points to. */
struct port_arg {
	struct masu_port port; /* first, so that it is freed by its own address */
	struct port_mapping mapping;
};

void port_args_done(struct port_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->item[i]);
	free(args->item);
	*args = (struct port_args){0};
}

int port_args_add(const char *text, void *field, struct masu_error *err)
{
	_cleanup_free_ struct port_arg *p = calloc(1, sizeof(*p));
	struct port_args *args = field;

	if (!p)
		return err_oom(err);
	int r = port_mapping_parse(text, &p->mapping, err);
	if (r < 0)
		return r;
	p->port = (struct masu_port){
		.size = sizeof(p->port),
		.host_ip = p->mapping.host_ip,
		.host_port = p->mapping.host_first,
		.host_port_last = p->mapping.host_last,
		.container_port = p->mapping.container_first,
		.container_port_last = p->mapping.container_last,
		.udp = p->mapping.udp,
		.on_demand_s = p->mapping.on_demand_s,
	};
	if (array_push(&args->item, &args->n, &p->port) < 0)
		return err_oom(err);
	TAKE_PTR(p);
	return 0;
}
