# SPDX-License-Identifier: Apache-2.0
# An ordinary user with sub-ids, for tests that root runs and that need one. Needs $top and $MASU_BUILD.
. "$top/tests/lib/wait.bash"
user=${MASU_TEST_USER:-masu-test}

# userdel(8) refuses while a process of the user exits.
remove_user() {
	WAIT_LIMIT=20 wait_until '! id "$user" >/dev/null || { userdel -r "$user" >/dev/null && false; }' && return
	echo "processes of $user are left:"
	ps -u "$user" -o pid,ppid,args
	return 1
}

# With a run-time directory, as a login gives one.
as_user() {
	local home
	home=$(getent passwd "$user" | cut -d: -f6)
	install -d -m 700 -o "$user" -g "$(id -g "$user")" "$home/run"
	(cd "$home" && runuser -u "$user" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 \
		PATH=/usr/local/bin:/usr/bin:/bin \
		XDG_RUNTIME_DIR="$home/run" MASU_BUILD="$MASU_BUILD" "$@")
}

# Sets $user_tests to the tests directory as the user sees it, and MASU_BUILD likewise.
make_user() {
	local home
	user_tests=$top/tests
	remove_user
	useradd --create-home --groups users --shell /bin/bash "$user" || return
	trap remove_user EXIT
	grep -q "^$user:" /etc/subuid || usermod --add-subuids 300000-365535 "$user"
	grep -q "^$user:" /etc/subgid || usermod --add-subgids 300000-365535 "$user"
	if ! as_user test -x "$MASU_BUILD/masu" -a -r "$user_tests/integration"; then
		home=$(getent passwd "$user" | cut -d: -f6)
		cp -r "$user_tests" "$top"/{docs,completions,include,examples,src,units} "$home" && cp -r "$MASU_BUILD" "$home/build" || return
		chown -R "$user:" "$home"
		user_tests=$home/tests
		MASU_BUILD=$home/build
	fi
}
