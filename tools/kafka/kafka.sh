#!/bin/sh
# Tests the Kafka input with real software: Apache Kafka in KRaft mode, from Maven Central, and goflow2's own command
# that fills it, from the Go module proxy. Called by `make kafka`. Both are kept in the cache, so that the second run
# fetches nothing. Needs java (17 or newer), mvn and the two registries; CACHE can be moved with TWINPATH_CACHE.
set -eu
cd "$(dirname "$0")/../.."

GOFLOW2=v2.2.6
CACHE=${TWINPATH_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twinpath}/kafka

fail() {
  echo "kafka: $*" >&2
  exit 1
}

command -v java >/dev/null || fail "java is not installed, and Kafka runs on it; on Debian: apt-get install openjdk-17-jre-headless"

# A change of the file that names the versions makes a new folder.
jars=$CACHE/$(cksum <tools/kafka/pom.xml | cut -d ' ' -f 1)
if [ ! -e "$jars/complete" ]; then
  command -v mvn >/dev/null || fail "mvn is not installed, and the broker is fetched with it; on Debian: apt-get install maven"
  rm -rf "$jars"
  mkdir -p "$jars"
  mvn -q -B -f tools/kafka/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$jars" >"$CACHE/mvn.log" 2>&1 ||
    fail "Maven could not fetch the broker (the network, or a version of tools/kafka/pom.xml that is gone): $(tail -n 3 "$CACHE/mvn.log")"
  touch "$jars/complete"
fi

goflow2=$CACHE/goflow2-$GOFLOW2
if [ ! -x "$goflow2" ]; then
  mkdir -p "$CACHE/bin"
  GOBIN=$CACHE/bin CGO_ENABLED=0 go install "github.com/netsampler/goflow2/v2/cmd/goflow2@$GOFLOW2" >"$CACHE/go.log" 2>&1 ||
    fail "goflow2's command could not be built: $(tail -n 3 "$CACHE/go.log")"
  mv "$CACHE/bin/goflow2" "$goflow2"
fi

TWINPATH_KAFKA_JARS=$jars TWINPATH_GOFLOW2=$goflow2 go test -tags realkafka -count=1 -run TestReal -v ./internal/kafka
