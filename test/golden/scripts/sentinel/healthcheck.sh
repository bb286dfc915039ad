#!/bin/sh
# Rendered by stackctl. Exit 0 when the Sentinel answers PING.
REDISCLI_AUTH=$(cat "$STACKCTL_CONFIG/sentinel.auth" 2>/dev/null || true)
export REDISCLI_AUTH
exec "${STACKCTL_REDIS_CLI:-redis-cli}" -e -p "${STACKCTL_SELF##* }" ping
