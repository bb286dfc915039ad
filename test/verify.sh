#!/usr/bin/env bash
# Everything that CI runs, set-up included: npm run verify
#
# Steps that change something or that later steps need end the run when they fail; a failed test step does not, so that
# one run tells about all of them. The last line is "N passed, N failed": tests, where a step that fails without a failed
# test, a file that fails outside its tests, and a skipped test each count as one failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly STEP_LIMIT=2700 # seconds; a run that hangs has to end before the CI does it without a word
export NO_COLOR=1
# Tests that need these fail instead of being skipped when they are missing.
export STACKCTL_REQUIRE=process,docker,chdb,redis-server,valkey-server,bash,zsh,fish,make,busybox,shellcheck
# `npm run --silent` hands its log level down: npm ci would fail without saying why, `npm pack` in a test print nothing.
unset npm_config_loglevel npm_config_silent FORCE_COLOR

REPORTS=$(mktemp -d "${TMPDIR:-/tmp}/stackctl-verify.XXXXXX")
readonly REPORTS
: >"$REPORTS/steps"
current=     # the pid of the step that runs
stop_engine= # set when the Engine is ours to stop

# --- steps -------------------------------------------------------------------------------------------------------------

# step NAME COMMAND...: runs it, prints its duration, notes its exit code for the summary.
step() {
  local name=$1 started=$SECONDS code=0
  shift
  echo
  echo "== $name"
  # In the background, because bash runs a trap only after a command in the foreground has ended.
  timeout --kill-after=30 "$STEP_LIMIT" "$@" </dev/null &
  current=$!
  wait "$current" || code=$?
  current=
  if [[ $code == 0 ]]; then
    echo "== $name: ok, $((SECONDS - started)) s"
  elif [[ $code == 124 ]]; then
    echo "== $name: not done after $STEP_LIMIT s, ended"
  else
    echo "== $name: failed (exit code $code), $((SECONDS - started)) s"
  fi
  printf '%s\t%s\t%s\n' "$name" "$code" "$REPORTS/${name//[^a-z0-9.]/-}.json" >>"$REPORTS/steps"
  return "$code"
}

json_of() { echo "--reporter=default --reporter=json --outputFile.json=$REPORTS/${1//[^a-z0-9.]/-}.json"; }

# vitest_step NAME NODE ARGUMENTS...
vitest_step() {
  local name=$1 node=$2
  shift 2
  # The folder of this Node first, so that every `node` that a test starts is the same one.
  # shellcheck disable=SC2046 # a list of words on purpose
  step "$name" env PATH="$(dirname "$node"):$PATH" \
    "$node" node_modules/vitest/vitest.mjs run "$@" $(json_of "$name") || true
}

engine_start() {
  # A test Engine that ran before is not ours to stop; neither is one that answers elsewhere, which `stop` does not touch.
  bash test/engine.sh status >/dev/null 2>&1 || stop_engine=yes
  # shellcheck disable=SC2016 # for the inner shell
  step 'engine' bash -c 'bash test/engine.sh start >"$1"' engine "$REPORTS/engine.env" || return
  eval "$(cat "$REPORTS/engine.env")"
}

run_steps() {
  local node versions version
  step 'setup' bash test/setup.sh || return
  step 'npm ci' npm ci || return
  step 'build' npm run build || return
  engine_start || return
  step 'images' bash test/images/build.sh || return
  # Programs that no distribution has: into the user's cache, where tests find them as a user's stackctl does.
  step 'programs' node bin/stackctl.js doctor email-timing --runtime process --fix || return

  # shellcheck disable=SC2046 # a list of words on purpose
  step 'check' npm run --silent check -- $(json_of check) || true # the arguments reach its last command, vitest
  node=$(command -v node)
  vitest_step 'contract' "$node" --project contract
  vitest_step 'e2e' "$node" --project e2e

  # shellcheck disable=SC2016 # for the inner shell
  step 'node versions' bash -c 'bash test/node-versions.sh >"$1"' versions "$REPORTS/versions" || return
  mapfile -t versions <"$REPORTS/versions"
  for version in "${versions[@]}"; do
    node=${version#*$'\t'} version=${version%%$'\t'*}
    vitest_step "node $version unit" "$node" --project unit
    vitest_step "node $version smoke" "$node" --project e2e test/e2e/smoke.test.ts
  done
}

# --- the end -----------------------------------------------------------------------------------------------------------

summarize() {
  node - "$REPORTS/steps" <<'JS'
const { existsSync, readFileSync } = require('node:fs');
const { relative } = require('node:path');

const failures = [];
let passed = 0;

for (const line of readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  const [name, code, path] = line.split('\t');
  const before = failures.length;
  let tests = 0;
  for (const file of existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : []) {
    const where = `[${name}] ${relative(process.cwd(), file.name)}`;
    const failedTests = file.assertionResults.filter((test) => test.status === 'failed').length;
    const outside = file.status === 'failed' && failedTests === 0;
    if (outside) failures.push(`${where}: failed outside its tests: ${file.message.split('\n')[0] || 'a hook, see above'}`);
    for (const test of file.assertionResults) {
      tests += 1;
      if (test.status === 'passed') passed += 1;
      else if (test.status === 'failed') failures.push(`${where} > ${test.fullName.trim()}`);
      else {
        const why = test.meta?.skipped ?? (outside ? 'its file failed' : test.status === 'todo' ? 'todo' : 'no reason given');
        failures.push(`${where} > ${test.fullName.trim()}: skipped (${why})`);
      }
    }
  }
  // A type error, a crash, an unhandled rejection, or no test at all: nothing above says so.
  if (code !== '0' && failures.length === before) failures.push(`[${name}] exit code ${code}${tests ? '' : ', no test ran'}`);
}

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}\n`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
JS
}

finish() {
  local status=$? result=0
  trap - EXIT
  trap '' INT TERM HUP # nothing may interrupt the cleaning up
  if [[ -n $current ]]; then
    # timeout hands the signal on to everything that the step started.
    kill -TERM "$current" 2>/dev/null || true
    wait "$current" 2>/dev/null || true
    printf 'interrupted\t%s\t-\n' "$status" >>"$REPORTS/steps"
  fi
  if [[ -n $stop_engine ]]; then step 'engine stop' bash test/engine.sh stop || true; fi
  echo
  echo "== total: $SECONDS s"
  summarize || result=$?
  rm -rf "$REPORTS"
  if [[ $status == 0 ]]; then status=$result; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

run_steps || true
