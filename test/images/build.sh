#!/usr/bin/env bash
# Builds the images that the tests run, from Debian packages and without an image registry:
#
#   stackctl-test/debian:trixie  the base (debootstrap)
#   stackctl-test/redis:8        redis-server, redis-cli, redis-sentinel with the contract of the official image
#   stackctl-test/valkey:8       valkey-server, valkey-cli, valkey-sentinel with the contract of the official image
#   stackctl-test/valkey:9       the same of the next release
#   stackctl-test/kafka:4        Kafka from Maven Central with the contract of the official image
#   stackctl-test/node:20        the Node binary that runs the tests
#   stackctl-test/timescaledb:17 PostgreSQL 17 with TimescaleDB (Apache edition), for the kind postgres too
#   stackctl-test/clickhouse:26  the engine of npm's chdb behind stackctl's own HTTP front, with the contract of the official image
#
# An image that was built from the same content is left as it is. Needs root (debootstrap) and an Engine (test/engine.sh).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
readonly HERE LABEL=stackctl.test.content BASE=stackctl-test/debian:trixie
WORK=$(mktemp -d /var/tmp/stackctl-images.XXXXXX) # not /tmp: often tmpfs, or mounted without exec and device files
readonly WORK

clean_up() {
  # An interrupted debootstrap may have left its /proc mounted: never delete through a mount.
  umount -l "$WORK/rootfs/proc" "$WORK/rootfs/sys" 2>/dev/null || true
  rm -rf --one-file-system "$WORK"
}
trap clean_up EXIT # not in the background: bash resets it there
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() { echo "images: $*"; }
hash_of() { sha256sum | cut -c1-16; }
is_built() { [[ $(docker image inspect --format "{{index .Config.Labels \"$LABEL\"}}" "$1" 2>/dev/null) == "$2" ]]; }

# The mirror that this machine uses already, so that a build needs no access that apt does not have.
debian_mirror() {
  # shellcheck disable=SC2016 # apt-get fills it in
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | grep -v security | head -n 1
}

make_rootfs() {
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg trixie "$WORK/rootfs" ${1:+"$1"}
  # No package may start its server while an image is built.
  printf '#!/bin/sh\nexit 101\n' >"$WORK/rootfs/usr/sbin/policy-rc.d"
  chmod 755 "$WORK/rootfs/usr/sbin/policy-rc.d"
  rm -rf "$WORK/rootfs"/var/lib/apt/lists/* "$WORK/rootfs"/var/cache/apt/*
}

build_base() {
  local content
  content=$(declare -f make_rootfs | hash_of)
  BASE_CONTENT=$content
  if is_built "$BASE" "$content"; then say "$BASE is there"; return; fi
  [[ $(id -u) == 0 ]] || { say "making $BASE needs root (debootstrap)" >&2; exit 1; }
  say "making $BASE with debootstrap"
  make_rootfs "$(debian_mirror)" >"$WORK/log" 2>&1 || { tail -n 20 "$WORK/log" >&2; exit 1; }
  tar -C "$WORK/rootfs" -c . | docker import --change "LABEL $LABEL=$content" --change 'CMD ["bash"]' - "$BASE" >/dev/null
}

# build TAG CONTEXT [FETCH]: the content is every file of the context and the base. FETCH, a function, puts what comes
# from a package registry (pinned in the context) into a copy of the context, and is called only when there is work.
build() {
  local tag=$1 context=$2 fetch=${3-} content
  content=$(cd "$context" && { echo "$BASE_CONTENT"; find . -type f -print0 | sort -z | xargs -0 sha256sum; } | hash_of)
  if is_built "$tag" "$content"; then say "$tag is there"; return; fi
  say "building $tag"
  local work=$WORK/${tag//[^a-z0-9]/-}
  mkdir "$work"
  if [[ -n $fetch ]]; then
    cp -r "$context" "$work/context"
    context=$work/context
    "$fetch" "$context" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
  fi
  # The host's network: the Engine's own has no way out on some CI machines.
  docker build --network host --label "$LABEL=$content" --tag "$tag" "$context" >"$work/log" 2>&1 ||
    { tail -n 40 "$work/log" >&2; exit 1; }
}

fetch_jars() {
  command -v mvn >/dev/null || { echo 'mvn is missing: sudo bash test/setup.sh'; return 1; }
  mvn -q -B -Dstyle.color=never -f "$1/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$1/libs"
}

fetch_chdb() { npm install --prefix "$1" --omit=dev --no-audit --no-fund --no-package-lock --ignore-scripts; }

if ! docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
  # shellcheck disable=SC2016 # the command to type
  say 'no Engine answers; start one: eval "$(bash test/engine.sh start)"' >&2
  exit 1
fi
build_node() {
  mkdir "$WORK/node"
  cp "$HERE/node/Dockerfile" "$WORK/node/"
  cp "$(node -p process.execPath)" "$WORK/node/node"
  build stackctl-test/node:20 "$WORK/node"
}

# The front from this checkout, so that a change there is a change of the image.
build_clickhouse() {
  cp -r "$HERE/clickhouse" "$WORK/clickhouse"
  (cd "$HERE/../.." && node_modules/.bin/esbuild src/programs/clickhouse-front/main.ts --bundle --platform=node --format=esm --target=node20 \
    --log-level=warning --outfile="$WORK/clickhouse/clickhouse-front.mjs")
  build stackctl-test/clickhouse:26 "$WORK/clickhouse" fetch_chdb
}

build_base
# Beside each other: most of the time goes by waiting for a mirror.
pids=()
build stackctl-test/redis:8 "$HERE/redis" & pids+=($!)
{ build stackctl-test/valkey:8 "$HERE/valkey" && build stackctl-test/valkey:9 "$HERE/valkey-9"; } & pids+=($!)
build stackctl-test/timescaledb:17 "$HERE/timescaledb" & pids+=($!)
build stackctl-test/kafka:4 "$HERE/kafka" fetch_jars & pids+=($!)
{ build_node; build_clickhouse; } & pids+=($!) # the second is made from the first
code=0
for pid in "${pids[@]}"; do wait "$pid" || code=1; done
[[ $code == 0 ]]
