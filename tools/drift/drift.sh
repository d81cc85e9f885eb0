#!/bin/sh
# Compares the argument tables in vendors/ with the types of packages that are generated from the same providers.
# A difference is a change of the provider, or a slip in the table: read the provider's documentation, then decide.
# Only facts (names, types, what is required) are compared, nothing is copied.
#
# Pinned, so that a difference is never news of today only: raise VERSION and INTEGRITY together, with the commit that
# the table names. huaweicloud has no such package on npm; its table is read against the documentation by hand.
set -eu

PACKAGE=@pulumi/alicloud
VERSION=3.108.0
INTEGRITY=sha512-2/vDHOE5Jqhe1tiY/5cpRl/qG72hLBgaAa2mvIaeEUCmy2nx68b7yGCTZ4oCvMvWct40MfhvWaCesywXyfI1lw==

fail() {
  echo "drift: $*" >&2
  exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
command -v npm >/dev/null || fail "there is no npm here; install it (Debian: apt-get install npm) and run this again"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

file=$(cd "$work" && npm pack --silent "$PACKAGE@$VERSION" | tail -n 1) && [ -n "$file" ] ||
  fail "npm could not fetch $PACKAGE $VERSION; without network there is nothing to compare"
got=sha512-$(openssl dgst -sha512 -binary "$work/$file" | base64 | tr -d '\n')
[ "$got" = "$INTEGRITY" ] || fail "$PACKAGE $VERSION is not the pinned one: its hash is $got"
tar -xzf "$work/$file" -C "$work"

# The package's own names, where they are not the provider's in other letters.
(cd "$here/../tfprovider" && ${GO:-go} run -ldflags "-X main.tables=$here/../../vendors" . drift alicloud "$work/package" \
  alicloud_route_entry=vpc/routeEntry alicloud_account=getAccount \
  alicloud_vpcs=vpc/getNetworks alicloud_vswitches=vpc/getSwitches)
echo "drift: vendors/ and $PACKAGE $VERSION agree"
