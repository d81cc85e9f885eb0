#!/bin/sh
# Shows the main job: check a scenario, render it for every operating system,
# prove the golden files current, and tell from flow samples whether the load is
# on both circuits. Needs no root, no device and no network but loopback.
# Run it by `make demo`, which builds bin/twinpath and bin/replay first.
set -eu
cd "$(dirname "$0")/../.."
twinpath=bin/twinpath
scenario=inventory/shanghai/scenario.yaml
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
started=$(date +%s)

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
if [ -n "${NO_COLOR-}" ] || [ ! -t 1 ]; then
  say() { printf '\n%s\n' "$*"; }
fi
show() { printf '$ twinpath %s\n' "$*"; }
# expect N COMMAND...: the command must end with exit code N.
expect() {
  want=$1; shift
  show "$@"
  set +e
  "$twinpath" "$@"
  got=$?
  set -e
  if [ "$got" -ne "$want" ]; then
    echo "demo: exit code $got instead of $want" >&2
    exit 1
  fi
}

say '1. A scenario: one data centre, two leased circuits, one cloud network.'
sed -n '/^circuits:/,/^flow_export:/p' "$scenario" | sed '$d'

say '2. Check it, and ask how fast a gateway would leave a dead circuit.'
expect 0 validate "$scenario" -i inventory/shanghai/cisco-iosxe.yaml 2>"$out/notes"
tail -n 1 "$out/notes"

say '3. The same with three mistakes: every one is found, with its place and what to do.'
expect 3 validate tools/demo/broken.yaml 2>"$out/broken"
# Notes and warnings are left out here; the errors are the point.
awk '/: (error|warning|info): /{p = /: error: /} p' "$out/broken"

say '4. Render it for every operating system. These are the routes to the cloud:'
for inventory in inventory/shanghai/*.yaml; do
  os=$(basename "$inventory" .yaml)
  case $os in scenario | *-cat9k | *-ne40e) continue ;; esac
  show render "$scenario" -i "$inventory"
  if "$twinpath" render "$scenario" -i "$inventory" >"$out/$os.cfg" 2>"$out/$os.notes"; then
    grep -nE '192\.168\.0\.0' -A 3 "$out/$os.cfg" | sed -n '1,8p' | sed 's/^/    /'
    printf '    (%s lines in all)\n' "$(wc -l <"$out/$os.cfg" | tr -d ' ')"
  else
    grep -A 5 ': error: ' "$out/$os.notes" | sed 's/^/    /'
  fi
done

say '5. One of them cannot follow an ICMP probe, so it refused. With BFD it can:'
expect 0 render inventory/lab/scenario.yaml -i inventory/lab/frr.yaml 2>/dev/null

say '6. Every rendered file is kept in golden/ and reviewed in pull requests. All are current:'
expect 0 render inventory/*/scenario.yaml --check

captures=internal/flowtest/testdata
export=tools/demo/export
say '7. Is the load on both circuits? A gateway exports sFlow (its packets are played over loopback), verify judges:'
set -- verify "$export/scenario.yaml" -i "$export/inventory.yaml" --listen 127.0.0.1:0 --for 10s
show "$@"
"$twinpath" "$@" >"$out/verdict" 2>"$out/listening" &
verify=$!
trap 'kill "$verify" 2>/dev/null || true; rm -rf "$out"' EXIT
address=
tries=0
while [ -z "$address" ] && [ "$tries" -lt 100 ]; do
  sleep 0.1
  tries=$((tries + 1))
  address=$(sed -n 's/^listening on \([^ ]*\) .*/\1/p' "$out/listening")
done
if [ -z "$address" ]; then
  cat "$out/listening" >&2
  echo "demo: verify did not begin to listen" >&2
  exit 1
fi
bin/replay -seconds 7 "$captures/sflow.pcap" "$address"
got=0
wait "$verify" || got=$?
cat "$out/listening" "$out/verdict"
if [ "$got" -ne 0 ]; then
  echo "demo: exit code $got instead of 0" >&2
  exit 1
fi

say '8. The export of another gateway, of which one circuit is dead: exit code 8.'
expect 8 verify inventory/shanghai/scenario.yaml -i inventory/shanghai/cisco-iosxe.yaml --pcap "$captures/v9-cut.pcap"

say '9. Five minutes in which a circuit was lost and came back, as a page for the change record:'
expect 0 verify inventory/shanghai/scenario.yaml -i inventory/shanghai/cisco-iosxe.yaml \
  --pcap "$captures/failover.pcap" --html bin/demo-report.html
printf 'Open bin/demo-report.html in a browser.\n'

say "Done in $(($(date +%s) - started)) s. Next: README.md, or"
printf '  bin/twinpath render %s --os huawei-vrp8 --sources\n' "$scenario"
printf '  bin/twinpath vendors\n'
