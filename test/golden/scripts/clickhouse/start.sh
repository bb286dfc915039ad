#!/bin/sh
# Rendered by stackctl. Puts the rendered configuration beside the image's own, then becomes "$@".
set -eu
for name in config users; do
  mkdir -p "/etc/clickhouse-server/$name.d"
  cp "/stackctl/$name.xml" "/etc/clickhouse-server/$name.d/stackctl.xml"
  chmod 644 "/etc/clickhouse-server/$name.d/stackctl.xml"
done
exec "$@"
