#!/bin/sh
# Compares the same pairs of large configurations with twinpath, hier_config and annet, as whole processes, in turn and on
# the same machine. Called by `make bench-peers`. Needs python3 with venv and a package index that pip can reach. RUNS as
# in bench.sh.
set -eu
cd "$(dirname "$0")/../.."

RUNS=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

missing() {
  echo "bench-peers: $1" >&2
  exit 1
}

command -v python3 >/dev/null || missing "python3 is not installed, so there is nothing to compare with"
python3 -m venv "$work/venv" >"$work/log" 2>&1 ||
  missing "python3 cannot make a virtual environment; on Debian install python3-venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r tools/bench/peers/diff-requirements.txt >"$work/log" 2>&1 ||
  missing "pip could not install hier_config and annet: $(tail -n 1 "$work/log")"

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/" ./cmd/twinpath ./internal/pairtest/pair
go -C tools build -o "$work/" ./bench/run

. tools/bench/machine.sh
. tools/bench/pairs.sh
python=$work/venv/bin/python
ANN_CONTEXT_CONFIG_PATH=$("$python" tools/bench/peers/diff.py context "$work")
export ANN_CONTEXT_CONFIG_PATH
machine
grep -iE '^(hier-config|annet)==' tools/bench/peers/diff-requirements.txt | tr '\n' ' '
"$python" --version
pairs "$work" 50
heading
for system in $SYSTEMS; do
  before=$work/$system/before after=$work/$system/after
  measure "$system, one device: twinpath" "$work/twinpath" diff --os "$system" "$before/1.cfg" "$after/1.cfg"
  measure "$system, one device: hier_config" "$python" tools/bench/peers/diff.py hier "$system" "$before/1.cfg" "$after/1.cfg"
  measure "$system, one device: annet" "$work/venv/bin/annet" file-patch --hw "${system%%-*}" --no-color "$before/1.cfg" "$after/1.cfg"
done
RUNS=1
for system in $SYSTEMS; do
  before=$work/$system/before after=$work/$system/after
  measure "$system, 50 devices: twinpath" sh -c "$(each "$work" "$system")"
  measure "$system, 50 devices: hier_config" "$python" tools/bench/peers/diff.py hier "$system" "$before" "$after"
  measure "$system, 50 devices: annet" "$work/venv/bin/annet" file-patch --hw "${system%%-*}" --no-color "$before" "$after"
done

echo
awk -F '\t' '{ split($1, w, ": "); if (w[2] == "twinpath") { ours = $3; cpu = $4 } else printf "%-44s %6.1f times as long as twinpath, %6.1f times the processor time\n", $1, $3 / ours, $4 / cpu }' "$work/figures"
cat <<'NOTE'
What differs: with 50 devices twinpath starts a process for each, the others do all in one. The patches differ too:
docs/scorecard.md says of 18 changes which ones a device would take, and without a gap in the traffic.
NOTE
