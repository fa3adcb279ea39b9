# In the machine, as alice: the conformance suite on cgroup v2 with systemd, as her and as root.
# SPDX-License-Identifier: Apache-2.0
# Its programs come on the standard input; CONFORMANCE says which columns.
set -u
work=$(mktemp -d)
chmod 755 "$work"
tar -x -C "$work"
export MASU_BUILD=$work
suite=/masu/tests/conformance/run
for column in ${CONFORMANCE:-machine-user machine-root}; do
    case $column in
    # A login's session isn't the user manager's to move processes out of, so exec couldn't.
    machine-user) systemd-run --quiet --user --scope "$suite" --systemd --column masu-oci:machine-user ;;
    machine-root) sudo --preserve-env=MASU_BUILD "$suite" --systemd --column masu-oci:machine-root ;;
    machine-crun) sudo --preserve-env=MASU_BUILD RUNTIME=crun "$suite" --systemd --column crun ;;
    esac >"/masu/out/$column.tap" 2>"/masu/out/$column.err"
done
