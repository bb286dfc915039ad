#!/bin/sh
# Rendered by stackctl. Hands the configuration over to the image and becomes its own start.
set -eu
cp /stackctl/server.properties /stackctl/log4j2.yaml /mnt/shared/config/
exec "$@"
