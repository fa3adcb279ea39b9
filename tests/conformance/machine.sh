# In the machine, as alice: the conformance suite on cgroup v2 with systemd, as her and as root.
# SPDX-License-Identifier: Apache-2.0
# Its programs come on the standard input; CONFORMANCE has the columns: machine-user, machine-root,
# and the same with -crun or -runc; ONLY has the cases, all when it is empty.
set -uf
work=$(mktemp -d)
chmod 755 "$work"
tar -x -C "$work"
export MASU_BUILD=$work
only=()
for pattern in ${ONLY-}; do
    only+=(--only "$pattern")
done

column() { # NAME
    local runtime=masu-oci as=()
    case $1 in *-crun | *-runc) runtime=${1##*-} ;; esac
    case $1 in
    # A login's session isn't the user manager's to move processes out of, so exec couldn't.
    machine-user*) as=(systemd-run --quiet --user --scope) ;;
    machine-root*) as=(sudo --preserve-env=MASU_BUILD,RUNTIME) ;;
    esac
    RUNTIME=$runtime "${as[@]}" /masu/tests/conformance/run --systemd --column "$runtime:$1" "${only[@]}"
}

for name in ${CONFORMANCE:-machine-user machine-root}; do
    column "$name" >"/masu/out/$name.tap" 2>"/masu/out/$name.err"
done
