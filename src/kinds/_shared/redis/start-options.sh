# shellcheck shell=sh
## Shell lines of the start scripts of a server and of a Sentinel: the path of the configuration, and the options behind it, which
## win over every line of it and of the files that it includes. `config-reading.ts` says before the start which lines lose.
##
## The server takes the path as a pattern when it holds `*`, `?` or `[`, and a pattern that matches nothing starts the server
## on its defaults: no password, every address. Through /proc the same file has a plain name.
##
## Afterwards `"$@"` is the whole command. `conf`, `self_host` and `self_port` are variables of the script.
server_conf="$conf"
case "$STACKCTL_DATA" in
*[[*?]*)
  server_conf=/proc/self/cwd/${conf##*/}
  if [ ! -f "$server_conf" ]; then
    echo "stackctl: $conf cannot be given to the server, which takes *, ? and [ in a path as a pattern: rename the folder" >&2
    exit 1
  fi
  ;;
esac
# In a container neighbours reach every address, and Docker publishes the port on 127.0.0.1 of the host.
case "$self_host" in
127.*) set -- "$@" "$server_conf" --bind "$self_host" ;;
*) set -- "$@" "$server_conf" --bind 0.0.0.0 --protected-mode no ;;
esac
set -- "$@" --port "$self_port" --daemonize no --supervised no --pidfile '' --logfile '' --dir "$STACKCTL_DATA"
