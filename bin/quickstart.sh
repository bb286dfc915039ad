#!/usr/bin/env bash
# From a fresh clone to a verdict: npm run quickstart
#
# Builds stackctl, makes sure that the servers are there, and then, in a temporary folder that is removed at the end: brings
# up one Redis master, two replicas and three Sentinels, kills the master under load, reports what was lost, takes
# everything down. The same commands work by hand; each is printed before it runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

REPO=$PWD
readonly REPO STACK=redis-sentinel
folder=  # the temporary folder, once there is one
verdict= # the last line of failover-test
# `npm run --silent` hands its log level down: npm ci would fail without saying why.
unset npm_config_loglevel npm_config_silent

# Prints a command, then runs it.
show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

# The built program, under the name that an installation gives it.
stackctl() { node "$REPO/bin/stackctl.cjs" "$@"; }

# npm leaves a copy of the lock file in node_modules that is as new as its last run.
dependencies_are_there() {
  [[ -e node_modules/.package-lock.json && ! package-lock.json -nt node_modules/.package-lock.json ]]
}

has_project() { [[ -n $folder ]] && compgen -G "$folder/.stackctl/*/project.json" >/dev/null; }
is_up() { has_project && grep -qs '"state": *"up"' "$folder"/.stackctl/*/project.json; }

finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP # nothing may interrupt the cleaning up
  if has_project; then show stackctl down --volumes --yes || { [[ $status != 0 ]] || status=1; }; fi
  cd "$REPO"
  echo
  if is_up; then
    echo "Something may still run: cd $folder && XDG_STATE_HOME=$folder node $REPO/bin/stackctl.cjs status"
  elif [[ -n $folder ]]; then
    rm -rf "$folder"
  fi
  if [[ $status == 0 ]]; then
    echo "$verdict (quickstart, $SECONDS s)"
  else
    echo "${verdict:-no verdict} (quickstart failed with exit code $status after $SECONDS s)"
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if dependencies_are_there; then
  echo 'The dependencies are there already: npm ci is left out.'
else
  show npm ci
fi
show npm run build

folder=$(mktemp -d "${TMPDIR:-/tmp}/stackctl-quickstart.XXXXXX")
printf '\nstackctl stands for: node %s\n\n$ cd %s\n' "$REPO/bin/stackctl.cjs" "$folder"
cd "$folder"
# The list of the user's own projects stays as it is.
export XDG_STATE_HOME=$folder

show stackctl doctor "$STACK" --fix
show stackctl up "$STACK" --ports auto
show stackctl status
# To a file and to the screen: the verdict is also the last line of this script.
code=0
show stackctl failover-test | tee "$folder/verdict.txt" || code=$?
verdict=$(grep '^VERDICT' "$folder/verdict.txt" || true)
[[ $code == 0 ]] || exit "$code"
