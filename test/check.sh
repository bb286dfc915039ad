#!/usr/bin/env bash
# What needs no server: npm run check. Lint, types and unit tests run beside each other; each prints when it has ended.
# Arguments are for the last of them, Vitest.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Nothing here leaves the machine, and Node.js before 24 reads these certificates at each of some hundred starts.
unset NODE_EXTRA_CA_CERTS

OUTPUT=$(mktemp -d "${TMPDIR:-/tmp}/stackctl-check.XXXXXX")
readonly OUTPUT
trap 'rm -rf "$OUTPUT"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT
trap 'kill $(jobs -p) 2>/dev/null; exit 143' TERM HUP

node bin/lint.js >"$OUTPUT/lint" 2>&1 &
lint=$!
node node_modules/typescript/bin/tsc >"$OUTPUT/types" 2>&1 &
types=$!
node node_modules/vitest/vitest.mjs run --project unit "$@" &
unit=$!

code=0
wait "$unit" || code=$?
wait "$lint" || code=$?
wait "$types" || code=$?
cat "$OUTPUT/lint" "$OUTPUT/types"
exit "$code"
