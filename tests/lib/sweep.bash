# SPDX-License-Identifier: Apache-2.0
# After `load ../lib/busybox`, for tests that compare the files of the store before and after a command that was killed or
# that lacked something. STEP=1 takes every system call, FROM=N begins with the Nth.

# All files of the store, but not what containers and events hold, locks, marks of a stop, and partial blobs, which stay;
# the container's groups, and mounts.
store_files() {
	(cd "$MASU_DATA_DIR" && find . \( -path './containers/*/upper' -o -path './containers/*/work' -o -path './events*' \) -prune \
		-o \( -name '*.lock' -o -name '*.part' -o -path './containers/*/restart' -o -path './containers/*/stopped' \) -o -print) | sort
	(cd "$MASU_RUN_DIR" && find . | sort)
	compgen -G "/sys/fs/cgroup/*/masu.slice/*$name*" || true
	grep -F "$work" /proc/self/mountinfo || true
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

# Calls CHECK after each kill of `masu COMMAND...`: of its own process, and of all of its processes. In both ways some
# calls, PARTS of them or from the FROMth on; STEP=1 takes every one, which takes long.
sweep_kills() { # PARTS CHECK COMMAND...
	local total n mode step from parts=$1 check=$2
	shift 2
	total=$("$BUILD/kill-at" first 1000000 "$BUILD/masu" "$@" </dev/null | tail -n 1)
	[ "$total" -gt 50 ] || { echo "no calls: $total" && return 1; }
	$check || { echo "at first" && return 1; }
	wait_until is_calm
	step=${STEP:-$((total / parts + 1))}
	from=${FROM:-$((step / 2 + 1))}
	for mode in first all; do
		for n in $(seq "$from" "$step" "$total"); do
			"$BUILD/kill-at" $mode "$n" "$BUILD/masu" "$@" >"$work/out" 2>&1 </dev/null || true
			wait_until is_calm # the other processes of the command end by themselves
			$check || { echo "after $mode at $n of $total of masu $*" && return 1; }
		done
	done
}
