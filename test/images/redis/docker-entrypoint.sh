#!/bin/sh
# What the official redis:8 image does at start, where a stack can notice it. Where its versions differ, the stricter way
# is taken, so that what runs here runs there.
set -eu

# `docker run IMAGE --port 7000` and `docker run IMAGE my.conf` mean redis-server.
case "${1-}" in
  -* | *.conf) set -- redis-server "$@" ;;
esac

server='' sentinel='' config=''
case "${1##*/}" in
  redis-server) server=1 ;;
  redis-sentinel) server=1 sentinel=1 ;;
esac
if [ -n "$server" ]; then
  case "${2--}" in -*) ;; *) config=$2 ;; esac
  for argument; do
    if [ "$argument" = --sentinel ]; then sentinel=1; fi
  done
fi

# only_has DIR NAME...: no other entry in DIR. Like the official image, never change the owner of files we do not know:
# a configuration that was copied into /data keeps its owner, and so does everything beside it.
only_has() {
  dir=$1 allowed=''
  shift
  for name; do allowed="$allowed ! -name $name"; done
  # shellcheck disable=SC2086 # a list of words on purpose
  [ -z "$(set -f; find "$dir" -mindepth 1 -maxdepth 1 $allowed -print -quit)" ]
}

if [ -n "$server" ] && [ "$(id -u)" = 0 ]; then
  if [ -z "$sentinel" ] && only_has . '*.rdb' appendonlydir; then
    # -xdev and the tolerance: a read-only file mounted into /data must not keep the server from starting.
    find . -xdev ! -user redis -exec chown redis {} + || true
  fi
  # Sentinel rewrites its configuration, beside it and by rename.
  if [ -n "$sentinel" ] && [ -f "$config" ] && only_has "$(dirname "$config")" "$(basename "$config")"; then
    chown redis "$(dirname "$config")" "$config" || true
  fi
  exec setpriv --reuid=redis --regid=redis --clear-groups --no-new-privs -- "$0" "$@"
fi

# The official image is compiled with protected mode off by default; Debian's binary is not, and would refuse everybody
# outside the container as long as there is no password.
if [ -n "$server" ] && [ -z "$sentinel" ]; then
  case " $* " in
    *' --protected-mode '*) ;;
    *) if [ -z "$config" ] || ! grep -qsi '^[[:space:]]*protected-mode[[:space:]]' "$config"; then set -- "$@" --protected-mode no; fi ;;
  esac
fi

if [ "$(umask)" = 0022 ]; then umask 0077; fi
exec "$@"
