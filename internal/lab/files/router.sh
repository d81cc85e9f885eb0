#!/bin/sh
# The only file of the lab that knows the router software: where it lies, which daemons it has, how it is configured.
#
#   router.sh prepare ROOT             gives the unpacked software folders of its own to write to
#   router.sh start ROOT NAME          starts one router in the network namespace of the caller
#   router.sh load ROOT NAME FILE      loads a configuration
#   router.sh shell ROOT NAME [-c CMD] the router's command line, as the login shell of its gateway
set -eu
action=$1 root=$2

# An empty VTYSH_PAGER makes vtysh run "" as its pager; only an unset one is none.
unset VTYSH_PAGER || :

case $action in
prepare)
  # Whatever is written goes with the mount namespace. var/tmp too: pids repeat in a new pid namespace, and a pid file
  # left there by an earlier run would name a living process.
  for dir in etc/frr run var/run var/lib/frr var/tmp tmp; do
    mount -t tmpfs -o mode=1777 tmpfs "$root/$dir"
  done
  mkdir -p "$root/run/frr"
  ;;
start)
  name=$3
  for dir in etc/frr run/frr var/lib/frr; do
    mkdir -p "$root/$dir/$name"
    chown 107:110 "$root/$dir/$name"
    chmod 755 "$root/$dir/$name"
  done
  # One startup file, as the packages have it: with a file for each daemon, 10.3 saves no static route at all, since
  # mgmtd, which has them, then writes nothing. vtysh saves into frr.conf where that file is.
  for file in vtysh.conf frr.conf; do
    : >"$root/etc/frr/$name/$file"
    chown 107:110 "$root/etc/frr/$name/$file"
  done
  # zebra first, and mgmtd before staticd, which is its backend. They go before what else the machine does: a late BFD
  # packet is a dead circuit. Where that is forbidden, nice says so and starts the daemon as it is.
  for daemon in zebra mgmtd bfdd staticd; do
    nice -n -15 chroot "$root" "/usr/lib/frr/$daemon" -N "$name" -d -A 127.0.0.1 --log "file:/run/frr/$name/$daemon.log" --log-level info
  done
  tries=200
  until [ -S "$root/run/frr/$name/bfdd.vty" ] && [ -S "$root/run/frr/$name/staticd.vty" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "the daemons of $name did not start" >&2; exit 1; }
    sleep 0.02
  done
  ;;
load)
  # The file lies outside the root.
  cat "$4" >"$root/tmp/$3.conf"
  exec chroot "$root" /usr/bin/vtysh -N "$3" -f "/tmp/$3.conf"
  ;;
shell)
  name=$3
  shift 3
  exec chroot "$root" /usr/bin/vtysh -N "$name" "$@"
  ;;
*)
  echo "router.sh: no action $action" >&2
  exit 2
  ;;
esac
