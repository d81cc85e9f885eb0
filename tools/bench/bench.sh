#!/bin/sh
# Measures twinpath on fleets of 1,000 and 10,000 gateways as whole processes, holds the figures against the goals, and
# runs the Go benchmarks. Called by `make bench`. RUNS is how often each command runs (5), FLEETS which fleets (1000 10000).
set -eu
cd "$(dirname "$0")/../.."

RUNS=${RUNS:-5}
FLEETS=${FLEETS:-1000 10000}
work=$(mktemp -d)
# What a file system costs differs more between two runs than the program does, so files are written to memory as well,
# where there is such a folder.
memory=
if [ -w /dev/shm ]; then
  memory=$(mktemp -d /dev/shm/twinpath.XXXXXX)
fi
trap 'rm -rf "$work" ${memory:+"$memory"}' EXIT

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/twinpath" ./cmd/twinpath
go -C tools build -o "$work/" ./bench/fleet ./bench/run

. tools/bench/machine.sh
machine
heading
measure() {
  "$work/run" -runs "$RUNS" -out "$work/figures" "$@"
}

for n in $FLEETS; do
  fleet=$work/fleet-$n
  "$work/fleet" -n "$n" -dir "$fleet"
  files="$fleet/scenario.yaml -i $fleet/inventory.yaml"
  measure -name "$n gateways: validate -i" -- "$work/twinpath" validate $files
  if [ -n "$memory" ]; then
    measure -name "$n gateways: render --form running, memory" -fresh "$memory/$n" -- "$work/twinpath" render $files --form running -o "{}"
    rm -r "$memory/$n"
    measure -name "$n gateways: render, both forms, memory" -fresh "$memory/$n" -- "$work/twinpath" render $files -o "{}"
    rm -r "$memory/$n"
  fi
  measure -name "$n gateways: render, both forms, disk" -fresh "$work/out-$n" -- "$work/twinpath" render $files -o "{}"
  measure -name "$n gateways: render --check, both forms" -- "$work/twinpath" render $files -o "$work/out-$n/1" --check
done

# The goals are about validating and rendering as one process: render checks all that validate -i checks before it
# writes. The figures are medians.
awk -F '\t' '
  function verdict(ok) { return ok ? "met" : "missed" }
  function goals(name, total) {
    if (1000 in total) {
      printf "goal: 1,000 gateways, validated and rendered (%s), in 0.3 s: %.3f s, %s\n", name, total[1000], verdict(total[1000] <= 0.3)
    }
    if (1000 in total && 10000 in total) {
      printf "goal: 10,000 gateways, the same, in 12 times that: %.1f times, %s\n", total[10000] / total[1000], verdict(total[10000] <= 12 * total[1000])
    }
  }
  { split($1, words, " "); n = words[1] }
  / running, memory/ { one[n] = $3 }
  / both forms, memory/ { ram[n] = $3 }
  / both forms, disk/ { disk[n] = $3 }
  { if ($5 > peak[n]) peak[n] = $5 }
  END {
    print ""
    goals("one form, into memory", one)
    goals("both forms, into memory", ram)
    goals("both forms, onto disk", disk)
    if (1000 in peak) printf "goal: 1,000 gateways in 150 MB: %d MB, %s\n", peak[1000], verdict(peak[1000] <= 150)
  }' "$work/figures"

echo
# Only packages that have some, since the test binaries of all of them take minutes to build.
# diff.sh runs those of the comparison.
packages=$(grep -l '^func Benchmark' internal/*/*_test.go | sed 's|^\(.*\)/[^/]*$|./\1|' |
  grep -v -e /conftree -e /plan -e /simulate | sort -u)
go test -run '^$' -bench . -benchmem $packages |
  grep -v -e '^PASS$' -e '^ok ' -e '^goos:' -e '^goarch:' -e '^cpu:'

echo
sh tools/bench/flow.sh
