#!/bin/sh
# Measures the comparison of large configurations, in process and as a whole process, and holds the figures against the
# goals. Called by `make bench`. RUNS is how often each command and each benchmark runs (5).
set -eu
cd "$(dirname "$0")/../.."

RUNS=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/" ./cmd/twinpath ./internal/pairtest/pair
go -C tools build -o "$work/" ./bench/run

. tools/bench/machine.sh
. tools/bench/pairs.sh
machine
heading
pairs "$work" 50
for system in $SYSTEMS; do
  lines=$(wc -l <"$work/$system/before/1.cfg")
  "$work/pair" -os "$system" -scale 10 -dir "$work/$system/large"
  measure "diff: $system, $lines lines" "$work/twinpath" diff --os "$system" "$work/$system/before/1.cfg" "$work/$system/after/1.cfg"
  measure "diff: $system, $(wc -l <"$work/$system/large/before/1.cfg") lines" \
    "$work/twinpath" diff --os "$system" "$work/$system/large/before/1.cfg" "$work/$system/large/after/1.cfg"
  measure "diff: $system, 50 devices, two folders" "$work/twinpath" diff --os "$system" "$work/$system/before" "$work/$system/after"
  measure "diff: $system, 50 devices, 50 processes" sh -c "$(each "$work" "$system")"
done

# In process: the benchmarks report wall and processor time of one comparison. The median of RUNS.
go test -run '^$' -bench '^Benchmark(Diff|DiffFleet|Plan)$' -benchtime 0.4s -count "$RUNS" ./internal/plan >"$work/go" || { cat "$work/go"; exit 1; }
awk '/^Benchmark/ { sub(/-[0-9]+$/, "", $1); cpu = 0; for (i = 3; i < NF; i += 2) if ($(i + 1) == "cpu-ns/op") cpu = $i
    print substr($1, 10) "\t" $3 / 1e9 "\t" cpu / 1e9 }' "$work/go" |
  sort -t "$(printf '\t')" -k 1,1 -k 2,2g | awk -F '\t' -v runs="$RUNS" '
    { wall[++n] = $2; cpu[n] = $3 }
    n == runs {
      m = int((n + 1) / 2)
      c = cpu[m] > 0 ? sprintf("%8.4f s", cpu[m]) : ""
      printf "%-44s %8.4f s %8.4f s %10s\n", "in process: " $1, wall[1], wall[m], c
      printf "in process: %s\t%.5f\t%.5f\t%.5f\t0\n", $1, wall[1], wall[m], cpu[m] >> FIGURES
      n = 0
    }' FIGURES="$work/figures"

# Hostile texts of ten times the lines.
go test -run '^$' -bench '^BenchmarkShapes$' -benchtime 2x ./internal/conftree ./internal/plan ./internal/simulate |
  awk '/^Benchmark/ {
      name = $1; sub(/\/[0-9]+-lines.*/, "", name)
      if (!(name in small)) { small[name] = $3; next }
      ratio = $3 / small[name]; n++
      if (ratio > worst) { worst = ratio; which = substr(name, 17) }
    }
    END { printf "shapes\t%.1f\t%d\t%s\n", worst, n, which }' >>"$work/figures"

awk -F '\t' '
  function verdict(ok) { return ok ? "met" : "missed" }
  function os(name) { sub(/^[^\/]*\//, "", name); sub(/\/.*/, "", name); return name }
  /^in process: Diff\// {
    s = os($1)
    if (!(s in small) || $3 < small[s]) { small[s] = $3; cpu[s] = $4 }
    if ($3 > large[s]) { large[s] = $3; busy[s] = $4 }
  }
  /^in process: DiffFleet/ { printf "goal: %s, 50 devices in one process in 1 s: %.2f s (processor: %.2f), %s\n", os($1), $3, $4, verdict($3 <= 1) }
  /^diff: .* lines/ && !($1 in seen) {
    split($1, words, /[ ,]+/)
    if (!(words[2] in whole)) { whole[words[2]] = 1; printf "goal: %s, a whole process in 60 ms: %.1f ms (processor: %.1f), %s\n", words[2], 1e3 * $3, 1e3 * $4, verdict($3 <= 0.06) }
  }
  /^diff: .*two folders/ { split($1, words, /[ ,]+/); printf "goal: %s, 50 devices as two folders in 1 s: %.2f s (processor: %.2f), %s\n", words[2], $3, $4, verdict($3 <= 1) }
  /^shapes/ { printf "goal: no shape of text takes the square of the time, which would be 100 times for ten times the lines: of %d at most %.1f times (%s), %s\n", $3, $2, $4, verdict($2 <= 40) }
  END {
    for (s in small) {
      printf "goal: %s, one comparison in process in 30 ms: %.1f ms (processor: %.1f), %s\n", s, 1e3 * small[s], 1e3 * cpu[s], verdict(small[s] <= 0.03)
      printf "goal: %s, ten times the lines in 12 times the time: %.1f times (processor: %.1f), %s\n", s, large[s] / small[s], busy[s] / cpu[s], verdict(large[s] <= 12 * small[s])
    }
  }
' "$work/figures" | { echo; sort; }
if [ -r /proc/loadavg ]; then
  echo "load after the last run: $(cut -d ' ' -f 1-3 /proc/loadavg)"
fi
