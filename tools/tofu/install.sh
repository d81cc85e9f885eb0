#!/bin/sh
# Builds OpenTofu (MPL-2.0) from source for the tests of the cloud side, at the version and with the hashes that go.mod
# and go.sum beside this file pin, into twinpath's cache. Nothing else of twinpath needs it, and nothing ships it.
# `tofu validate`, `test` and `fmt` are terraform's of the same name; the tests run both where both are there.
#
# From source, because that is one pinned way that works wherever Go modules are to be had. Terraform's own module
# cannot be built like this (its go.mod points to folders of its clone) and is not free software (BUSL-1.1).
#
# Run it as often as you like: the version that is there is not built again.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
CACHE=${TWINPATH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twinpath}/cloud
GO=${GO:-go}

fail() {
  echo "tofu: $*" >&2
  exit 1
}

# The module may need a newer Go than is installed; then this fetches it.
export GOTOOLCHAIN=auto CGO_ENABLED=0
version=$(cd "$here" && $GO list -m -f '{{.Version}}' github.com/opentofu/opentofu) ||
  fail "Go could not read $here/go.mod; the lines above say why"

if [ -x "$CACHE/tofu" ] && [ "$(cat "$CACHE/version" 2>/dev/null)" = "$version" ]; then
  echo "tofu: $version is there: $CACHE/tofu"
  exit 0
fi

echo "tofu: building OpenTofu $version; this takes about four minutes on two cores, once" >&2
mkdir -p "$CACHE"
(cd "$here" && $GO build -trimpath -buildvcs=false -o "$CACHE/tofu.new" \
  -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' github.com/opentofu/opentofu/cmd/tofu) ||
  fail "the build failed; without network for the Go modules the cloud's tests are left out, and say so"
mv "$CACHE/tofu.new" "$CACHE/tofu"
printf '%s\n' "$version" >"$CACHE/version"
echo "tofu: built $version: $CACHE/tofu"
