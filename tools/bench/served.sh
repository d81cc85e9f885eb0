# Sourced by push.sh and push-peers.sh: simulated gateways that are pushed to. $work, $N, $REPLY_TIME and
# $fleet are set. One process of `lab gateway` plays all of them, and begins anew for everything that is measured, so that
# each contestant finds them in the same state.

# up NAME: start them; inventory, keys and known_hosts are in $work/NAME.
up() {
  rm -rf "$work/$1" "$work/in"
  mkfifo "$work/in"
  "$work/twinpath" lab gateway --scenario "$fleet/scenario.yaml" -i "$fleet/inventory.yaml" --startup scenario \
    --reply "$REPLY_TIME" --dir "$work/$1" <"$work/in" >"$work/$1.out" 2>"$work/$1.err" &
  server=$!
  exec 3>"$work/in"
  tries=600
  until grep -q '^push' "$work/$1.out"; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ] || ! kill -0 $server 2>/dev/null; then
      echo "bench: the simulated gateways did not start: $(tail -n 3 "$work/$1.err")" >&2
      exit 1
    fi
    sleep 0.2
  done
  idle=$(memory_now)
}

# down NAME LABEL: what the server needed, and its end.
down() {
  if [ -r "/proc/$server/status" ]; then
    peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$server/status")
    cpu=$(ps -o time= -p $server | tr -d ' ')
    printf '  server, %s: %d MB at the start, %d MB at most, %.2f MB for each of %d gateways of which %d were open at once; processor time %s\n' \
      "$2" $((idle / 1024)) $((peak / 1024)) "$(awk "BEGIN { print ($peak - $idle) / 1024 / $N }")" "$N" "$PARALLEL" "$cpu"
  fi
  echo quit >&3
  exec 3>&-
  wait $server || :
  server=
}

memory_now() {
  if [ -r "/proc/$server/status" ]; then
    awk '/^VmRSS:/ { print $2 }' "/proc/$server/status"
  else
    echo 0
  fi
}

# plans: a plan for each gateway, 40 lines each, in $work/plans.
plans() {
  mkdir -p "$work/plans"
  up planned
  for file in "$fleet"/gw*.yaml; do
    echo "$file"
  done | xargs -P 8 -I FILE sh -c '"$1" plan "$2" -i "$3" -o "$4/$(basename "$2" .yaml)" 2>&1 >/dev/null | grep "^twinpath:" >&2; test -e "$4/$(basename "$2" .yaml)"' \
    sh "$work/twinpath" FILE "$work/planned/inventory.yaml" "$work/plans"
  down planned 'while planning' >/dev/null
}
