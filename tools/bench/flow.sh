#!/bin/sh
# Sends NetFlow v9 to twinpath as a whole process and, when called with "peers", to goflow2's command and to nfcapd, one
# after the other: what arrived, what was lost and counted, and what it cost. Called by `make bench` and
# `make bench-peers`. Everything runs in a network namespace of its own, where the address of the model case's gateway
# can be used and no other socket's losses are counted. RATES are datagrams a second (5000 20000), SECONDS how long (4).
set -eu
cd "$(dirname "$0")/../.."

RATES=${RATES:-5000 20000}
SECONDS_EACH=${SECONDS_EACH:-4}
PORT=${PORT:-29995}
CACHE=${TWINPATH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twinpath}/kafka
GOFLOW2=v2.2.6
GATEWAY=172.16.255.1

fail() {
  echo "flow.sh: $*" >&2
  exit 1
}

[ -r /proc/self/stat ] || fail "needs Linux: processor time and drops are read from /proc"

# First everything is built, then the script runs itself again inside the namespace.
if [ -z "${FLOW_WORK:-}" ]; then
  command -v unshare >/dev/null && command -v ip >/dev/null || fail "needs unshare and ip (Debian: util-linux, iproute2)"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/twinpath" ./cmd/twinpath
  go -C tools build -o "$work/flowload" ./bench/flowload
  if [ "${1:-}" = peers ] && [ ! -x "$CACHE/goflow2-$GOFLOW2" ]; then
    mkdir -p "$CACHE/bin"
    GOBIN=$CACHE/bin CGO_ENABLED=0 go install "github.com/netsampler/goflow2/v2/cmd/goflow2@$GOFLOW2" >"$work/log" 2>&1 &&
      mv "$CACHE/bin/goflow2" "$CACHE/goflow2-$GOFLOW2" || true
  fi
  user=
  [ "$(id -u)" -eq 0 ] || user=-r
  FLOW_WORK=$work unshare -n $user sh "tools/bench/${0##*/}" "$@"
  exit
fi
work=$FLOW_WORK
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true' EXIT
ip link set lo up
ip address add "$GATEWAY/32" dev lo

# Processor time of the collector in hundredths of a second, and datagrams that any socket had no room for.
cpu() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
drops() { awk '/^Udp:/ { if (seen) { print $6; exit } seen = 1 }' /proc/net/snmp; }

# load NAME RATE: sends to what listens, and leaves figures in shell variables.
load() {
  sleep 1.5
  before=$(drops)
  "$work/flowload" -to "$GATEWAY:$PORT" -from "$GATEWAY" -rate "$1" -seconds "$SECONDS_EACH" >"$work/sent"
  sleep 1
  dropped=$(($(drops) - before))
  used=$(cpu "$pid")
  read -r datagrams records rate <"$work/sent"
}

# row NAME GOT COUNTED: prints and keeps a line.
row() {
  awk -v name="$1" -v got="$2" -v counted="$3" -v rate="$rate" -v records="$records" -v dropped="$dropped" -v used="$used" 'BEGIN {
    us = got > 0 ? used * 10000 / got : 0
    printf "%-22s %9d %11d %11d %7.2f%% %9d %10s %8.2f %8.2f\n", name, rate, records, got, 100 * got / records, dropped, counted, used / 100, us
  }'
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$rate" "$records" "$2" "$dropped" "$used" "$3" >>"$work/figures"
}

twinpath() {
  "$work/twinpath" verify inventory/shanghai/scenario.yaml -i inventory/shanghai/cisco-iosxe.yaml --listen "$GATEWAY:$PORT" --format json \
    >"$work/result" 2>"$work/log" &
  pid=$!
  load "$1"
  kill -INT "$pid"
  wait "$pid" || true
  pid=
  got=$(sed -n 's/^ *"records": \([0-9]*\),*$/\1/p' "$work/result" | sort -n | tail -n 1)
  lost=$(awk -F '[:,]' '/"loss"/ { l = $2 } END { printf "%.3f%%", 100 * l }' "$work/result")
  row twinpath "${got:-0}" "$lost"
}

goflow2() {
  "$goflow2" -listen "netflow://$GATEWAY:$PORT?count=1&workers=1" -format bin -transport file -transport.file /dev/null \
    -addr "127.0.0.1:$((PORT + 1))" >"$work/log" 2>&1 &
  pid=$!
  load "$1"
  got=$(curl -s "http://127.0.0.1:$((PORT + 1))/metrics" |
    awk '/^goflow2_flow_process_nf_flowset_records_total/ && /type="DataFlowSet"/ { n += $NF } END { printf "%d", n }')
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
  row "goflow2 command" "$got" -
}

nfcapd() {
  mkdir -p "$work/nf"
  command nfcapd -w "$work/nf" -b "$GATEWAY" -p "$PORT" -t 3600 -B 33554432 >"$work/log" 2>&1 &
  pid=$!
  load "$1"
  kill -TERM "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
  got=$(for f in "$work"/nf/nfcapd.*; do nfdump -r "$f" -I; done | awk -F ': ' '$1 == "Flows" { n += $2 } END { printf "%d", n }')
  rm -rf "$work/nf"
  row nfcapd "$got" -
}

. tools/bench/machine.sh
machine
printf '\n%-22s %9s %11s %11s %8s %9s %10s %8s %8s\n' "NetFlow v9" "datagr./s" "records" kept "" dropped "loss said" "CPU s" "us/rec."
peers=
if [ "${1:-}" = peers ]; then
  goflow2=$CACHE/goflow2-$GOFLOW2
  [ -x "$goflow2" ] && command -v curl >/dev/null && peers="$peers goflow2" || echo "goflow2's command could not be built, or curl is missing; it is left out" >&2
  command -v nfcapd >/dev/null && peers="$peers nfcapd" || echo "nfcapd is not installed (Debian: nfdump); it is left out" >&2
fi
for rate in $RATES; do
  twinpath "$rate"
  for p in $peers; do
    "$p" "$rate"
  done
done

awk -F '\t' '
  function verdict(ok) { return ok ? "met" : "missed" }
  { if ($4 > 0) us[$1] = $6 * 10000 / $4; kept[$1] = $4 / $3; drop[$1] = $5; said[$1] = $7 }
  END {
    print ""
    missing = 1 - kept["twinpath"]
    printf "goal: nothing lost without being counted: %.3f%% missing, %s said, %s\n", 100 * missing, said["twinpath"], verdict(missing <= (said["twinpath"] + 0) / 100 + 0.0005)
    if ("goflow2 command" in us) {
      printf "goal: CPU per record at most 1/5 of goflow2: 1/%.1f, %s\n", us["goflow2 command"] / us["twinpath"], verdict(us["twinpath"] * 5 <= us["goflow2 command"])
      printf "goal: goflow2 keeps less than half of the last load: %.0f%%, %s\n", 100 * kept["goflow2 command"], verdict(kept["goflow2 command"] < 0.5)
    }
    if ("nfcapd" in us) printf "goal: CPU per record at most 3 times nfcapd: %.1f times, %s\n", us["twinpath"] / us["nfcapd"], verdict(us["twinpath"] <= 3 * us["nfcapd"])
  }' "$work/figures"
