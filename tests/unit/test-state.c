/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/state.h"

#include "base/pidfd.h"
#include "base/strv.h"
#include "engine-fixture.h"
#include "engine/run-dir.h"

static void write_state(const struct home *home, const struct container_state *s)
{
	assert_int_equal(container_state_draft(home->fd, s, NULL), 0);
	assert_int_equal(container_state_publish(home->fd, NULL), 0);
}

static enum masu_status status_of(const struct masu_engine *e, const struct home *home,
				  struct state *s)
{
	assert_int_equal(state_get(e, home, s, NULL), 0);
	return s->status;
}

static void expect(const struct masu_engine *e, const struct home *home, enum masu_status status)
{
	struct state s;

	assert_int_equal(status_of(e, home, &s), status);
	state_done(&s);
}

/* From "created" by way of "running" to "exited": each derived from the files. */
static void test_life(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home home = HOME_INIT, looked_at = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	struct container_state run = {.id = (char *)"x",
				      .bundle = (char *)"/x",
				      .pid = getpid(),
				      .created_ns = 1795314856600000000,
				      .cgroup = (char *)"/a.slice/masu-x.scope/./sub"};
	const struct ending ending = {.exit_code = 137,
				      .signal = 9,
				      .oom_killed = true,
				      .finished_ns = 1795314857000000000};
	struct state s;

	assert_int_equal(home_make(e, "x", &home, &name, NULL), 0);
	assert_int_equal(home_publish(e, &home, NULL), 0);
	assert_int_equal(home_open(e, home.id, &looked_at, NULL), 0);
	expect(e, &looked_at, MASU_STATUS_CREATED);

	_cleanup_free_ char *run_dir = NULL;
	_cleanup_close_ int run_fd = run_dir_create(e, home.id, &run_dir, NULL);
	assert_true(run_fd >= 0);
	expect(e, &looked_at, MASU_STATUS_STARTING);

	assert_int_equal(pid_start_time(run.pid, &run.start_time), 0);
	assert_int_equal(state_mark_started(&home, run.created_ns, &(struct restarts){0}, NULL), 0);
	write_state(&home, &run);
	assert_int_equal(status_of(e, &looked_at, &s), MASU_STATUS_RUNNING);
	_cleanup_free_ char *scope = state_scope(&s);
	assert_string_equal(scope, "masu-x.scope");
	assert_true(state_is_alive(&s));
	assert_true(s.started_ns == run.created_ns);
	state_done(&s);

	run.start_time++; /* another process has the number by now */
	write_state(&home, &run);
	expect(e, &looked_at, MASU_STATUS_STOPPING);

	home_done(&home); /* the supervisor was killed */
	assert_int_equal(status_of(e, &looked_at, &s), MASU_STATUS_EXITED);
	assert_int_equal(s.exit_code, 137);
	assert_true(s.finished_ns == 0);
	state_done(&s);

	assert_int_equal(ending_write(run_fd, &ending, NULL), 0); /* as with a full disk */
	assert_int_equal(status_of(e, &looked_at, &s), MASU_STATUS_EXITED);
	assert_true(s.oom_killed);
	assert_true(s.finished_ns == ending.finished_ns);
	state_done(&s);

	assert_int_equal(ending_write(looked_at.fd, &(struct ending){.exit_code = 3}, NULL), 0);
	run_dir_remove(e, looked_at.id);
	assert_int_equal(status_of(e, &looked_at, &s), MASU_STATUS_EXITED);
	assert_int_equal(s.exit_code, 3);
	assert_true(s.started_ns == run.created_ns);
	state_done(&s);
	assert_int_equal(home_hold(&looked_at, e, 0), 0);
	assert_int_equal(home_remove(e, &looked_at, "x", NULL), 0);
}

static void expect_port(const struct port *p, const struct port *expected)
{
	assert_string_equal(p->host_ip, expected->host_ip);
	assert_int_equal(p->host_port, expected->host_port);
	assert_int_equal(p->container_port, expected->container_port);
	assert_int_equal(p->udp, expected->udp);
}

/* Packed and unpacked it is the same; fewer bytes are a failure. */
static void test_pack(void **state)
{
	struct port ports[] = {{.host_ip = "0.0.0.0", .host_port = 8080, .container_port = 80},
			       {.host_ip = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
				.host_port = 65535,
				.container_port = 53,
				.udp = true}};
	struct state s = {.status = MASU_STATUS_RUNNING,
			  .unsettled = true,
			  .started_ns = 1795314856600000000,
			  .run = {.id = (char *)"x",
				  .pid = 77,
				  .start_time = UINT64_MAX,
				  .cgroup = (char *)"freezer:/x\n:/x",
				  .cgroup_flags = 6,
				  .by_run = true},
			  .ports = {.item = ports, .n = ARRAY_SIZE(ports)},
			  .pidfd = -1};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	state_pack(&s, &b);
	assert_false(b.failed);
	for (size_t length = 0; length <= b.length; length++) {
		_cleanup_state_ struct state copy = STATE_INIT;
		struct unpack u = {.at = b.text, .left = length};

		state_unpack(&u, &copy);
		assert_int_equal(u.failed, length < b.length);
		if (u.failed)
			continue;
		assert_int_equal(u.left, 0);
		assert_int_equal(copy.status, s.status);
		assert_true(copy.unsettled && copy.run.by_run && !copy.oom_killed);
		assert_true(copy.started_ns == s.started_ns && copy.run.start_time == UINT64_MAX);
		assert_int_equal(copy.run.pid, 77);
		assert_int_equal(copy.run.cgroup_flags, 6);
		assert_string_equal(copy.run.cgroup, s.run.cgroup);
		assert_null(copy.run.bundle);
		assert_int_equal(copy.ports.n, ARRAY_SIZE(ports));
		for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
			expect_port(&copy.ports.item[i], &ports[i]);
	}
}

static bool is_started(struct masu_engine *e, const char *id)
{
	_cleanup_strv_ char **ids = NULL;

	assert_int_equal(home_list_started(e, &ids, NULL), 0);
	return strv_contains(ids, id);
}

/* Temporary files are cleaned up under a container that runs, and then under one that ends. */
static void test_without_run_dir(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home home = HOME_INIT, looked_at = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	struct container_state run = {
		.id = (char *)"x", .bundle = (char *)"/x", .pid = getpid(), .cgroup = (char *)"/x"};
	struct state s;

	assert_int_equal(home_make(e, "x", &home, &name, NULL), 0);
	assert_int_equal(home_publish(e, &home, NULL), 0);
	assert_int_equal(home_open(e, home.id, &looked_at, NULL), 0);
	assert_int_equal(pid_start_time(run.pid, &run.start_time), 0);
	assert_int_equal(state_mark_started(&home, 1, &(struct restarts){0}, NULL), 0);
	write_state(&home, &run);
	assert_int_equal(status_of(e, &looked_at, &s), MASU_STATUS_RUNNING);
	assert_string_equal(s.run.cgroup, "/x");
	state_done(&s);
	assert_true(is_started(e, home.id));

	run.start_time++;
	write_state(&home, &run);
	expect(e, &looked_at, MASU_STATUS_STOPPING);
	home_done(&home);
	expect(e, &looked_at, MASU_STATUS_EXITED);
	assert_int_equal(home_hold(&looked_at, e, 0), 0);
	state_remove(e, &looked_at);
	assert_false(is_started(e, looked_at.id));
	assert_int_equal(home_remove(e, &looked_at, "x", NULL), 0);
}

static void test_another_boot(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home home = HOME_INIT, looked_at = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	char text[256];
	uint64_t start;
	struct state s;

	assert_int_equal(home_make(e, "x", &home, &name, NULL), 0);
	assert_int_equal(home_publish(e, &home, NULL), 0);
	_cleanup_free_ char *run_dir = NULL;
	_cleanup_close_ int run_fd = run_dir_create(e, home.id, &run_dir, NULL);
	assert_true(run_fd >= 0);
	assert_int_equal(pid_start_time(getpid(), &start), 0);
	int n = snprintf(text, sizeof(text),
			 "{\"id\":\"x\",\"bundle\":\"/x\",\"pid\":%d,\"startTime\":%llu,"
			 "\"bootId\":\"00000000-0000-0000-0000-000000000000\"}",
			 getpid(), (unsigned long long)start);
	assert_int_equal(file_write_atomic(home.fd, "state.json", text, (size_t)n, 0600, 0), 0);
	assert_int_equal(state_mark_started(&home, 1, &(struct restarts){0}, NULL), 0);
	assert_int_equal(home_open(e, home.id, &looked_at, NULL), 0);
	home_done(&home);
	assert_int_equal(status_of(e, &looked_at, &s), MASU_STATUS_EXITED);
	assert_int_equal(s.run.pid, 0);
	state_done(&s);
	/* As a power failure leaves a file that was not on disk yet. */
	assert_int_equal(file_write_atomic(looked_at.fd, "state.json", "", 0, 0600, 0), 0);
	expect(e, &looked_at, MASU_STATUS_EXITED);
	assert_int_equal(home_hold(&looked_at, e, 0), 0);
	assert_int_equal(home_remove(e, &looked_at, "x", NULL), 0);
}

/* As many as may be published, with long addresses. They are there as long as the state is. */
static void test_ports(void **state)
{
	struct masu_engine *e = ((struct fixture *)*state)->engine;
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_free_ char *name = NULL;
	struct container_state run = {.id = (char *)"x", .bundle = (char *)"/x", .pid = getpid()};
	struct port_list ports = {.item = calloc(UINT16_MAX, sizeof(struct port))};
	struct state s;

	assert_int_equal(home_make(e, "x", &home, &name, NULL), 0);
	assert_int_equal(home_publish(e, &home, NULL), 0);
	assert_non_null(ports.item);
	for (; ports.n < UINT16_MAX; ports.n++)
		ports.item[ports.n] = (struct port){
			.host_ip = "100.100.100.100",
			.host_port = UINT16_MAX,
			.container_port = UINT16_MAX,
		};
	assert_int_equal(state_write_ports(&home, &ports, NULL), 0);
	port_list_done(&ports);
	assert_int_equal(status_of(e, &home, &s), MASU_STATUS_CREATED);
	assert_int_equal(s.ports.n, 0);
	state_done(&s);
	assert_int_equal(pid_start_time(run.pid, &run.start_time), 0);
	write_state(&home, &run);
	assert_int_equal(status_of(e, &home, &s), MASU_STATUS_RUNNING);
	assert_int_equal(s.ports.n, UINT16_MAX);
	assert_string_equal(s.ports.item[0].host_ip, "100.100.100.100");
	state_done(&s);
	assert_int_equal(home_remove(e, &home, "x", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_without_run_dir),
		cmocka_unit_test(test_another_boot),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests_name("state", tests, fixture_setup, fixture_teardown);
}
