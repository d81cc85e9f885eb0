# Shared by bench.sh and peers.sh, which source it: on what was measured, and the heading of the table.

machine() {
  echo "$(uname -sm), $(getconf _NPROCESSORS_ONLN) processors, $(go version | cut -d ' ' -f 3)"
  # A busy machine makes every figure worse: look at the load before believing one.
  if [ -r /proc/loadavg ]; then
    echo "load before the first run: $(cut -d ' ' -f 1-3 /proc/loadavg)"
  fi
}

heading() {
  printf '\n%-44s %10s %10s %10s %10s\n' "" best median cpu memory
}
