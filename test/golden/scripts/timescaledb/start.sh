#!/bin/sh
# Rendered by stackctl. Makes the database cluster when there is none, then becomes postgres.
#   STACKCTL_CONFIG     rendered files, read only    STACKCTL_DATA  this server's own folder
#   STACKCTL_USER       the superuser to make        STACKCTL_DATABASE  the database to make
#   STACKCTL_PRELOAD    libraries to load at start, with commas
#   STACKCTL_EXTENSION  one more, if this installation has it; STACKCTL_EXTENSION_REQUIRED: it must
#   "$1"                the postgres program
# The file "settings" beside this one has the settings of the server, name=value.
set -eu
umask 077

say() { echo "stackctl: $*"; }
fail() {
  echo "stackctl: $*" >&2
  exit 1
}

STACKCTL_CLUSTER=$(cd "$STACKCTL_DATA" && pwd -P)/pgdata
export STACKCTL_CLUSTER

processes_in_cluster() {
  ls -l /proc/[0-9]*/cwd 2>/dev/null | awk '
    { at = index($0, " -> ") }
    at && substr($0, at + 4) == ENVIRON["STACKCTL_CLUSTER"] { sub(/.*\/proc\//, ""); sub(/\/.*/, ""); print }'
}

clear_stale_lock() {
  [ -e "$STACKCTL_CLUSTER/postmaster.pid" ] && [ -d /proc/self/cwd ] || return 0
  tries=0
  while found=$(processes_in_cluster | tr '\n' ' ') && [ -n "$found" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 20 ] || fail "another server works in $STACKCTL_CLUSTER: pid $found"
    sleep 0.1
  done
  rm -f "$STACKCTL_CLUSTER/postmaster.pid"
}

# Gives the folder, and the cluster where it is somebody else's, to user and group $1.
give_to() {
  chown "$1" "$STACKCTL_DATA"
  if [ -n "$(find "$STACKCTL_CLUSTER" -prune ! -user "${1%%:*}" 2>/dev/null)" ]; then chown -R "$1" "$STACKCTL_CLUSTER"; fi
}

leave_root() {
  script="$STACKCTL_CONFIG/start.sh"
  STACKCTL_STAGE=server
  export STACKCTL_STAGE
  if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
    give_to 0:0
    say "postgres refuses to run as root: running it in a user namespace"
    exec unshare --user --map-user=1000 --map-group=1000 sh "$script" "$@"
  fi
  account=postgres
  id "$account" >/dev/null 2>&1 || account=nobody
  group=$(id -g "$account")
  if command -v setpriv >/dev/null 2>&1; then
    become="setpriv --reuid=$account --regid=$group --clear-groups --"
  elif command -v runuser >/dev/null 2>&1; then
    become="runuser -u $account --"
  else
    fail "postgres refuses to run as root, and this system has neither user namespaces nor setpriv or runuser: run stackctl as another user"
  fi
  $become sh -c 'cd "$1" && test -r "$2" && test -x "$3"' sh "$STACKCTL_DATA" "$script" "$1" 2>/dev/null ||
    fail "postgres refuses to run as root, user namespaces are not available, and the user $account cannot enter $STACKCTL_DATA: move the project to a folder that $account can enter, or run stackctl as another user"
  give_to "$account:$group"
  say "postgres refuses to run as root: running it as $account"
  exec $become sh "$script" "$@"
}

if [ -z "${STACKCTL_STAGE:-}" ]; then
  # Open from here on: the user that it becomes may not be able to read the file.
  exec 3<"$STACKCTL_CONFIG/password"
  clear_stale_lock
  if [ "$(id -u)" = 0 ]; then leave_root "$@"; fi
fi

bin=$(dirname "$(readlink -f "$1" 2>/dev/null || echo "$1")")

# The npm package makes these links with an install script, which npm may have been told not to run.
if [ -f "$bin/../pg-symlinks.json" ]; then
  mkdir -p "$STACKCTL_DATA/lib"
  for file in "$bin"/../lib/lib*.so.*.*; do
    name=${file##*/}
    ln -sf "$file" "$STACKCTL_DATA/lib/${name%.*}"
  done
  LD_LIBRARY_PATH="$STACKCTL_DATA/lib:$bin/../lib"
  export LD_LIBRARY_PATH
fi

has_library() {
  for folder in "$bin/../lib" "$bin/../lib/postgresql" "$("$bin/pg_config" --pkglibdir 2>/dev/null || true)"; do
    for suffix in so dylib; do
      if [ -e "$folder/$1.$suffix" ]; then return 0; fi
    done
  done
  return 1
}

make_cluster() {
  [ ! -e "$STACKCTL_CLUSTER" ] || fail "$STACKCTL_CLUSTER is there and is no cluster: move it away"
  [ -x "$bin/initdb" ] || fail "there is no initdb beside $bin/postgres: install the whole server package"
  new="$STACKCTL_CLUSTER.new"
  rm -rf "$new"
  say "making a database cluster with $("$bin/postgres" --version)"
  cat <&3 | "$bin/initdb" -D "$new" --username="$STACKCTL_USER" --pwfile=/dev/stdin --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C >"$STACKCTL_DATA/initdb.log" 2>&1 || { cat "$STACKCTL_DATA/initdb.log"; fail "initdb failed"; }
  if [ "$STACKCTL_DATABASE" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "$STACKCTL_DATABASE" |
      "$bin/postgres" --single -c exit_on_error=on -c log_checkpoints=off -D "$new" postgres >/dev/null ||
      fail "the database $STACKCTL_DATABASE could not be made"
  fi
  rm -f "$STACKCTL_DATA/initdb.log"
  mv "$new" "$STACKCTL_CLUSTER"
}

[ -s "$STACKCTL_CLUSTER/PG_VERSION" ] || make_cluster
exec 3<&-

preload=${STACKCTL_PRELOAD:-}
if [ -n "${STACKCTL_EXTENSION:-}" ]; then
  if has_library "$STACKCTL_EXTENSION"; then
    preload="$STACKCTL_EXTENSION${preload:+,$preload}"
  elif [ -n "${STACKCTL_EXTENSION_REQUIRED:-}" ]; then
    version=$("$bin/postgres" --version)
    major=$(echo "$version" | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
    help=$(echo "${STACKCTL_EXTENSION_HELP:-install it}" | sed "s/{major}/$major/g")
    fail "the extension $STACKCTL_EXTENSION is required, and $version in $bin does not have it: $help"
  else
    say "the extension $STACKCTL_EXTENSION is not installed for $("$bin/postgres" --version): starting without it"
  fi
fi

set -- -D "$STACKCTL_CLUSTER"
while IFS= read -r setting; do set -- "$@" -c "$setting"; done <"$STACKCTL_CONFIG/settings"
if [ -n "$preload" ]; then set -- "$@" -c "shared_preload_libraries=$preload"; fi
exec "$bin/postgres" "$@"
