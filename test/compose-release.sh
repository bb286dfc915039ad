#!/usr/bin/env bash
# A Docker Compose that knows providers, for tests: builds it from source into a cache folder and prints the path of the
# program. Nothing on PATH changes. Needs Go.
set -euo pipefail
shopt -s inherit_errexit

readonly MODULE=github.com/docker/compose/v2 VERSION=v2.40.3
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/stackctl-test/compose-$VERSION
export PATH="$PATH:/usr/local/go/bin"

say() { echo "compose-release: $*" >&2; }

# Its go.mod says what it is built with only where it is the main module: `go install MODULE@VERSION` refuses it.
build() {
  local source
  command -v go >/dev/null || { say 'go is not installed: install Go (Debian: golang-go of trixie, or newer)'; exit 1; }
  say "building Docker Compose $VERSION"
  mkdir -p "$CACHE"
  source=$(cd / && go mod download -json "$MODULE@$VERSION" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -mod=readonly -trimpath -ldflags "-s -w -X $MODULE/internal.Version=$VERSION" -o "$CACHE/building" ./cmd) >&2
  mv "$CACHE/building" "$CACHE/docker-compose"
}

[[ -x $CACHE/docker-compose ]] || build
echo "$CACHE/docker-compose"
