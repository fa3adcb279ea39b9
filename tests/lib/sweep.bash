# SPDX-License-Identifier: Apache-2.0
# After `load ../lib/busybox`, for tests that compare the files of the store before and after a command that was killed or
# that lacked something. STEP=1 takes every system call, FROM=N begins with the Nth.

# All files of the store, but not what containers and events hold, locks, marks of a stop, and partial blobs, which stay.
store_files() {
	(cd "$MASU_DATA_DIR" && find . \( -path './containers/*/upper' -o -path './containers/*/work' -o -path './events*' \) -prune \
		-o \( -name '*.lock' -o -name '*.part' -o -path './containers/*/restart' -o -path './containers/*/stopped' \) -o -print) | sort
	(cd "$MASU_RUN_DIR" && find . | sort)
}
note_files() { store_files >"$work/${1:-before}"; } # [NAME]
same_files() { store_files >"$work/now" && cmp -s "$work/now" "$work/${1:-before}"; }
nothing_left() { # [NAME]
	wait_until "same_files ${1-}" || { diff "$work/${1:-before}" "$work/now"; return 1; }
}

# No process of masu works on the store, except monitors.
is_calm() {
	local pid
	for pid in $(store_processes); do grep -qs '^masu-monitor' "/proc/$pid/cmdline" || return 1; done
}
processes_of() { masu top "$1" pid | tail -n +2 | wc -l; } # CONTAINER
is_alone() { [ "$(processes_of "$name")" = 1 ]; }

start_sleeper() { # [OPTION...]
	masu run -d --name "$name" --network none "$@" "$image" sleep 100000 >/dev/null
	masu exec "$name" true
	note_files
}
