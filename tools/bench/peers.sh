#!/bin/sh
# Renders one fleet with twinpath and with a script of PyYAML and Jinja2, in turn and on the same machine. Called by
# `make bench-peers`. Needs python3 with venv and a package index that pip can reach. RUNS as in bench.sh.
set -eu
cd "$(dirname "$0")/../.."

RUNS=${RUNS:-5}
FLEETS=${FLEETS:-1000 10000}
work=$(mktemp -d)
# Both write into memory where there is such a folder, so that the disk does not decide.
if [ -w /dev/shm ]; then
  out=$(mktemp -d /dev/shm/twinpath.XXXXXX)
else
  out=$work
fi
trap 'rm -rf "$work" "$out"' EXIT

missing() {
  echo "bench-peers: $1" >&2
  exit 1
}

command -v python3 >/dev/null || missing "python3 is not installed, so there is nothing to compare with"
python3 -m venv "$work/venv" >"$work/log" 2>&1 ||
  missing "python3 cannot make a virtual environment; on Debian install python3-venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r tools/bench/peers/requirements.txt >"$work/log" 2>&1 ||
  missing "pip could not install Jinja2 and PyYAML: $(tail -n 1 "$work/log")"

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/twinpath" ./cmd/twinpath
go -C tools build -o "$work/" ./bench/fleet ./bench/run

. tools/bench/machine.sh
machine
"$work/venv/bin/python" -c 'import sys, jinja2, yaml
print(f"Python {sys.version.split()[0]}, Jinja2 {jinja2.__version__}, PyYAML {yaml.__version__} with libyaml: {yaml.__with_libyaml__}")'
heading
for n in $FLEETS; do
  fleet=$work/fleet-$n
  "$work/fleet" -n "$n" -dir "$fleet" -os cisco-iosxe
  "$work/run" -runs "$RUNS" -out "$work/figures" -fresh "$out/ours-$n" -name "$n gateways: twinpath render" -- \
    "$work/twinpath" render "$fleet/scenario.yaml" -i "$fleet/inventory.yaml" --form running -o "{}"
  "$work/run" -runs "$RUNS" -out "$work/figures" -fresh "$out/theirs-$n" -name "$n gateways: PyYAML and Jinja2" -- \
    "$work/venv/bin/python" tools/bench/peers/render.py "$fleet/scenario.yaml" "$fleet/inventory.yaml" "{}"
done

echo
for n in $FLEETS; do
  cat "$out/ours-$n/1/fleet/inventory/"*.cfg | wc -l
done >"$work/lines"
awk -F '\t' 'NR == FNR { lines[NR] = $1; next }
  { n = lines[int((FNR + 1) / 2)]; printf "%-44s %9.0f lines a second (%d lines)\n", $1, n / $3, n }' "$work/lines" "$work/figures"

echo
same=yes
for n in $FLEETS; do
  diff -rq "$out/ours-$n/1/fleet/inventory" "$out/theirs-$n/1" >/dev/null || same=no
done
if [ $same = yes ]; then
  echo "Both wrote the same bytes."
else
  echo "The two wrote different bytes: tools/bench/peers/gateway.j2 is behind the templates of cisco-iosxe."
fi
cat <<'NOTE'
What differs: twinpath checks every rule on the fleet before it writes (repeated addresses, overlapping links, probe
sources, timers against the limits of the system), keeps line and column of every value for its messages, and decides
per system. The script checks nothing, knows one system and one template, and uses one processor.
NOTE

echo
sh tools/bench/flow.sh peers
