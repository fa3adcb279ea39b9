/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container-options.h"

#include <signal.h>
#include <string.h>

#include "base/strv.h"
#include "unit.h"

static const struct command command = {
	.name = "create",
	.operands = "IMAGE",
	.more_options = container_option_rows,
	.values_size = sizeof(struct container_options),
	.init = container_options_init,
	.done = container_options_done,
	.max_operands = OPERANDS_ANY,
};

/* Space-separated arguments, as a shell would pass them. */
static int parse(const char *line, struct container_options *ret, struct masu_error *err)
{
	_cleanup_free_ char **operands = NULL;
	_cleanup_strv_ char **argv = strv_split(line, " ");

	assert_non_null(argv);
	*ret = (struct container_options){0};
	int r = options_parse(&command, argv, ret, &operands, err);
	if (r < 0)
		options_done(&command, ret);
	return r;
}

static void test_typed(void **state)
{
	struct container_options o;
	const struct masu_create_options *c = &o.create;

	assert_int_equal(
		parse("-m 64M --memory-swap -1 --cpus 0.5 --cpu-shares 512 --pids-limit 0 "
		      "--oom-score-adj -5 --shm-size 0 --stop-signal usr1 --stop-timeout 0 "
		      "--pull always --group-add 7 --group-add 8",
		      &o, NULL),
		0);
	assert_int_equal(c->size, sizeof(*c));
	assert_int_equal(c->memory, 64 << 20);
	assert_int_equal(c->memory_swap, -1);
	assert_int_equal(c->nano_cpus, 500000000);
	assert_int_equal(c->cpu_shares, 512);
	assert_int_equal(c->pids, -1);
	assert_true(c->has_oom_score_adj);
	assert_int_equal(c->oom_score_adj, -5);
	assert_int_equal(c->shm_size, -1);
	assert_int_equal(c->stop_signal, SIGUSR1);
	assert_int_equal(c->stop_timeout_s, -1);
	assert_int_equal(c->pull, MASU_PULL_ALWAYS);
	assert_int_equal(c->n_groups, 2);
	assert_int_equal(c->groups[1], 8);
	options_done(&command, &o);
}

static void test_lists(void **state)
{
	struct container_options o;

	assert_int_equal(
		parse("--ulimit nofile=10:20 --ulimit core=unlimited --log-opt max-size=-1 "
		      "--log-opt max-file=100 --security-opt no-new-privileges "
		      "--security-opt seccomp= -p 127.0.0.1:80-81:90-91/udp -p 80 -v v:/d:ro "
		      "--tmpfs /t:size=1m --entrypoint [\"p\",\"q\"] --secret s "
		      "--secret src=t,type=env,target=T --secret id=u,dst=/u,uid=1,gid=2,mode=0400",
		      &o, NULL),
		0);
	assert_int_equal(o.ulimits.n, 2);
	assert_int_equal(o.ulimits.item[0]->soft, 10);
	assert_true(o.ulimits.item[1]->hard == MASU_UNLIMITED);
	assert_int_equal(o.create.log_max_size, -1);
	assert_int_equal(o.create.log_max_files, 100);
	assert_true(o.create.no_new_privileges);
	assert_string_equal(o.create.seccomp, "unconfined");
	assert_int_equal(o.ports.n, 2);
	assert_string_equal(o.ports.item[0]->host_ip, "127.0.0.1");
	assert_int_equal(o.ports.item[0]->host_port_last, 81);
	assert_true(o.ports.item[0]->udp);
	assert_int_equal(o.ports.item[1]->host_port, 0);
	assert_int_equal(o.mounts.n, 2);
	assert_int_equal(o.mounts.item[0]->type, MASU_MOUNT_VOLUME);
	assert_true(o.mounts.item[0]->read_only);
	assert_string_equal(o.mounts.item[1]->options[0], "size=1m");
	assert_string_equal(o.entrypoint[1], "q");
	assert_int_equal(o.secrets.n, 3);
	assert_string_equal(o.secrets.item[0]->name, "s");
	assert_true(!o.secrets.item[0]->env && !o.secrets.item[0]->has_mode);
	assert_string_equal(o.secrets.item[1]->name, "t");
	assert_true(o.secrets.item[1]->env);
	assert_string_equal(o.secrets.item[1]->target, "T");
	assert_int_equal(o.secrets.item[2]->uid * 1000 + o.secrets.item[2]->gid, 1002);
	assert_int_equal(o.secrets.item[2]->mode, 0400);
	assert_null(o.secrets.item[3]);
	options_done(&command, &o);
}

/* An error names the option and its value. */
static void test_refused(void **state)
{
	static const char *const lines[] = {
		"--memory lots",
		"--memory 0",
		"--memory-swap -2",
		"--cpus 0",
		"--cpus -1",
		"--cpu-shares many",
		"--pids-limit many",
		"--pids-limit -2",
		"--oom-score-adj 1001",
		"--ulimit nofile",
		"--ulimit nofile=x",
		"--shm-size lots",
		"--volume a:/b:c:d",
		"--mount type=bind,src=/tmp",
		"--publish x:80",
		"--security-opt label=type:x",
		"--group-add 4294967295",
		"--log-opt max-size=x",
		"--log-opt max-file=0",
		"--log-opt mode=x",
		"--stop-signal SIGNO",
		"--stop-timeout soon",
		"--pull sometimes",
		"--entrypoint [1]",
		"--secret type=mount",
		"--secret s,mode=8",
		"--secret s,type=file",
		"--secret s,uid=root",
		"--secret s,\"x",
		"--secret s,t",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;
		struct container_options o;

		assert_true(parse(lines[i], &o, &err) < 0);
		if (!strstr(err.message, lines[i]))
			fail_msg("'%s' does not name '%s'", err.message, lines[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("container-options", tests, NULL, NULL);
}
