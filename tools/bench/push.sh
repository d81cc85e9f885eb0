#!/bin/sh
# Pushes plans of 40 lines to N (200) simulated gateways that think REPLY_TIME (20ms) about every line, PARALLEL (200) at
# once, and has the same dialogue again with nothing but scrapligo. Called by `make bench`. ROUNDS (3) is how often both
# are measured, in turn.
set -eu
cd "$(dirname "$0")/../.."

N=${N:-200} PARALLEL=${PARALLEL:-200} REPLY_TIME=${REPLY_TIME:-20ms} ROUNDS=${ROUNDS:-3}
work=$(mktemp -d)
fleet=$work/scenarios
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/twinpath" ./cmd/twinpath
go -C tools build -o "$work/" ./bench/fleet ./bench/run ./bench/bare
"$work/fleet" -n "$N" -dir "$fleet" -os cisco-iosxe -each 20

. tools/bench/machine.sh
. tools/bench/served.sh
export XDG_STATE_HOME="$work/state"
echo
echo "== push: $N simulated gateways, $REPLY_TIME for each line, $PARALLEL at once"
machine
plans
heading
round=1
while [ "$round" -le "$ROUNDS" ]; do
  rm -f "$work/plans/"*.journal "$work/plans/"*.cfg
  up pushed
  "$work/run" -runs 1 -out "$work/figures" -name "push --parallel $PARALLEL" -- \
    "$work/twinpath" push "$work/plans/"gw* -i "$work/pushed/inventory.yaml" --parallel "$PARALLEL"
  echo dialogue >&3
  down pushed 'push'
  up alone
  "$work/run" -runs 1 -out "$work/figures" -name "scrapligo alone, the same dialogue" -- \
    "$work/bare" -inventory "$work/alone/inventory.yaml" -dialogue "$work/pushed.out" -parallel "$PARALLEL"
  down alone 'scrapligo alone'
  round=$((round + 1))
done

"$work/bare" -list -inventory "$work/pushed/inventory.yaml" -dialogue "$work/pushed.out" >"$work/lines"
echo
awk -F '\t' -v n="$N" '{ lines++; if (!(($1, $4) in seen)) { seen[$1, $4]; connections++ } if ($5 ~ /^ip route 198\.18/) routes++ }
  END { printf "dialogue: %.0f lines in %.1f connections a gateway, %.0f of them configuration\n", lines / n, connections / n, routes / n }' "$work/lines"
awk -F '\t' -v n="$N" -v parallel="$PARALLEL" '
  function verdict(ok) { return ok ? "met" : "missed" }
  function median(list, count, i, j, x) {
    for (i = 2; i <= count; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { x = list[j]; list[j] = list[j - 1]; list[j - 1] = x }
    return list[int((count + 1) / 2)]
  }
  /^push/ { wall[++p] = $3; cpu[p] = $4; if ($5 > peak) peak = $5 }
  /^scrapligo/ { bare[++b] = $3; barecpu[b] = $4 }
  END {
    ratio = median(wall, p) / median(bare, b)
    printf "goal: push in 1.3 times the time of scrapligo alone: %.2f times, %s (processor time: %.2f times)\n", ratio, verdict(ratio <= 1.3), median(cpu, p) / median(barecpu, b)
    open = parallel < n ? parallel : n
    printf "goal: 2 MB for each open gateway: %.2f MB, the whole process at its peak by %d gateways, %s\n", peak / open, open, verdict(peak / open <= 2)
  }' "$work/figures"
