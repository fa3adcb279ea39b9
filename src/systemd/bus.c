/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "linux/idmap.h"
#include "systemd/libsystemd.h"

#define SYSTEM_PRIVATE "/run/systemd/private"
#define USER_PRIVATE   "systemd/private"     /* in the runtime folder */
#define SYSTEM_RUNS    "/run/systemd/system" /* as sd_booted(3) has it */
#define SYSTEM_BUS     "/run/dbus/system_bus_socket"

/* A place to try: a socket's path, or, for a message bus, an address as D-Bus writes it. */
struct place {
	enum bus_way way;
	char *address;
};

#define PLACES_MAX 3
struct places {
	struct place item[PLACES_MAX];
	size_t n;
};

static void places_done(struct places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->item[i].address);
}

static bool is_folder_of_ours(const char *path)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

char *bus_runtime_folder(void)
{
	const char *set = getenv("XDG_RUNTIME_DIR");
	char path[32];

	/* After sudo or su it may be unset, or another user's. */
	if (set && is_folder_of_ours(set))
		return strdup(set);
	(void)snprintf(path, sizeof(path), "/run/user/%u", (unsigned int)geteuid());
	return is_folder_of_ours(path) ? strdup(path) : NULL;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool bus_system_is_ours(void)
{
	_cleanup_free_ char *folder = NULL, *private = NULL;

	if (!idmap_caller_is_privileged())
		return false;
	/* Outside of a user namespace it is root's, even when it does not run. */
	if (idmap_caller_is_host_root() || is_folder_of_ours(SYSTEM_RUNS))
		return true;
	folder = bus_runtime_folder();
	private = folder ? path_join(folder, USER_PRIVATE) : NULL;
	return !private || !is_socket(private);
}

static int add_address(struct places *p, enum bus_way way, const char *address)
{
	char *copy = strdup(address);

	if (!copy)
		return -ENOMEM;
	p->item[p->n++] = (struct place){.way = way, .address = copy};
	return 0;
}

/* A byte of an address's value stands for itself only if it is of D-Bus's short list. */
static int add_socket(struct places *p, enum bus_way way, const char *folder, const char *name)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_free_ char *path = path_join(folder, name);

	if (!path)
		return -ENOMEM;
	if (!is_socket(path))
		return 0;
	int r = strbuf_addf(&b, "unix:path=");
	for (const char *c = path; r == 0 && *c; c++) {
		bool plain = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= 'a' && *c <= 'z') || strchr("-_/.", *c);

		r = strbuf_addf(&b, plain ? "%c" : "%%%02x", (unsigned char)*c);
	}
	return r < 0 ? r : add_address(p, way, b.text);
}

static int find_places(bool system, struct places *ret)
{
	int r;

	if (system) {
		r = add_socket(ret, BUS_PRIVATE, "/", &SYSTEM_PRIVATE[1]);
		return r < 0 ? r : add_socket(ret, BUS_SESSION, "/", &SYSTEM_BUS[1]);
	}
	_cleanup_free_ char *folder = bus_runtime_folder();
	const char *session = getenv("DBUS_SESSION_BUS_ADDRESS");

	r = folder ? add_socket(ret, BUS_PRIVATE, folder, USER_PRIVATE) : 0;
	if (r == 0 && session && *session)
		r = add_address(ret, BUS_SESSION, session);
	if (r == 0 && folder)
		r = add_socket(ret, BUS_SESSION, folder, "bus");
	return r;
}

static int not_found(bool system, struct err *err)
{
	if (system) {
		(void)err_set(err, ERR_UNAVAILABLE, ENOTCONN, "systemd does not run here");
		return -ENOTCONN;
	}
	(void)err_set(err, ERR_UNAVAILABLE, ENOTCONN, "there is no systemd user manager");
	return err_hint(err,
			"start one with: sudo loginctl enable-linger $USER; or log in by ssh, a "
			"console or machinectl shell");
}

static int try_place(struct bus *bus, const struct place *place)
{
	const struct libsystemd *lib = bus->lib;
	sd_bus *connection = NULL;
	int r = lib->sd_bus_new(&connection);

	if (r < 0)
		return r;
	r = lib->sd_bus_set_address(connection, place->address);
	/* Only a message bus expects the greeting (Hello) of a client. */
	if (r >= 0 && place->way == BUS_SESSION)
		r = lib->sd_bus_set_bus_client(connection, 1);
	if (r >= 0)
		r = lib->sd_bus_start(connection);
	if (r < 0) {
		(void)lib->sd_bus_close_unref(connection);
		return r;
	}
	bus->connection = connection;
	bus->way = place->way;
	return 0;
}

int bus_open(bool system, struct bus *ret, struct err *err)
{
	_cleanup_(places_done) struct places places = {0};
	_cleanup_bus_ struct bus bus = BUS_INIT;
	int r = 0;

	/* systemd's own test for being pid 1; its sockets outlive it in a container's /run. */
	if (system && !is_folder_of_ours(SYSTEM_RUNS))
		return not_found(system, err);
	r = find_places(system, &places);
	if (r < 0)
		return err_sys(err, r, "look for the systemd manager");
	if (places.n == 0)
		return not_found(system, err);
	r = libsystemd_load(&bus.lib, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < places.n; i++) {
		r = try_place(&bus, &places.item[i]);
		if (r < 0)
			continue;
		bus.address = TAKE_PTR(places.item[i].address);
		*ret = bus;
		bus = BUS_INIT;
		return 0;
	}
	(void)not_found(system, err);
	return err_prefix(err, "no answer at '%s'", places.item[0].address);
}

void bus_done(struct bus *bus)
{
	if (bus->connection)
		(void)bus->lib->sd_bus_close_unref(bus->connection);
	free(bus->lib);
	free(bus->address);
	*bus = BUS_INIT;
}
