#!/bin/sh
## In a container of the official image: hands the configuration over and becomes the image's own start, which formats
## the storage where that was not done, and the broker. https://github.com/apache/kafka: docker/README.md and
## docker/examples/README.md (property files in /mnt/shared/config replace the default ones; a variable KAFKA_* would
## override them), docker/resources/common-scripts/run and docker/jvm/launch (CLUSTER_ID, KAFKA_HEAP_OPTS; user appuser,
## so the rendered files are only read; data in /var/lib/kafka/data).
# Rendered by stackctl. Hands the configuration over to the image and becomes its own start.
set -eu
cp /stackctl/server.properties /stackctl/log4j2.yaml /mnt/shared/config/
exec "$@"
