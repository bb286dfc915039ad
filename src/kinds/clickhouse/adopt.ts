import { Secret } from '../../lib/secret.ts';
import type { AdoptCapability, Adoption, ComposeService } from '../../stack/contract/compose-service.ts';
import { argumentsOf, leftOutMounts, readVariables, sameVersionOf } from '../../stack/derived/compose-reading.ts';

const official = sameVersionOf('clickhouse/clickhouse-server');

/** How services of a Compose file that run ClickHouse are read. */
export const adopt: AdoptCapability = {
  images: {
    'clickhouse/clickhouse-server': 'kept',
    clickhouse: 'kept',
    'altinity/clickhouse-server': 'kept',
    // Their tags end where those of the official image begin.
    'yandex/clickhouse-server': () => undefined,
    'bitnami/clickhouse': official,
    'bitnamilegacy/clickhouse': official,
  },
  read,
};

function read(service: ComposeService): Adoption {
  const words = argumentsOf(service, /^(clickhouse-server|clickhouse|run\.sh)$/);
  if (words === undefined)
    return { type: 'other', why: 'its command starts more than clickhouse-server, or something else' };
  const variables = readVariables(service);
  const database = variables.take('CLICKHOUSE_DB', 'CLICKHOUSE_DATABASE');
  const user = variables.take('CLICKHOUSE_USER', 'CLICKHOUSE_ADMIN_USER');
  const password = variables.take('CLICKHOUSE_PASSWORD', 'CLICKHOUSE_ADMIN_PASSWORD');
  variables.ignore(/^(ALLOW_EMPTY_PASSWORD|CLICKHOUSE_SKIP_USER_SETUP|CLICKHOUSE_(HTTP|TCP)_PORT(_NUMBER)?)$/);
  return {
    type: 'server',
    options: {
      ...(database === undefined ? {} : { database }),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password: new Secret(password) }),
    },
    ports: { 8123: 'http', 9000: 'native' },
    leftOut: [
      ...words.map((word) => `${word} (command)`),
      ...variables.leftOut(),
      ...leftOutMounts(service, (target) =>
        /\.(xml|ya?ml)$|config\.d|users\.d/.test(target) ? 'settings go under `options: {settings: …}`' : undefined,
      ),
    ],
    changed: [],
  };
}
