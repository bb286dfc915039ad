import { Secret } from '../../lib/secret.ts';
import type { AdoptCapability, Adoption, ComposeService } from '../../stack/contract/compose-service.ts';
import { leftOutMounts, readVariables, sameVersionOf } from '../../stack/derived/compose-reading.ts';

/** How services of a Compose file that run Sentinels are read, in the packaging that takes its settings from variables. */
export const adopt: AdoptCapability = {
  images: {
    'bitnami/redis-sentinel': sameVersionOf('redis'),
    'bitnamilegacy/redis-sentinel': sameVersionOf('redis'),
    'bitnami/valkey-sentinel': sameVersionOf('valkey/valkey'),
    'bitnamilegacy/valkey-sentinel': sameVersionOf('valkey/valkey'),
  },
  read,
};

function read(service: ComposeService, alike: readonly ComposeService[]): Adoption {
  const master = masterOf(service);
  const group = alike.filter((other) => masterOf(other) === master);
  const [first] = group;
  if (first !== undefined && first.name !== service.name) {
    return { type: 'same', as: first.name, why: `it is one more of the Sentinels of ${first.name}` };
  }
  const variables = readVariables(service);
  const number = (name: string): number | undefined => {
    const given = Number(variables.take(`REDIS_SENTINEL_${name}`, `VALKEY_SENTINEL_${name}`));
    return given >= 1 ? given : undefined;
  };
  const quorum = Math.min(
    number('QUORUM') ?? 2,
    group.reduce((sum, { replicas }) => sum + replicas, 0),
  );
  const masterName = variables.take('REDIS_MASTER_SET', 'VALKEY_MASTER_SET', 'VALKEY_PRIMARY_SET');
  const password = variables.take('REDIS_SENTINEL_PASSWORD', 'VALKEY_SENTINEL_PASSWORD');
  const downAfterMs = number('DOWN_AFTER_MILLISECONDS');
  const failoverTimeoutMs = number('FAILOVER_TIMEOUT');
  const port = number('PORT_NUMBER') ?? 26_379;
  variables.ignore(/_(MASTER|PRIMARY)_(HOST|PASSWORD|PORT_NUMBER)$|^ALLOW_EMPTY_PASSWORD$/);
  return {
    type: 'server',
    options: {
      ...(runsValkey(service) ? { server: 'valkey' } : {}),
      ...(masterName === undefined ? {} : { masterName }),
      ...(password === undefined ? {} : { password: new Secret(password) }),
      quorum,
      ...(downAfterMs === undefined ? {} : { downAfterMs }),
      ...(failoverTimeoutMs === undefined ? {} : { failoverTimeoutMs }),
    },
    monitors: master,
    ports: { [port]: 'sentinel' },
    leftOut: [...variables.leftOut(), ...leftOutMounts(service, () => undefined)],
    changed: [],
  };
}

/** Without a variable, the host that this packaging takes. */
function masterOf(service: ComposeService): string {
  const given = readVariables(service).take('REDIS_MASTER_HOST', 'VALKEY_MASTER_HOST', 'VALKEY_PRIMARY_HOST');
  return given ?? (runsValkey(service) ? 'valkey' : 'redis');
}

function runsValkey({ image }: ComposeService): boolean {
  return image?.repository.includes('valkey') === true;
}
