#!/usr/bin/env bash
# Rendered by stackctl. Exit 0 when the broker answers.
set -eu
exec 3<>/dev/tcp/127.0.0.1/"$1"
# Size 10, ApiVersions (18), version 0, correlation 1, no client name.
printf '\0\0\0\12\0\22\0\0\0\0\0\1\377\377' >&3
[ "$(head -c 4 <&3 | wc -c)" = 4 ]
