#!/bin/sh
# Rendered by stackctl. Joins the rendered settings with what this Sentinel has decided before, then becomes Sentinel.
#   STACKCTL_CONFIG  rendered files, read only      STACKCTL_DATA  this Sentinel's own folder
#   STACKCTL_SELF    host and port of this Sentinel
#   STACKCTL_GROUP   name of the master             "$@"           the command that runs the server program
#   STACKCTL_PERIODS how often it asks, if not as often as by itself: words of SENTINEL DEBUG
set -eu

conf="$STACKCTL_DATA/sentinel.conf"
self_host="${STACKCTL_SELF%% *}"
self_port="${STACKCTL_SELF##* }"

# "epoch host port" of the master that this Sentinel monitored last, with the address that it has now.
saved_master() {
  # A start that was killed half way may have left the one without the other.
  if [ ! -f "$conf" ] || [ ! -f "$STACKCTL_DATA/addresses" ]; then return 0; fi
  awk -v group="$STACKCTL_GROUP" '
    FILENAME == ARGV[1] { if ($1 == "sentinel" && $2 == "monitor" && $3 == group) { host = $4; port = $5 }
                          if ($1 == "sentinel" && $2 == "config-epoch" && $3 == group) epoch = $4; next }
    FILENAME == ARGV[2] { if ($2 == host && $3 == port) name = $1; next }
    name != "" && $1 == name { print epoch + 0, $2, $3 }' \
    "$conf" "$STACKCTL_DATA/addresses" "$STACKCTL_CONFIG/addresses"
}

sentinel() {
  REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/sentinel.auth" 2>/dev/null || true) \
    "${STACKCTL_REDIS_CLI:-redis-cli}" -e -p "$self_port" "$@" 2>/dev/null </dev/null
}

# A Sentinel does not save its periods: each start says them again, as soon as it answers.
ask_more_often() {
  while kill -0 "$1" 2>/dev/null; do
    # shellcheck disable=SC2086 # words on purpose
    if sentinel SENTINEL DEBUG $STACKCTL_PERIODS >/dev/null; then return; fi
    sleep 0.05
  done
}

umask 077
cd "$STACKCTL_DATA"
if [ -n "${STACKCTL_PERIODS:-}" ]; then
  version=$("$@" --version | sed -n 's/.*server v=\([0-9]*\).*/\1/p')
  if [ "${version:-0}" -lt 7 ]; then
    echo "stackctl: not started: detection fast takes SENTINEL DEBUG, which Redis has since 7.0; this is version ${version:-unknown}" >&2
    exit 1
  fi
fi
# The highest epoch, at equal ones its own decision: "sort -s -r" turns equals around in BusyBox.
read -r epoch host port <<END
$({ saved_master; cat "$STACKCTL_CONFIG/primary"; } |
  awk 'line == "" || $1 + 0 > epoch { epoch = $1 + 0; line = $0 } END { print line }')
END
[ -f "$conf" ] || : >"$conf"
read -r monitor_line quorum <"$STACKCTL_CONFIG/monitor"
{
  awk -v number="$monitor_line" -v line="sentinel monitor $STACKCTL_GROUP $host $port $quorum" '
    NR == number { print line; next } { print }' "$STACKCTL_CONFIG/sentinel.conf"
  echo "sentinel config-epoch $STACKCTL_GROUP $epoch"
  awk -v epoch="$epoch" -v group="$STACKCTL_GROUP" '
    $1 == "sentinel" && $2 == "current-epoch" && $3 + 0 > epoch { epoch = $3 }
    $1 == "sentinel" && $2 == "leader-epoch" && $3 == group { print }
    END { print "sentinel current-epoch " epoch }' "$conf"
  awk -v host="$host" -v port="$port" -v group="$STACKCTL_GROUP" '
    $1 == "myid" { print "sentinel myid " $2 }
    $1 == "sentinel" { print "sentinel known-sentinel " group, $2, $3, $4 }
    $1 == "replica" && !($2 == host && $3 == port) { print "sentinel known-replica " group, $2, $3 }' \
    "$STACKCTL_CONFIG/members"
} >"$conf.new"
chmod 600 "$conf.new"
mv "$conf.new" "$conf"
cp "$STACKCTL_CONFIG/addresses" "$STACKCTL_DATA/addresses"
# Not every version of the image's entrypoint gives files that it does not know to its own user.
if [ -n "${STACKCTL_OWNER:-}" ] && [ "$(id -u)" = 0 ]; then chown -R "$STACKCTL_OWNER" "$STACKCTL_DATA"; fi
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
if [ -n "${STACKCTL_PERIODS:-}" ]; then
  # The subshell ends at once, so that its work belongs to init and the server has no child that it does not know.
  server_pid=$$
  (ask_more_often "$server_pid" &)
fi
exec "$@" --sentinel
