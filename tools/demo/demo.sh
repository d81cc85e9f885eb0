#!/bin/sh
# Shows the main job: check a scenario, render it for every operating system,
# prove the golden files current; plan a change and push it to a simulated
# gateway of each system, and one that is taken back; and tell from flow samples
# whether the load is on both circuits. Needs no root, no device and no network
# but loopback. Run it by `make demo`, which builds bin/twinpath and bin/replay.
set -eu
cd "$(dirname "$0")/../.."
twinpath=bin/twinpath
scenario=inventory/shanghai/scenario.yaml
out=$(mktemp -d)
players=
cleanup() {
  # Unquoted on purpose: one word for each process.
  [ -z "$players" ] || kill $players 2>/dev/null || :
  wait
  rm -rf "$out"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
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

# The rest plays gateways on free ports of the loopback, one for each system.
# What it calls DIR is a temporary folder.
shown() { sed "s|$out|DIR|g; s/^/    /"; }
short() { printf '$ twinpath %s\n' "$*" | sed "s|$out|DIR|g"; }
# play NAME INVENTORY MORE...: start a gateway that already runs the scenario
# beside the inventory, in the background.
play() {
  name=$1 inventory=$2
  shift 2
  "$twinpath" lab gateway --scenario "$(dirname "$inventory")/scenario.yaml" -i "$inventory" --startup scenario \
    --dir "$out/$name" "$@" </dev/null >"$out/$name.log" 2>&1 &
  players="$players $!"
}
# ready NAME: wait until the gateway listens; its last line says so.
ready() {
  tries=100
  until grep -q '^push' "$out/$1.log"; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ]; then
      echo "demo: the simulated gateway $1 did not start:" >&2
      cat "$out/$1.log" >&2
      exit 1
    fi
    sleep 0.2 2>/dev/null || sleep 1
  done
}
# plan NAME SCENARIO: what the plan would change.
plan() {
  short plan "$2" -i "$out/$1/inventory.yaml" -o "$out/$1.plan"
  "$twinpath" plan "$2" -i "$out/$1/inventory.yaml" -o "$out/$1.plan" >"$out/$1.said" 2>"$out/$1.errors" || {
    cat "$out/$1.errors" >&2
    exit 1
  }
  grep -E '^gateway |^  step |^    [-+~] ' "$out/$1.said" | shown
}
# push NAME CODE MORE...: carry it out; what it waits for is left out here.
push() {
  name=$1 want=$2
  shift 2
  short push "$out/$name.plan" -i "$out/$name/inventory.yaml" "$@"
  set +e
  "$twinpath" push "$out/$name.plan" -i "$out/$name/inventory.yaml" "$@" >"$out/$name.done" 2>"$out/$name.said"
  got=$?
  set -e
  grep -E 'takes the step back|confirming|saving|taking back|aborting' "$out/$name.said" | shown
  shown <"$out/$name.done"
  if [ "$got" -ne "$want" ]; then
    cat "$out/$name.said" >&2
    echo "demo: exit code $got instead of $want" >&2
    exit 1
  fi
}

systems='cisco-iosxe huawei-vrp8 huawei-vrp5 juniper-junos juniper-srx frr'
folder() { if [ "$1" = frr ]; then echo inventory/lab; else echo inventory/shanghai; fi; }
for os in $systems; do
  play "$os" "$(folder "$os")/$os.yaml"
  sed 's|^  prefixes: \[192\.168\.0\.0/16\]|  prefixes: [192.168.0.0/16, 10.64.0.0/16]|' "$(folder "$os")/scenario.yaml" \
    >"$out/$(basename "$(folder "$os")").yaml"
done

say '7. The cloud gets a second network, 10.64.0.0/16. Rehearse the change on a simulated gateway of each system:'
short lab gateway --scenario "$scenario" -i inventory/shanghai/cisco-iosxe.yaml --startup scenario --dir "$out/cisco-iosxe" '&'
for os in $systems; do
  printf '\n%s\n' "$os"
  ready "$os"
  next=$out/$(basename "$(folder "$os")").yaml
  plan "$os" "$next"
  case $os in
    # These two cannot take a change back by themselves, and push wants to be told.
    huawei-vrp5 | frr) push "$os" 0 --accept-no-confirm-timer ;;
    *) push "$os" 0 ;;
  esac
  # And once more: the gateway now is what the scenario says.
  plan "$os" "$next"
done

say '8. Circuit ec1 moves to a new far end, which does not answer. The step is not confirmed, but taken back:'
play moved inventory/shanghai/cisco-iosxe.yaml --fault down=10.0.0.9
sed 's|10\.0\.0\.1/30|10.0.0.9/30|; s|10\.0\.0\.2/30|10.0.0.10/30|' "$scenario" >"$out/moved.yaml"
ready moved
plan moved "$out/moved.yaml"
push moved 6 --wait-limit 5s
plan moved "$scenario"

captures=internal/flowtest/testdata
export=tools/demo/export
say '9. Is the load on both circuits? A gateway exports sFlow (its packets are played over loopback), verify judges:'
set -- verify "$export/scenario.yaml" -i "$export/inventory.yaml" --listen 127.0.0.1:0 --for 10s
show "$@"
"$twinpath" "$@" >"$out/verdict" 2>"$out/listening" &
verify=$!
players="$players $verify"
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

say '10. The export of another gateway, of which one circuit is dead: exit code 8.'
expect 8 verify inventory/shanghai/scenario.yaml -i inventory/shanghai/cisco-iosxe.yaml --pcap "$captures/v9-cut.pcap"

say '11. Five minutes in which a circuit was lost and came back, as a page for the change record:'
expect 0 verify inventory/shanghai/scenario.yaml -i inventory/shanghai/cisco-iosxe.yaml \
  --pcap "$captures/failover.pcap" --html bin/demo-report.html
printf 'Open bin/demo-report.html in a browser.\n'

say "Done in $(($(date +%s) - started)) s. Next: README.md, or"
printf '  bin/twinpath render %s --os huawei-vrp8 --sources\n' "$scenario"
printf '  bin/twinpath vendors\n'
printf '  docs/rehearse.md: your own change, against your own saved configuration\n'
