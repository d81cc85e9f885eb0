#!/bin/sh
# Has the dialogue of a push with N (20) simulated gateways, PARALLEL (10) at once: by twinpath push, by scrapligo alone, by
# netmiko and by Ansible's cisco.ios, in turn and on the same machine. Called by `make bench-peers`. Needs python3 with venv
# and a package index that pip can reach (Ansible with its collections: 60 MB, unpacked 600 MB). REPLY_TIME as in push.sh.
set -eu
cd "$(dirname "$0")/../.."

N=${N:-20} PARALLEL=${PARALLEL:-10} REPLY_TIME=${REPLY_TIME:-20ms}
work=$(mktemp -d)
fleet=$work/scenarios
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

missing() {
  echo "bench-peers: $1" >&2
  exit 1
}

# VENV names a virtual environment that has been made already.
venv=${VENV:-$work/venv}
if [ -z "${VENV-}" ]; then
  command -v python3 >/dev/null || missing "python3 is not installed, so there is nothing to compare a push with"
  python3 -m venv "$venv" >"$work/log" 2>&1 ||
    missing "python3 cannot make a virtual environment; on Debian install python3-venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r tools/bench/peers/push-requirements.txt >"$work/log" 2>&1 ||
    missing "pip could not install netmiko and ansible: $(tail -n 1 "$work/log")"
fi

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/twinpath" ./cmd/twinpath
go -C tools build -o "$work/" ./bench/fleet ./bench/run ./bench/bare
"$work/fleet" -n "$N" -dir "$fleet" -os cisco-iosxe -each 20

. tools/bench/machine.sh
. tools/bench/served.sh
export XDG_STATE_HOME="$work/state"
# Nothing of the user's own Ansible, and nothing left in the user's home.
export ANSIBLE_HOME="$work/home" ANSIBLE_CONFIG="$work/ansible.cfg" ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_FORKS="$PARALLEL"
: >"$work/ansible.cfg"
export ANSIBLE_LOCAL_TEMP="$work/home/tmp" ANSIBLE_PERSISTENT_CONTROL_PATH_DIR="$work/pc"
export PATH="$venv/bin:$PATH"

echo
echo "== push: $N simulated gateways, $REPLY_TIME for each line, $PARALLEL at once"
machine
grep -iE '^(netmiko|ansible|ansible-core|paramiko)==' tools/bench/peers/push-requirements.txt | tr '\n' ' '
"$venv/bin/python" --version
plans
heading
measure() {
  "$work/run" -runs 1 -out "$work/figures" "$@"
}
# listed NAME: the lines to type on the gateways that were just started.
listed() {
  "$work/bare" -list -inventory "$work/$1/inventory.yaml" -dialogue "$work/pushed.out" >"$work/lines"
}

up pushed
measure -name 'twinpath push' -- "$work/twinpath" push "$work/plans/"gw* -i "$work/pushed/inventory.yaml" --parallel "$PARALLEL"
echo dialogue >&3
down pushed push >/dev/null
up alone
measure -name 'scrapligo alone, the same dialogue' -- \
  "$work/bare" -inventory "$work/alone/inventory.yaml" -dialogue "$work/pushed.out" -parallel "$PARALLEL"
routed alone 'scrapligo alone' >/dev/null
up netmiko
listed netmiko
measure -name 'netmiko, the same dialogue' -- "$venv/bin/python" tools/bench/peers/push.py netmiko "$work/lines" "$PARALLEL"
routed netmiko netmiko >/dev/null
up ansible
listed ansible
"$venv/bin/python" tools/bench/peers/push.py playbook "$work/lines" "$work/play"
measure -name 'Ansible cisco.ios, the same dialogue' -- "$venv/bin/ansible-playbook" -i "$work/play/hosts.yaml" "$work/play/play.yaml"
routed ansible Ansible >/dev/null

awk -F '\t' '{ wall[$1] = $3; cpu[$1] = $4 }
  END {
    print ""
    for (name in wall) if (name != "twinpath push")
      printf "%s: %.2f times the time of twinpath push, %.2f times its processor time\n", name, wall[name] / wall["twinpath push"], cpu[name] / cpu["twinpath push"]
  }' "$work/figures" | sort
cat <<'NOTE'
What differs: netmiko and Ansible are given the lines that twinpath typed and type them; they judge no reply beyond their own
patterns for errors, compare no configuration, keep no journal and know no confirm timer. They also type what prepares
their terminal and finds their prompt. Memory is that of the one process that was started: Ansible starts others.
NOTE
