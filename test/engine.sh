#!/usr/bin/env bash
# A Docker Engine for the tests, for machines where none answers.
#
#   eval "$(bash test/engine.sh start)"   # prints the DOCKER_HOST to use; does nothing when an Engine answers already
#   bash test/engine.sh status            # 0 and its DOCKER_HOST when the Engine of this script runs, 1 when not
#   bash test/engine.sh stop              # ends it with all its containers; its images stay for the next start
#
# Everything lives in one folder: STACKCTL_TEST_ENGINE, /var/tmp/stackctl-test-engine when that is not set. It must not
# be on tmpfs or overlayfs, and the images in it should survive a reboot, hence not /tmp.
set -euo pipefail

export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
DIR=$(realpath -m "${STACKCTL_TEST_ENGINE:-/var/tmp/stackctl-test-engine}")
SOCKET=unix://$DIR/docker.sock
readonly DIR SOCKET

say() { echo "engine: $*" >&2; } # stdout is for eval
fail() { say "$*"; exit 1; }

answers() { timeout 10 docker "$@" version --format '{{.Server.Version}}' 2>/dev/null; }

# wait_until SECONDS COMMAND...: polls, because neither a start nor an end has a fixed length.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# The pid in the file, if it is a dockerd with our data folder: pids are reused, and a stranger must not be ended.
our_pid() {
  local pid
  pid=$(cat "$DIR/pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ ]] && is_ours "$pid" && echo "$pid"
}
is_ours() {
  local argv=()
  mapfile -d '' -t argv 2>/dev/null <"/proc/$1/cmdline" || return 1
  [[ ${argv[0]:-} == *dockerd && " ${argv[*]} " == *" --data-root=$DIR/data "* ]]
}
is_gone() { ! is_ours "$1"; }
# A zombie has no command line: one that nobody has waited for yet is over.
is_ended() { [[ -z $(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline") ]]; }
other_engine_runs() {
  local pid
  for pid in $(pgrep -x dockerd); do is_ended "$pid" || return 0; done
  return 1
}

# --- what a dockerd changes outside its folder: docker0, firewall rules, forwarding ------------------------------------

record_network() {
  # Only the first Engine of a machine may put things back; docker0 tells whether there was one before. A record that is
  # there already is from a start of ours that was killed, and still right.
  if [[ -e /sys/class/net/docker0 ]]; then return; fi
  {
    cat /proc/sys/net/ipv4/ip_forward
    iptables -S FORWARD 2>/dev/null | awk '$1 == "-P" { print $3 }'
  } >"$DIR/network-before"
}

restore_network() {
  local before tool
  [[ -e $DIR/network-before ]] || return 0
  if other_engine_runs; then return 0; fi
  mapfile -t before <"$DIR/network-before"
  ip link delete docker0 2>/dev/null || true
  for tool in iptables ip6tables; do
    # The networks are gone by now: what still names Docker are its own chains and the jumps to them.
    "$tool-save" 2>/dev/null | grep -vi docker | "$tool-restore" 2>/dev/null || true
  done
  [[ -z ${before[1]:-} ]] || iptables -P FORWARD "${before[1]}" 2>/dev/null || true
  echo "${before[0]}" >/proc/sys/net/ipv4/ip_forward
  rm -f "$DIR/network-before"
}

# After a dockerd that was killed: its containerd, the shims, the containers under them, and their mounts.
remove_leftovers() {
  local pid pids
  pids=$(pgrep -f -- "^[^ ]*containerd[^ ]* .*$DIR/exec/containerd/" || true)
  for pid in $pids; do
    pkill -KILL -P "$pid" || true
    kill -KILL "$pid" 2>/dev/null || true
  done
  # Deepest first, so that none is busy.
  awk -v dir="$DIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount -l "$mount" 2>/dev/null || true
  done
  rm -rf "$DIR/exec" "$DIR/pid" "$DIR/docker.sock"
}

start() {
  local version
  command -v docker >/dev/null || fail "no docker command on PATH: run test/setup.sh first"
  if version=$(answers) && [[ -n $version ]]; then
    say "using the Engine that answers ($version)"
    [[ -z ${DOCKER_HOST:-} ]] || echo "export DOCKER_HOST=$DOCKER_HOST"
    return
  fi
  [[ $(id -u) == 0 ]] || fail "no Engine answers, and only root can start one"
  command -v dockerd >/dev/null || fail "no Engine answers and there is no dockerd on PATH: run test/setup.sh first"
  mkdir -p "$DIR"
  exec 9>"$DIR/lock"
  flock -w 120 9 || fail "another start or stop holds $DIR/lock"

  run_dockerd || exit 1
  say "Engine $version runs on $SOCKET"
  echo "export DOCKER_HOST=$SOCKET"
}

# Sets `version` in the caller.
run_dockerd() {
  local pid
  if ! pid=$(our_pid); then
    remove_leftovers
    record_network
    # Detached (setsid), so that an interrupt typed in the terminal of the tests does not reach it. Without the lock's
    # descriptor, which it would hold for as long as it lives, and from /, which nobody wants to unmount.
    cd /
    setsid dockerd --data-root="$DIR/data" --exec-root="$DIR/exec" --pidfile="$DIR/pid" --host="$SOCKET" \
      </dev/null >"$DIR/log" 2>&1 9>&- &
    pid=$!
  fi
  # shellcheck disable=SC2317 # wait_until calls it
  answers_or_ended() { version=$(answers -H "$SOCKET") || is_ended "$pid"; }
  if ! wait_until 60 answers_or_ended || [[ -z $version ]]; then
    tail -n 20 "$DIR/log" >&2
    say "dockerd does not answer on $SOCKET; above are the last lines of $DIR/log"
    return 1
  fi
}

stop() {
  local pid version
  if [[ ! -d $DIR ]]; then say "not running"; return; fi
  exec 9>"$DIR/lock"
  flock -w 120 9 || fail "another start or stop holds $DIR/lock"
  if [[ -e $DIR/pid ]] && ! our_pid >/dev/null; then
    say "dockerd was killed: starting it once more, because only it knows its containers and networks"
    run_dockerd || true
  fi
  if pid=$(our_pid); then
    # dockerd leaves the bridges of its networks behind, and containers would come back with the next start.
    timeout 60 docker -H "$SOCKET" ps -aq 2>/dev/null | xargs -r timeout 60 docker -H "$SOCKET" rm -fv >/dev/null 2>&1 || true
    timeout 60 docker -H "$SOCKET" network prune -f >/dev/null 2>&1 || true
    timeout 60 docker -H "$SOCKET" volume prune -f >/dev/null 2>&1 || true
    kill -TERM "$pid"
    if ! wait_until 30 is_gone "$pid"; then
      say "dockerd $pid did not end within 30 s: killing it"
      kill -KILL "$pid"
      wait_until 10 is_gone "$pid" || fail "dockerd $pid cannot be killed"
    fi
    say "stopped (pid $pid)"
  else
    say "not running"
  fi
  remove_leftovers
  restore_network
}

status() {
  local pid version
  if ! pid=$(our_pid) || ! version=$(answers -H "$SOCKET"); then say "not running"; return 1; fi
  say "Engine $version runs on $SOCKET (pid $pid)"
  echo "export DOCKER_HOST=$SOCKET"
}

case "${1:-}" in
  start | stop | status) "$1" ;;
  *) echo "usage: test/engine.sh start|stop|status" >&2; exit 2 ;;
esac
