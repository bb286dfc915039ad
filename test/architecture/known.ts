/**
 * What does not keep the rules yet. The lists only get shorter: what is here may be taken out once it keeps the rule, and
 * nothing is added.
 */
export const KNOWN_SIZES: readonly string[] = [
  'packages/service-kit/src/gateway/proxy.ts',
  'packages/service-kit/src/kafka/membership.ts',
  'packages/service-kit/src/kafka/membership.ts: joinGroup',
  'src/failover/run.ts',
  'src/failover/run.ts: run',
  'src/kinds/sentinel/failover/writer.ts: openWriter',
  'src/migrate/split.ts',
  'src/render/compose.ts',
  'src/stack/contract/kind.ts',
  'src/stack/contract/model.ts',
  'src/stack/load/load-spec.ts',
  'src/stack/load/resolve.ts',
  'src/stack/ports/ports.ts',
  'src/traffic/seed-traffic.ts',
  'templates/analytics/services/ingester/src/stream.ts: openStream',
  'templates/cache-api/services/opalmind-api/src/redis-link.ts',
  'templates/cache-api/services/opalmind-api/src/redis-link.ts: createRedisLink',
  'templates/cache-api/services/opalmind-api/src/stores/fallback-store.ts: createFallbackStore',
  'templates/email-timing/services/connector/src/outbox.ts',
  'templates/email-timing/services/connector/src/outbox.ts: openOutbox',
  'templates/email-timing/services/consumer/src/membership.ts',
  'templates/email-timing/services/consumer/src/membership.ts: joinGroup',
  'templates/email-timing/services/consumer/src/pipeline.ts: openPipeline',
  'templates/event-tracking/services/gateway/src/proxy.ts',
  'templates/event-tracking/services/test-app/src/sdk.ts',
  'templates/event-tracking/services/test-app/src/sdk.ts: createSdk',
];

/** Files that are in a circle. */
export const KNOWN_CIRCLES: readonly string[] = [
  'doctor/checks/check.ts',
  'doctor/checks/leftover-checks.ts',
  'doctor/checks/port-checks.ts',
  'doctor/checks/runtime-checks.ts',
  'doctor/gather/gather-leftovers.ts',
  'doctor/gather/gather-ports.ts',
  'doctor/gather/gather.ts',
  'failover/run.ts',
  'failover/wait-for-switch.ts',
  'kinds/kafka/inspect.ts',
  'kinds/kafka/views.ts',
  'kinds/sentinel/arbiter.ts',
  'kinds/sentinel/ask.ts',
  'kinds/sentinel/forget.ts',
  'kinds/sentinel/hand-over.ts',
  'kinds/sentinel/traffic/index.ts',
  'kinds/sentinel/traffic/streams.ts',
  'project/locate.ts',
  'project/open-values.ts',
  'project/open.ts',
  'runtimes/docker/containers/last-exit.ts',
  'runtimes/docker/containers/observe.ts',
  'runtimes/docker/network/outdated-network.ts',
  'runtimes/docker/start.ts',
  'stack/contract/failover.ts',
  'stack/contract/inspect.ts',
  'stack/contract/kind.ts',
  'stack/contract/migrate.ts',
  'stack/contract/model.ts',
  'stack/contract/runtime.ts',
  'stack/contract/traffic.ts',
];

/** Imports from room to room. */
export const KNOWN_ROOMS: readonly string[] = [
  'runtimes/docker/images/build.ts -> runtimes/docker/containers/project-objects.ts',
  'runtimes/docker/network/outdated-network.ts -> runtimes/docker/start.ts (type)',
];
