#!/bin/sh
# Starts Open vSwitch with its datapath in user space, in the network namespace of the caller: one bridge that passes
# what comes in by pN on by qN, and exports sFlow samples of it.
#
#   switch.sh DIR COLLECTOR SAMPLING CIRCUITS
set -eu
dir=$1 collector=$2 sampling=$3 circuits=$4
# Its programs talk to each other by sockets in this folder.
OVS_RUNDIR=$dir OVS_LOGDIR=$dir OVS_DBDIR=$dir
export OVS_RUNDIR OVS_LOGDIR OVS_DBDIR
db=unix:$dir/db.sock

ovsdb-tool create "$dir/conf.db" /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server "$dir/conf.db" --remote="p$db" --detach --pidfile="$dir/ovsdb-server.pid" --log-file="$dir/ovsdb-server.log"
ovs-vsctl --db="$db" --no-wait init
ovs-vswitchd "$db" --detach --pidfile="$dir/ovs-vswitchd.pid" --log-file="$dir/ovs-vswitchd.log" --disable-system
ovs-vsctl --db="$db" --timeout=10 add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=secure
n=1
while [ "$n" -le "$circuits" ]; do
  ovs-vsctl --db="$db" --timeout=10 add-port br0 "p$n" -- set interface "p$n" "ofport_request=$n" \
    -- add-port br0 "q$n" -- set interface "q$n" "ofport_request=$((n + 100))"
  ovs-ofctl add-flow br0 "in_port=$n,actions=output:$((n + 100))"
  n=$((n + 1))
done
ovs-vsctl --db="$db" --timeout=10 -- --id=@s create sflow agent=mg "target=\"$collector\"" header=128 "sampling=$sampling" polling=5 \
  -- set bridge br0 sflow=@s
