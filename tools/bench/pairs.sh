# Shared by diff.sh and diff-peers.sh, which source it: the pairs of large configurations, and how a row is measured.

SYSTEMS="cisco-iosxe huawei-vrp8"

# pairs WORK DEVICES writes WORK/SYSTEM/before/1.cfg, WORK/SYSTEM/after/1.cfg and so on.
pairs() {
  for system in $SYSTEMS; do
    "$1/pair" -os "$system" -devices "$2" -dir "$1/$system"
  done
}

measure() {
  name=$1
  shift
  "$work/run" -runs "$RUNS" -out "$work/figures" -name "$name" -- "$@"
}

# each WORK SYSTEM prints a script that compares 50 devices, one process after the other.
each() {
  echo "i=0; while [ \$((i += 1)) -le 50 ]; do \"$1/twinpath\" diff --os $2 \"$1/$2/before/\$i.cfg\" \"$1/$2/after/\$i.cfg\"; done"
}
