#!/bin/sh
# Pushes plans of 40 lines to N (200) simulated gateways that think REPLY_TIME (20ms) about every line, so many at once as
# PARALLELS ("50 200") says, and has the same dialogue again with nothing but scrapligo. Called by `make bench`. ROUNDS (3)
# is how often all is measured, in turn.
set -eu
cd "$(dirname "$0")/../.."

N=${N:-200} PARALLELS=${PARALLELS:-50 200} REPLY_TIME=${REPLY_TIME:-20ms} ROUNDS=${ROUNDS:-3}
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
echo "== push: $N simulated gateways, $REPLY_TIME for each line"
machine
PARALLEL=$N
plans
heading
round=1
while [ "$round" -le "$ROUNDS" ]; do
  for PARALLEL in $PARALLELS; do
    rm -f "$work/plans/"*.journal "$work/plans/"*.cfg
    up pushed
    "$work/run" -runs 1 -out "$work/figures" -name "$PARALLEL at once: push" -- \
      "$work/twinpath" push "$work/plans/"gw* -i "$work/pushed/inventory.yaml" --parallel "$PARALLEL"
    echo dialogue >&3
    down pushed 'push'
    up alone
    "$work/run" -runs 1 -out "$work/figures" -name "$PARALLEL at once: scrapligo alone" -- \
      "$work/bare" -inventory "$work/alone/inventory.yaml" -dialogue "$work/pushed.out" -parallel "$PARALLEL"
    routed alone 'scrapligo alone'
  done
  round=$((round + 1))
done

"$work/bare" -list -inventory "$work/pushed/inventory.yaml" -dialogue "$work/pushed.out" >"$work/lines"
echo
awk -F '\t' -v n="$N" '{ lines++; if (!(($1, $4) in seen)) { seen[$1, $4]; connections++ } if ($5 ~ /^ip route 198\.18/) routes++ }
  END { printf "dialogue: %.0f lines in %.1f connections a gateway, %.0f of them configuration\n", lines / n, connections / n, routes / n }' "$work/lines"
awk -F '\t' -v n="$N" '
  function verdict(ok) { return ok ? "met" : "missed" }
  # The median of what of[who, 1] to of[who, count] hold.
  function median(of, who, count, i, j, x, list) {
    for (i = 1; i <= count; i++) list[i] = of[who, i]
    for (i = 2; i <= count; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { x = list[j]; list[j] = list[j - 1]; list[j - 1] = x }
    return list[int((count + 1) / 2)]
  }
  {
    i = ++count[$1]
    wall[$1, i] = $3
    cpu[$1, i] = $4
    split($1, words, " ")
    if (!(words[1] in known)) { known[words[1]]; order[++kinds] = words[1] }
    if ($1 ~ /push$/ && $5 > peak[words[1]]) peak[words[1]] = $5
  }
  END {
    for (k = 1; k <= kinds; k++) {
      p = order[k]
      push = p " at once: push"; alone = p " at once: scrapligo alone"
      ratio = median(wall, push, count[push]) / median(wall, alone, count[alone])
      printf "goal: push in 1.3 times the time of scrapligo alone, %d at once: %.2f times, %s (processor time: %.2f times)\n", p, ratio, verdict(ratio <= 1.3), median(cpu, push, count[push]) / median(cpu, alone, count[alone])
      if (p + 0 > most) most = p + 0
    }
    open = most < n ? most : n
    printf "goal: 2 MB for each open gateway: %.2f MB, the whole process at its peak by %d gateways, %s\n", peak[most] / open, open, verdict(peak[most] / open <= 2)
  }' "$work/figures"
