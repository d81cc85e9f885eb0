#!/bin/sh
# Installs what `twinpath lab` runs: tools of the distribution where they are missing, and the router software of
# Debian 13 (trixie), unpacked into a directory of its own beside whatever the host has. Debian 12's own is too old:
# it knows no BFD for static routes and takes the word "bfd" for the name of an interface, without an error.
#
# Run it as often as you like: what is there is not fetched again, and a run with nothing to do ends at once.
set -eu

# A point release of Debian replaces the package; then this line is the one to change, after a run of the lab.
VERSION=${TWINPATH_LAB_FRR_VERSION:-10.3-3+deb13u1}
# Raise this when the layout below changes, so that an older directory is built anew.
LAYOUT=1

CACHE=${TWINPATH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twinpath}/lab
ROOT=$CACHE/root
APT=$CACHE/apt
STAMP="$VERSION layout $LAYOUT"
MIRROR=${TWINPATH_LAB_MIRROR:-http://deb.debian.org/debian}
KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  echo "lab: $*" >&2
  exit 1
}

# The command that shows whether a package is there, and the package. /usr/sbin is not on every PATH.
PATH=$PATH:/usr/sbin:/sbin
NEEDED="sshd:openssh-server ssh:openssh-client nft:nftables uacctd:pmacct ovs-vswitchd:openvswitch-switch bird:bird2 ip:iproute2 ping:iputils-ping unshare:util-linux"

missing() {
  for pair in $NEEDED; do
    command -v "${pair%%:*}" >/dev/null || printf '%s ' "${pair#*:}"
  done
}

tools() {
  packages=$(missing)
  [ -n "$packages" ] || return 0
  echo "lab: installing $packages" >&2
  # No service of these packages is to start on the host: 101 is "forbidden by policy" to invoke-rc.d.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null &&
    apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $packages >/dev/null ||
    fail "could not install $packages with apt-get; install them by hand and run this again"
  [ -z "$(missing)" ] || fail "apt-get succeeded, yet these are still missing: $(missing)"
}

# trixie runs apt-get with directories of its own and an empty list of installed packages, so that it resolves and
# downloads the whole closure for Debian 13 and never touches the host's.
trixie() {
  apt-get -q -o Dir::Etc::sourcelist="$APT/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null -o Dir::State="$APT/state" -o Dir::State::lists="$APT/lists" \
    -o Dir::State::status="$APT/state/status" -o Dir::Cache="$APT/cache" -o Debug::NoLocking=1 \
    -o APT::Sandbox::User=root "$@"
}

# offered prints the versions that the archive has now.
offered() {
  cat "$APT"/lists/*_Packages 2>/dev/null | awk '/^Package: / {p = $2} /^Version: / && p == "frr" {print $2}' | sort -u | tr '\n' ' '
}

download() {
  [ -e "$KEYS" ] || fail "$KEYS is missing; install debian-archive-keyring and run this again"
  mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial" "$APT/state"
  echo "deb [signed-by=$KEYS] $MIRROR trixie main" >"$APT/sources.list"
  : >"$APT/state/status"
  # The lists are wanted as text for `offered`, whatever the host's apt prefers.
  trixie -o Acquire::GzipIndexes=false update >"$CACHE/apt.log" 2>&1 ||
    fail "could not read the package lists of $MIRROR; see $CACHE/apt.log"
  case " $(offered) " in
  *" $VERSION "*) ;;
  *) fail "Debian 13 no longer has FRRouting $VERSION but: $(offered)- run again with TWINPATH_LAB_FRR_VERSION set to that, and if the lab passes, change the version in tools/lab/install.sh" ;;
  esac
  echo "lab: downloading FRRouting $VERSION" >&2
  rm -f "$APT"/cache/archives/*.deb
  trixie -y --no-install-recommends --download-only install "frr=$VERSION" >>"$CACHE/apt.log" 2>&1 ||
    fail "could not download FRRouting $VERSION; see $CACHE/apt.log"
}

node() {
  [ -c "$ROOT/dev/$1" ] || mknod -m 666 "$ROOT/dev/$1" c "$2" "$3" ||
    fail "could not make the device $ROOT/dev/$1; is $CACHE on a file system mounted nodev?"
}

unpack() {
  rm -rf "$ROOT"
  mkdir -p "$ROOT/usr/bin" "$ROOT/usr/sbin" "$ROOT/usr/lib" "$ROOT/usr/lib64" "$ROOT/etc/pam.d" "$ROOT/etc/frr" \
    "$ROOT/var/lib/frr" "$ROOT/var/run" "$ROOT/var/tmp" "$ROOT/tmp" "$ROOT/proc" "$ROOT/dev" "$ROOT/run" "$ROOT/sys"
  # Debian 13 has merged its /usr: the links must be there before anything is unpacked.
  for dir in bin sbin lib lib64; do ln -sfn "usr/$dir" "$ROOT/$dir"; done
  for deb in "$APT"/cache/archives/*.deb; do
    case ${deb##*/} in systemd_* | cron* | mount_* | lsof* | logrotate* | debconf* | adduser*) continue ;; esac
    dpkg-deb -x "$deb" "$ROOT" || fail "could not unpack $deb"
  done
  chmod 1777 "$ROOT/tmp" "$ROOT/var/tmp"
  node null 1 3
  node urandom 1 9
  node tty 5 0
  for kind in auth account session password; do echo "$kind required pam_permit.so"; done >"$ROOT/etc/pam.d/other"
  cp "$ROOT/etc/pam.d/other" "$ROOT/etc/pam.d/frr"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'frr:x:107:110::/nonexistent:/usr/sbin/nologin' >"$ROOT/etc/passwd"
  printf '%s\n' 'root:x:0:' 'frrvty:x:109:frr' 'frr:x:110:' >"$ROOT/etc/group"
  chroot "$ROOT" /usr/lib/frr/zebra --version >"$CACHE/version" || fail "the unpacked FRRouting does not start"
  # The packages were only a way here; the directory is what is kept.
  rm -rf "$APT"
  echo "$STAMP" >"$ROOT/.twinpath-lab"
}

ready() {
  [ "$(cat "$ROOT/.twinpath-lab" 2>/dev/null)" = "$STAMP" ]
}

[ "$(uname -s)" = Linux ] || fail "the lab needs Linux; this is $(uname -s)"
if ready && [ -z "$(missing)" ]; then exit 0; fi
[ "$(id -u)" = 0 ] || fail "installing the lab needs root"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "installing the lab needs apt-get and dpkg-deb (Debian or a descendant)"
umask 022
mkdir -p "$CACHE"
# Two runs at once wait for each other.
exec 9>"$CACHE/lock"
flock 9
tools
ready || { download && unpack; }
echo "lab: $(head -n 1 "$CACHE/version"), in $ROOT" >&2
