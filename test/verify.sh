#!/usr/bin/env bash
# Everything that CI runs, set-up included:
#
#   npm run verify                     all of it
#   npm run verify -- --only FILTER    the steps whose name has FILTER in it, or else the test files whose path has it,
#                                      with the set-up that they need:  --only check   --only e2e/scale   --only 'node 26'
#   npm run verify -- --list           the names of the steps
#   npm run long                       the long suites instead (--long): every stack of an earlier version, every runtime and
#                                      round of a scenario, every Node version
#   npm run long -- FILTER             of these only the files of test/long whose path has FILTER in it:  clients
#
# Steps that others need end the run when they fail; a failed test step does not, so that one run tells about all of them.
# The last line is "N passed, N failed": tests, where a step that fails without a failed test, a file that fails outside
# its tests, and a skipped test each count as one failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

STEP_LIMIT=2700 # seconds; a run that hangs has to end before the CI does it without a word
readonly STEPS=(setup 'npm ci' 'node versions' build engine programs images check servers
  'node 20.19 smoke' 'node 26 smoke')
export NO_COLOR=1
# Tests that need these fail instead of being skipped when they are missing.
export STACKCTL_REQUIRE=process,docker,chdb,redis-server,valkey-server,pgbouncer,bash,zsh,fish,make,busybox,shellcheck,chromium,pytest
# `npm run --silent` hands its log level down: npm ci would fail without saying why, `npm pack` in a test print nothing.
unset npm_config_loglevel npm_config_silent FORCE_COLOR

only='' long='' long_filter=''
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
while [[ $# -gt 0 ]]; do
  case "$1" in
    --only) only=${2-}; [[ -n $only ]] || { echo 'verify: --only needs a filter' >&2; exit 2; }; shift 2 ;;
    --list) printf '%s\n' "${STEPS[@]}"; exit ;;
    --long) long=yes; STEP_LIMIT=14400; shift
      if [[ ${1-} == [!-]* ]]; then long_filter=$1; shift; fi ;;
    --help | -h) usage; exit ;;
    *) echo "verify: unknown argument $1; see npm run verify -- --help" >&2; exit 2 ;;
  esac
done

# --- what is wanted ----------------------------------------------------------------------------------------------------

# Names between bars: |setup|npm ci|; files: the test files of --only, by their project.
wanted=
unit_files=() server_files=()

want() {
  local name
  for name in "$@"; do [[ $wanted == *"|$name|"* ]] || wanted="${wanted:-|}$name|"; done
}
is_wanted() { [[ $wanted == *"|$1|"* ]]; }

# What a step needs of the ones before it.
want_with_needs() {
  case "$1" in
    build | check) want 'npm ci' ;;
    engine) want setup ;;
    programs) want setup 'npm ci' build ;;
    images) want setup 'npm ci' engine ;;
    servers) want setup 'npm ci' build engine programs images ;;
    node*) want setup 'npm ci' build 'node versions' ;;
  esac
  want "$1"
}

choose_steps() {
  local name file
  if [[ -n $long ]]; then
    want_with_needs servers
    if [[ -z $long_filter ]]; then want 'node versions'; return; fi
    mapfile -t server_files < <(find test/long -name '*.test.ts' -path "*$long_filter*" | sort)
    [[ ${#server_files[@]} -gt 0 ]] || { echo "verify: no file of test/long has \"$long_filter\" in its path" >&2; exit 2; }
    return
  fi
  if [[ -z $only ]]; then want "${STEPS[@]}"; return; fi
  for name in "${STEPS[@]}"; do if [[ $name == *"$only"* ]]; then want_with_needs "$name"; fi; done
  [[ -z $wanted ]] || return 0
  while read -r file; do
    case "$file" in
      test/long/*) ;;
      test/e2e/* | test/contract/*) server_files+=("$file"); want_with_needs servers ;;
      *) unit_files+=("$file"); want_with_needs check ;;
    esac
  done < <(find test -name '*.test.ts' -path "*$only*" | sort)
  [[ -n $wanted ]] || { echo "verify: no step and no test file has \"$only\" in its name; the steps: npm run verify -- --list" >&2; exit 2; }
}
choose_steps

REPORTS=$(mktemp -d "${TMPDIR:-/tmp}/stackctl-verify.XXXXXX")
readonly REPORTS
: >"$REPORTS/steps"
current=()   # pids of what runs
stop_engine= # set when the Engine is ours to stop

# --- steps -------------------------------------------------------------------------------------------------------------

# step NAME COMMAND...: runs it if it is wanted, prints its duration, notes its exit code for the summary.
step() {
  local name=$1 started=$SECONDS code=0 pid
  shift
  is_wanted "$name" || return 0
  echo
  echo "== $name"
  # In the background, because bash runs a trap only after a command in the foreground has ended.
  timeout --kill-after=30 "$STEP_LIMIT" "$@" </dev/null &
  pid=$!
  current+=("$pid")
  wait "$pid" || code=$?
  current=()
  if [[ $code == 0 ]]; then
    echo "== $name: ok, $((SECONDS - started)) s"
  elif [[ $code == 124 ]]; then
    echo "== $name: not done after $STEP_LIMIT s, ended"
  else
    echo "== $name: failed (exit code $code), $((SECONDS - started)) s"
  fi
  printf '%s\t%s\t%s\n' "$name" "$code" "$(report_of "$name")" >>"$REPORTS/steps"
  return "$code"
}

# beside FUNCTION...: all of them at once; what each one printed comes when it has ended. Fails when one of them does.
beside() {
  local name code=0 pids=()
  for name in "$@"; do
    (
      trap - EXIT
      trap 'end_current; exit 143' INT TERM HUP
      "$name"
    ) >"$REPORTS/$name.out" 2>&1 &
    pids+=("$!")
  done
  current=("${pids[@]}")
  for name in "$@"; do
    wait "${pids[0]}" || code=1
    pids=("${pids[@]:1}")
    cat "$REPORTS/$name.out"
  done
  current=()
  return "$code"
}

end_current() {
  [[ ${#current[@]} -gt 0 ]] || return 0
  # timeout hands the signal on to everything that the step started.
  kill -TERM "${current[@]}" 2>/dev/null || true
  wait "${current[@]}" 2>/dev/null || true
}

report_of() { echo "$REPORTS/${1//[^a-z0-9.]/-}.json"; }
json_of() { echo "--reporter=default --reporter=json --outputFile.json=$(report_of "$1")"; }

# vitest_step NAME NODE ARGUMENTS...: a failed test does not end the run.
vitest_step() {
  local name=$1 node=$2
  shift 2
  # The folder of this Node first, so that every `node` that a test starts is the same one.
  # shellcheck disable=SC2046 # a list of words on purpose
  step "$name" env PATH="$(dirname "$node"):$PATH" \
    "$node" node_modules/vitest/vitest.mjs run "$@" $(json_of "$name") || true
}

system_packages() { step 'setup' bash test/setup.sh; }

# In a part of a run, what is installed already is enough if nothing has changed since.
node_packages() {
  if [[ -n $only && node_modules/.package-lock.json -nt package-lock.json ]]; then return; fi
  step 'npm ci' npm ci
}

# shellcheck disable=SC2016 # for the inner shell
node_binaries() { step 'node versions' bash -c 'bash test/node-versions.sh >"$1"' versions "$REPORTS/versions"; }

engine_start() {
  is_wanted engine || return 0
  # A test Engine that ran before is not ours to stop; neither is one that answers elsewhere, which `stop` does not touch.
  bash test/engine.sh status >/dev/null 2>&1 || stop_engine=yes
  # shellcheck disable=SC2016 # for the inner shell
  step 'engine' bash -c 'bash test/engine.sh start >"$1"' engine "$REPORTS/engine.env" || return
  eval "$(cat "$REPORTS/engine.env")"
}

# Programs that no distribution has: into the user's cache, where tests find them as a user's stackctl does. Then the
# images, which take the same downloads out of the caches of npm and Maven.
programs_and_images() {
  step 'programs' node bin/stackctl.cjs doctor email-timing --runtime process --fix || return
  step 'images' bash test/images/build.sh
}

checks() {
  if [[ ${#unit_files[@]} -gt 0 ]]; then
    vitest_step 'check' "$(command -v node)" --project unit "${unit_files[@]}"
    return
  fi
  # shellcheck disable=SC2046 # a list of words on purpose
  step 'check' bash test/check.sh $(json_of check) || true
}

node_binary() { [[ ! -e $REPORTS/versions ]] || awk -F '\t' -v "line=$1" 'index($1, line) == 1 { print $2 }' "$REPORTS/versions"; }
# The built program, and what depends on the version without starting a server.
smoke() {
  vitest_step "node $1 smoke" "$(node_binary "$1.")" --project e2e --project contract \
    test/e2e/smoke.test.ts test/contract/host test/contract/packages
}
smoke_20() { smoke '20.19'; }
# Beside the other one, with two workers each: on other ports.
smoke_26() { STACKCTL_TEST_FIRST_PART=2 smoke '26'; }

run_steps() {
  local node
  node=$(command -v node)
  beside system_packages node_packages node_binaries || return
  step 'build' npm run build || return
  engine_start || return
  if [[ -n $long ]]; then
    programs_and_images || return
    run_long "$node"
    return
  fi
  beside programs_and_images checks || return
  vitest_step 'servers' "$node" --project contract --project e2e --project timed "${server_files[@]}"
  # The oldest and the newest; the others, and the unit tests on each, are long.
  beside smoke_20 smoke_26
}

run_long() {
  local version files
  want 'long' 'every runtime' 'node 24 smoke' 'node 20.19 unit' 'node 24 unit' 'node 26 unit'
  vitest_step 'long' "$1" --project long "${server_files[@]}"
  if [[ -n $long_filter ]]; then return; fi
  # Those that the gate tries on one runtime only, or with fewer rounds.
  mapfile -t files < <(grep -rlE 'gate(Runtimes|Rounds)' test/e2e test/contract --include='*.test.ts')
  STACKCTL_TEST_RUNTIMES=all vitest_step 'every runtime' "$1" --project contract --project e2e --project timed "${files[@]}"
  smoke 24
  for version in 20.19 24 26; do vitest_step "node $version unit" "$(node_binary "$version.")" --project unit; done
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
  if [[ ${#current[@]} -gt 0 ]]; then
    end_current
    printf 'interrupted\t%s\t-\n' "$status" >>"$REPORTS/steps"
  fi
  if [[ -n $stop_engine ]]; then want 'engine stop'; step 'engine stop' bash test/engine.sh stop || true; fi
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
