#!/bin/sh
# What the official valkey/valkey image does at start, where a stack can notice it.
set -eu

# `docker run IMAGE --port 7000` and `docker run IMAGE my.conf` mean valkey-server.
case "${1-}" in
  -* | *.conf) set -- valkey-server "$@" ;;
esac

if [ "${1-}" = valkey-server ] && [ "$(id -u)" = 0 ]; then
  # Everything in the working directory, and a file that cannot be given away keeps the server from starting.
  find . ! -user valkey -exec chown valkey {} +
  exec setpriv --reuid=valkey --regid=valkey --clear-groups -- "$0" "$@"
fi

# The official image is compiled with protected mode off by default; Debian's binary is not, and would refuse everybody
# outside the container as long as there is no password.
if [ "${1-}" = valkey-server ]; then
  case " $* " in
    *' --protected-mode '* | *' --sentinel '*) ;;
    *) case "${2--}" in -*) set -- "$@" --protected-mode no ;; *) grep -qsi '^[[:space:]]*protected-mode[[:space:]]' "$2" || set -- "$@" --protected-mode no ;; esac ;;
  esac
fi

if [ "$(umask)" = 0022 ]; then umask 0077; fi
# shellcheck disable=SC2086 # a list of words on purpose
exec "$@" ${VALKEY_EXTRA_FLAGS-}
